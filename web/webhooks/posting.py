"""Posts requests to receivers, at addresses that were checked."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from services.lazy_module import LazyModule
from services.webhooks.public_addresses import Resolver, public_addresses

if TYPE_CHECKING:
    import httpx2
else:
    httpx2 = LazyModule("httpx2")

LONGEST_SECONDS = 20.0
"""How long a receiver may take to answer."""
_BODY_SECONDS = 2.0
"""How long the body of an answer may take after its status."""
_READ_BYTES = 65_536
_RESOLVING_THREADS = 64


class Response(NamedTuple):
    """The answer of a receiver, with the first bytes of its body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Poster:
    """Posts to one receiver and reuses its connections until `close`. Does not follow redirects.

    Each receiver has its own poster, so that a connection that was verified for one host is never used for another
    host at the same address.
    """

    def __init__(self, url: str, *, tls: ssl.SSLContext, resolver: Resolver, may_be_private: bool) -> None:
        self._url = httpx2.URL(url)
        self._resolver = resolver
        self._may_be_private = may_be_private
        self._client = httpx2.AsyncClient(
            verify=tls,
            trust_env=False,
            follow_redirects=False,
            timeout=LONGEST_SECONDS,
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=16),
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def post(self, content: bytes, headers: Mapping[str, str], *, body_bytes: int = 0) -> Response:
        """Posts to the first address that accepts a connection, and returns the answer.

        Raises PrivateAddress, OSError and the errors of httpx2, and TimeoutError after 20 seconds.
        """
        async with asyncio.timeout(LONGEST_SECONDS):
            return await self._post(content, {**headers, "host": self._url.netloc.decode()}, body_bytes)

    async def _post(self, content: bytes, headers: Mapping[str, str], body_bytes: int) -> Response:
        failure: Exception = OSError()
        # Connect to the address that was checked: a second look-up of the name could return another one.
        for address in await self._addresses():
            try:
                async with self._client.stream(
                    "POST",
                    self._url.copy_with(host=address),
                    content=content,
                    headers=headers,
                    extensions={"sni_hostname": self._url.host},
                ) as answer:
                    body = await _read_some(answer, body_bytes)
                    return Response(answer.status_code, answer.headers, body)
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                failure = error
        raise failure

    async def _addresses(self) -> Sequence[str]:
        port = self._url.port or (443 if self._url.scheme == "https" else 80)
        if self._may_be_private:
            return await self._resolver(self._url.host, port)
        return await public_addresses(self._url.host, port, resolver=self._resolver)


async def _read_some(answer: httpx2.Response, body_bytes: int) -> bytes:
    """Reads a short answer, so that its connection can be reused. Stops after 64 KiB of a longer one, and after 2 s.

    Returns the first `body_bytes` bytes. Does not fail, because the status alone counts.
    """
    read, body = 0, bytearray()
    with suppress(TimeoutError, httpx2.HTTPError):
        async with asyncio.timeout(_BODY_SECONDS):
            async for part in answer.aiter_raw():
                read += len(part)
                body += part[: max(body_bytes - len(body), 0)]
                if read > _READ_BYTES:
                    break
    return bytes(body)


class ThreadedResolver:
    """Looks up names in separate threads, so that a slow name server does not delay other work in threads."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_RESOLVING_THREADS, thread_name_prefix="resolve")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        found = await asyncio.get_running_loop().run_in_executor(self._threads, _look_up, host, port)
        return list(dict.fromkeys(found))

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _look_up(host: str, port: int) -> list[str]:
    return [str(where[0]) for *_, where in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
