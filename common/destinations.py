"""Which addresses this server connects to when a person, or somebody else's server, names them.

Addresses of the public internet are, and those that the host allows (`ALLOWED_PRIVATE_ADDRESSES`). What is inside the
network of the host is not: its other services trust whoever reaches them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Self
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

INTERNAL = tuple(
    map(ip_network, ("168.63.129.16/32", "192.0.0.0/24", "fec0::/10", "::/96", "::ffff:0:0:0/96", "64:ff9b:1::/48"))
)
"""Public for Python, and yet inside: where Azure and Oracle Cloud give machines their settings, old IPv6 sites, and
what a network may translate to IPv4 addresses of its own."""
NAT64 = ip_network("64:ff9b::/96")


@dataclass(frozen=True)
class Allowed:
    """One entry of the list of the host: a network or the name of a host, and a port unless all are meant."""

    network: Network | None
    name: str
    port: int | None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `10.1.0.0/16`, `::1`, `127.0.0.1:9000`, `[::1]:9000`, `tools.internal` or `tools.internal:9000`.

        Raise `ValueError`.
        """
        if (network := _network(text)) is not None:
            return cls(network, "", None)
        try:
            parts = urlsplit(f"//{text}")
            host, port = parts.hostname, parts.port
        except ValueError:
            host = port = None
        # The value itself isn't named: a line on the console may be read by others.
        if not host or parts.netloc != text or "@" in text or any(each.isspace() for each in text):
            raise ValueError("has an entry that is neither an address, a network nor a host")
        return cls(_network(host), host.rstrip("."), port)

    def includes(self, host: str, address: Address, port: int) -> bool:
        """Return whether this entry allows to connect to an address that a host has."""
        if self.port not in {None, port}:
            return False
        return address in self.network if self.network is not None else host.rstrip(".").lower() == self.name


def _network(text: str) -> Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


@cache
def parse_allowed(entries: tuple[str, ...]) -> tuple[Allowed, ...]:
    """Read the list of the host. Raise `ValueError`."""
    return tuple(Allowed.parse(each) for each in entries)


def is_public(address: Address) -> bool:
    """Return whether an address is one of the public internet, and so reveals nothing that others can't reach."""
    real = _inner(address)
    return real.is_global and not real.is_multicast and not any(real in each for each in INTERNAL)


def _inner(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address stands for, if it does."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def is_allowed(host: str, address: str, port: int, entries: Iterable[str], *, is_public_allowed: bool = True) -> bool:
    """Return whether this server may connect to an address that a host has."""
    parsed = ip_address(address)
    if is_public_allowed and is_public(parsed):
        return True
    return any(each.includes(host, _inner(parsed), port) for each in parse_allowed(tuple(entries)))
