"""Which addresses are of the open internet. What others may point a server at must not lead into its own network."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]

# All blocks of IANA's special-purpose registries as of October 2025, those that the wider ones hold left out, and
# multicast. Also what is globally reachable there is nobody's server: PCP's anycast address, say, is one's own router.
# Python's `is_global` is older than some of them, and differs from release to release.
_SPECIAL = tuple(
    map(
        IPv4Network,
        "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 "
        "192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 "
        "203.0.113.0/24 224.0.0.0/4 240.0.0.0/4".split(),
    )
)
_UNICAST = IPv6Network("2000::/3")  # all that IANA has allotted, so that what it may set apart elsewhere is not public
_SPECIAL_UNICAST = tuple(map(IPv6Network, "2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20".split()))
_NAT64 = IPv6Network("64:ff9b::/96")


class PrivateAddress(Exception):
    """A name leads, or may lead, to an address that is not of the open internet."""


async def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a host, as the system finds them, each once. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(where[0]) for *_, where in found))


async def public_addresses(host: str, port: int, *, resolver: Resolver = resolve) -> Sequence[str]:
    """The same, all of which must be of the open internet: a name that has one other may give that one next.

    Raises PrivateAddress, and OSError where there is no such host.
    """
    addresses = await resolver(host, port)
    if not all(is_public(address) for address in addresses):
        raise PrivateAddress
    return addresses


def is_public(text: str) -> bool:
    """Whether an address can be anybody's server: not private, shared, loopback, link-local, multicast, reserved or set
    apart for another purpose. An IPv6 form of an IPv4 address (mapped, NAT64) is what that one is."""
    if "%" in text:
        return False
    address = ip_address(text)
    if isinstance(address, IPv4Address):
        return _is_open(address)
    alone = address.ipv4_mapped or (IPv4Address(int(address) & 0xFFFF_FFFF) if address in _NAT64 else None)
    if alone is not None:
        return _is_open(alone)
    return address in _UNICAST and not any(address in block for block in _SPECIAL_UNICAST)


def _is_open(address: IPv4Address) -> bool:
    return not any(address in block for block in _SPECIAL)
