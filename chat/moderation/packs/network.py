"""Addresses of machines: public and private network addresses, hardware addresses."""

from ..addresses import private, public
from .borders import AFTER
from .build import address

# Versions 4 and 6, and 4 within 6. Times and the like have the form too: `valid` tells.
_FORM = (
    r"(?:^|[^\w:.,-]|[^\d][.,])(?P<value>(?:\d{1,3}\.){3}\d{1,3}|::(?i:ffff:)?(?:\d{1,3}\.){3}\d{1,3}"
    r"|(?:[0-9A-Fa-f]{1,4}:){2,7}(?::?[0-9A-Fa-f]{1,4}){1,6}|[0-9A-Fa-f]{1,4}::[0-9A-Fa-f:]{1,29})" + AFTER
)

RULES = (
    address(
        "network-address",
        "A public network address (IP)",
        _FORM,
        source="https://www.iana.org/assignments/iana-ipv4-special-registry",
        finds=("from 84.112.7.19 today", "2400:c401::5054:ff:fe1b:b031"),
        leaves=(
            "192.168.1.1",
            "10.0.0.1",
            "127.0.0.1",
            "version 2.4.1.3",
            "203.0.113.7",
            "2001:db8::1",
            "8.8.8.8",
            "10:20:30",
            "MyClass::toString",
            "A::D",
        ),
        valid=public,
    ),
    address(
        "private-network-address",
        "A private network address (IP)",
        _FORM,
        source="https://www.rfc-editor.org/rfc/rfc1918; https://www.rfc-editor.org/rfc/rfc4193",
        finds=("Primary: 10.0.0.1.", "192.168.1.0/24", "fe80::1%eth0", "::ffff:172.16.0.9"),
        leaves=("127.0.0.1", "84.112.7.19", "192.0.2.1", "2001:db8::1", "10.0.0", "::1", "10.0.0.1.2"),
        valid=private,
    ),
    address(
        "device-address",
        "A device's hardware address (MAC)",
        r"(?i)(?:^|[^\w:.-])(?P<value>[0-9a-f]{2}(?:(?::[0-9a-f]{2}){5}|(?:-[0-9a-f]{2}){5})|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4})"
        r"(?:[^\w:.-]|[.,](?:\W|$)|$)",
        source="https://standards.ieee.org/products-programs/regauth/",
        finds=("Mixedcase MAC: 0d-B3-4a-6A-d9-cF", "at aabb.ccdd.eeff."),
        leaves=("00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "10:20:30:40:50", "1234.5678.9012.3456"),
        valid=lambda text: len(set(text.lower()) - set(":-.")) > 1,
    ),
)
