"""The addresses of clients behind trusted proxies, by the same rules as uvicorn's middleware for ASGI requests."""

from collections.abc import Mapping

from uvicorn.middleware.proxy_headers import _TrustedHosts

_MOST_CHARACTERS = 100


class ClientAddresses:
    """`trusted` has the addresses and networks of proxies, separated by commas; * trusts every proxy."""

    def __init__(self, trusted: str) -> None:
        self._trusted = _TrustedHosts(trusted)

    def trusts(self, peer: str) -> bool:
        return peer in self._trusted

    def of(self, peer: str, headers: Mapping[bytes, bytes]) -> str:
        """Returns the client's address: that of the connection, or the one that a trusted proxy forwards."""
        forwarded = headers.get(b"x-forwarded-for")
        if forwarded is None or peer not in self._trusted:
            return peer
        return self._trusted.get_trusted_client_address(forwarded.decode("latin-1"))[0][:_MOST_CHARACTERS] or peer
