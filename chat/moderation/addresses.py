"""Is a text in the form of an address really one, and not one that is printed as an example?"""

import hashlib
import ipaddress
import re

from .check_digits import digits

# RFC 2606, and what people write in an example's place.
_EXAMPLES = re.compile(
    r"(?:^|\.)(?:example\.(?:com|net|org)|example|test|invalid|localhost|local)$"
    r"|^(?:your|my|some)?-?(?:domain|company|website|site|email|server|host)\.(?:com|org|net|tld)$"
)
# What files and systemd's units end in, but for what many an address does too (sh, md, rs). Paraguay gives out names below
# com.py and the like alone.
_FILES = re.compile(
    r"^(?:\dx\.|[^.]+\.py$)|\.(?:avif|bak|bmp|cfg|cjs|conf|cpp|css|csv|dll|docx?|exe|gif|gz|heic|html?|ico|ini|ipynb|jar"
    r"|java|jpe?g|js|json|jsx|lock|log|map|mjs|odt|pdf|php|png|pptx?|psd|rb|scss|service|socket|sql|svg|target|tgz|tiff?"
    r"|timer|toml|ts|tsv|tsx|ttf|txt|vue|wasm|wav|webm|webp|whl|woff|xlsx?|xml|ya?ml|zip)$"
)
_NOBODY = re.compile(r"^(?:git|no-?reply|do-?not-?reply)$")

# Country codes of telephone numbers in use: ITU-T E.164, list of assigned codes of 2016.
_COUNTRIES = (
    "1 7 20 27 30-34 36 39-41 43-49 51-58 60-66 81 82 84 86 90-95 98 211-213 216 218 220-258 260-269 290 291 297-299"
    " 350-359 370-378 380-383 385-387 389 420 421 423 500-509 590-599 670 672-692 800 808 850 852 853 855 856 870 878"
    " 880-883 886 888 960-968 970-977 979 992-996 998"
)
_CODES = {
    str(code)
    for first, _, last in (part.partition("-") for part in _COUNTRIES.split())
    for code in range(int(first), int(last or first) + 1)
}
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
# Servers that everybody may ask, and everybody writes.
_RESOLVERS = {
    ipaddress.ip_address(written)
    for written in (
        "208.67.222.222 208.67.220.220 2001:4860:4860::8888 2001:4860:4860::8844 2606:4700:4700::1111"
        " 2606:4700:4700::1001 2620:fe::fe"
    ).split()
}
# RFC 4291: all that is given out of version 6.
_UNICAST = ipaddress.ip_network("2000::/3")
_PRIVATE = [
    ipaddress.ip_network(written)
    for written in "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 169.254.0.0/16 fc00::/7 fe80::/10".split()
]


def email(text: str) -> bool:
    """At a domain that can be somebody's: no machine's mailbox, and no file as in logo@2x.png."""
    local, _, domain = text.lower().rpartition("@")
    labels = domain.split(".")
    whole = all(label and not label.startswith("-") and not label.endswith("-") for label in labels)
    dotted = local.startswith(".") or local.endswith(".") or ".." in local
    kept = _EXAMPLES.search(domain) or _FILES.search(domain) or _NOBODY.search(local)
    return whole and not dotted and not kept


def telephone(text: str) -> bool:
    """A number that can be given out: its country's code exists, and it is none of those kept for films and examples."""
    number = "".join(map(str, digits(text)))
    if number in "012345678901234567890" or len(set(number)) < 4:
        return False
    # A date with a time behind it, or from its month on; an American postcode; bytes.
    if re.match(r"\d\d([-/])\d\d\1(?:19|20)\d\d|\d\d/(?:19|20)\d\d\b|\d{5}-\d{4}$|0\d 0\d 0\d", text):
        return False
    if text.startswith("00") and text.isdigit():
        return False  # As likely a number with leading zeros.
    if text.startswith(("+", "00")):
        number = number.removeprefix("00")
        if number[0] == "1":
            return len(number) == 11 and _american(number[1:])
        return 8 <= len(number) <= 15 and any(number[:length] in _CODES for length in (1, 2, 3))
    if number[0] == "0":
        return (10 if text.isdigit() else 9) <= len(number) <= 12
    if re.match(r"1[3-9]\d{9}$|5\d\d[ .-]\d{3}[ .-]\d\d[ .-]", text):
        return True
    return _american(number[-10:])


def postcode(text: str) -> bool:
    """No name of a product with the size of its memory, as in M2 8GB: few postcodes end so."""
    return not re.fullmatch(r"[A-Z]{1,2}\d{1,2} [1-8][GT]B", text)


def _american(number: str) -> bool:
    """A North American number: no service code for an area, and no 555-01xx. https://nanpa.com"""
    return (
        number[0] in "23456789"
        and number[3] in "23456789"
        and number[1:3] != "11"
        and number[3:8] != "55501"
        and (number[:3] != "555")
    )


def public(text: str) -> bool:
    """An address that the whole net can reach, and no version number: one part of a written address is over 99."""
    address = _address(text)
    if address is None or not address.is_global or address.is_multicast or address in _RESOLVERS:
        return False
    return address in _UNICAST if address.version == 6 else any(part > 99 for part in address.packed)


def private(text: str) -> bool:
    """An address within somebody's own network: RFC 1918, RFC 4193, or of one link."""
    address = _address(text)
    return address is not None and any(address in network for network in _PRIVATE)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    # Version 4 within version 6.
    return getattr(address, "ipv4_mapped", None) or address


def wallet(text: str) -> bool:
    """The checksum of a Bitcoin address: base58check, or bech32 and bech32m (BIP 173 and 350)."""
    if text.lower().startswith("bc1"):
        return text in (text.lower(), text.upper()) and _bech32(text.lower())
    value = 0
    for char in text:
        value = value * 58 + _BASE58.index(char)
    try:
        data = value.to_bytes(25, "big")
    except OverflowError:
        return False
    twice = hashlib.sha256(hashlib.sha256(data[:-4]).digest()).digest()
    return twice[:4] == data[-4:] and data[0] in (0, 5)


def _bech32(text: str) -> bool:
    prefix, _, data = text.rpartition("1")
    values = [ord(char) >> 5 for char in prefix] + [0] + [ord(char) & 31 for char in prefix]
    check = 1
    for value in values + [_BECH32.index(char) for char in data]:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= generator if top >> bit & 1 else 0
    return check in (1, 0x2BC830A3)
