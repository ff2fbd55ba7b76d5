"""Which network addresses a connector may talk to.

An address that an administrator types, or that a partner's document carries,
must not lead into the company's own network or to a cloud's metadata service
(server-side request forgery, OWASP API7:2023). Only globally routable unicast
addresses are allowed, unless a host or network is listed.

Sources: the IANA special-purpose address registries for IPv4 and IPv6. Python's
``is_global`` is not used: its answers differ between patch releases.
"""

import ipaddress
from collections.abc import Iterable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_FORBIDDEN_V4 = [
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's platform endpoint
        "169.254.0.0/16",  # link-local, the clouds' metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays, deprecated
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
]
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_FORBIDDEN_V6 = [
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
    )
]
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class Allowed:
    """The hosts and networks an administrator has listed.

    :param entries: host names, addresses or networks such as ``10.1.0.0/16``
    :raise ValueError: an entry that looks like a network and is none
    """

    def __init__(self, entries: Iterable[str] = ()):
        cleaned = [entry.strip() for entry in entries if entry.strip()]
        self._networks: list[Network] = [
            ipaddress.ip_network(entry, strict=False)
            for entry in cleaned
            if "/" in entry or _literal(entry)
        ]
        self._hosts = {_host(entry) for entry in cleaned}

    def host(self, name: str) -> bool:
        """Whether a host is listed by name, or is an address in a listed network."""
        literal = _literal(name)
        return _host(name) in self._hosts or bool(literal and self._listed(literal))

    def address(self, text: str) -> bool:
        """Whether one may connect to an address: it is public, or listed.

        IPv4 inside IPv6 (mapped, NAT64) is judged as the IPv4 it leads to.
        """
        address = _literal(text)
        return bool(address) and (self._listed(address) or _is_public(address))

    def _listed(self, address: Address) -> bool:
        return any(
            form in network
            for form in (address, _inner(address))
            for network in self._networks
            if form.version == network.version
        )


def _is_public(address: Address) -> bool:
    address = _inner(address)
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _FORBIDDEN_V4)
    return address in _GLOBAL_V6 and not any(address in network for network in _FORBIDDEN_V6)


def _inner(address: Address) -> Address:
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address


def _host(name: str) -> str:
    return name.strip("[]").rstrip(".").lower()


def _literal(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None
