"""Which addresses are of the open internet. What others may point a server at must not lead into its own network."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Resolver = Callable[[str, int], Awaitable[Sequence[str]]]

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
    """Whether an address can be reached by anybody: not private, shared, loopback, link-local, multicast or reserved,
    nor an IPv6 form of such an IPv4 address."""
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv4Address):
        return "%" not in text and _is_open(address)
    alone = address.ipv4_mapped or (IPv4Address(int(address) & 0xFFFF_FFFF) if address in _NAT64 else None)
    if alone is not None:
        return _is_open(alone)
    tunnelled = [inner for inner in (address.sixtofour, *(address.teredo or ())) if inner is not None]
    return "%" not in text and _is_open(address) and not address.is_site_local and all(map(_is_open, tunnelled))


def _is_open(address: Address) -> bool:
    return address.is_global and not address.is_multicast and not address.is_reserved
