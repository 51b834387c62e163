"""Where a cloud tells a machine its own credentials: no model is there, and nothing is ever sent there."""

import ipaddress
import socket

_LINK_LOCAL = ipaddress.ip_network("169.254.0.0/16")
# OpenStack and Amazon over IPv6; Azure's host, Oracle and Alibaba.
_ADDRESSES = {
    ipaddress.ip_address(each)
    for each in ("fe80::a9fe:a9fe", "fd00:ec2::254", "168.63.129.16", "192.0.0.192", "100.100.100.200")
}
_NAMES = {"metadata", "metadata.google.internal", "instance-data", "instance-data.ec2.internal"}


def is_metadata(host: str) -> bool:
    """Whether `host`, a name or an address in any way of writing it, is such a place."""
    if host.rstrip(".").lower() in _NAMES:
        return True
    try:
        found = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        try:
            # 2852039166, 0xa9fea9fe and 169.254.43518 are one address, to a resolver too.
            found = ipaddress.IPv4Address(socket.inet_aton(host))
        except (OSError, UnicodeError):
            return False
    found = getattr(found, "ipv4_mapped", None) or found
    return found in _ADDRESSES or (found.version == 4 and found in _LINK_LOCAL)
