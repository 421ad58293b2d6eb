"""Checks that addresses are public, so that a configured URL can't lead into the server's own network."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]

# All blocks of IANA's special-purpose registries as of October 2025, and multicast; blocks within larger ones are left
# out. Globally reachable blocks are included, because they don't contain other people's servers: PCP's anycast address,
# for example, is the local router. Python's `is_global` lacks some of them, and differs between releases.
_SPECIAL = tuple(
    map(
        IPv4Network,
        "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 "
        "192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 "
        "203.0.113.0/24 224.0.0.0/4 240.0.0.0/4".split(),
    )
)
_UNICAST = IPv6Network("2000::/3")  # all that IANA has allocated so far; later blocks are not public
_SPECIAL_UNICAST = tuple(map(IPv6Network, "2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20".split()))
_NAT64 = IPv6Network("64:ff9b::/96")


class PrivateAddress(Exception):
    """The host resolves, or may resolve, to an address that is not public."""


async def resolve(host: str, port: int) -> Sequence[str]:
    """Returns a host's addresses from the system's resolver, each once. Raises OSError."""
    addresses = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(where[0]) for *_, where in addresses))


async def public_addresses(host: str, port: int, *, resolver: Resolver = resolve) -> Sequence[str]:
    """Returns a host's addresses if all of them are public.

    Raises PrivateAddress if one is not, because the next connection could use that one. Raises OSError if the host does
    not exist.
    """
    addresses = await resolver(host, port)
    if not all(is_public(address) for address in addresses):
        raise PrivateAddress
    return addresses


def is_public(text: str) -> bool:
    """Returns whether an address is public: not private, shared, loopback, link-local, multicast, reserved or special.

    For the IPv6 form of an IPv4 address (mapped or NAT64), the IPv4 address decides.
    """
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
