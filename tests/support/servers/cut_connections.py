"""A proxy before PostgreSQL that cuts a connection at a chosen message."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit


class CuttingProxy:
    """Forwards what clients and the server say. Once `cut_at` is set, it cuts the first connection that says it."""

    def __init__(self, port: int) -> None:
        self._server_port = port
        self.cut_at: bytes | None = None
        self.after: bytes | None = None
        """Bytes that the connection must have sent earlier, for example the statement whose COMMIT is meant."""
        self.delivers = True
        """True if the message itself still reaches the server."""
        self._open: set[asyncio.StreamWriter] = set()
        self._is_away = False

    def go_away(self) -> None:
        """Cuts all connections until it comes back."""
        self._is_away = True
        for writer in self._open:
            writer.transport.abort()

    def come_back(self) -> None:
        self._is_away = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_away:
            writer.transport.abort()
            return
        self._open.add(writer)
        from_server, to_server = await asyncio.open_connection("127.0.0.1", self._server_port)
        answering = asyncio.create_task(self._forward(from_server, writer))
        try:
            said = b""
            while data := await reader.read(65536):
                said += data
                is_meant = self.after is None or self.after in said
                is_cut = is_meant and self.cut_at is not None and self.cut_at in data
                if not is_cut or self.delivers:
                    to_server.write(data)
                    await to_server.drain()
                if is_cut:
                    self.cut_at = None
                    answering.cancel()
                    await asyncio.sleep(0.2)  # the server has time to obey
                    break
        except OSError:
            pass
        finally:
            self._open.discard(writer)
            answering.cancel()
            writer.transport.abort()
            to_server.transport.abort()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()


@asynccontextmanager
async def cutting_proxy(url: str) -> AsyncIterator[tuple[CuttingProxy, str]]:
    """The proxy, and the database's URL by way of it."""
    parts = urlsplit(url)
    assert parts.port is not None
    proxy = CuttingProxy(parts.port)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield proxy, url.replace(f":{parts.port}/", f":{port}/")
    finally:
        server.close()
