"""A real local web server that receives webhooks and returns configured answers."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass
class Delivery:
    method: str
    path: str
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.content)


@dataclass
class Receiver:
    """Returns `answers` in order, then 204. An answer is a status, raw response text, or None for no response.

    Answers only while `is_answering` is set.
    """

    port: int = 0
    deliveries: list[Delivery] = field(default_factory=list)
    answers: list[int | str | None] = field(default_factory=list)
    connection_count: int = 0
    is_answering: asyncio.Event = field(default_factory=asyncio.Event)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def received(self, count: int) -> None:
        """Waits until the receiver has this many deliveries."""
        async with asyncio.timeout(60), self._changed:
            await self._changed.wait_for(lambda: len(self.deliveries) >= count)

    @property
    def ids(self) -> list[str]:
        return [delivery.headers["webhook-id"] for delivery in self.deliveries]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connection_count += 1
        try:
            while line := (await reader.readline()).decode():
                method, path, _ = line.split(" ")
                headers = {}
                while header := (await reader.readline()).decode().strip():
                    name, _, value = header.partition(":")
                    headers[name.lower()] = value.strip()
                content = await reader.readexactly(int(headers.get("content-length", 0)))
                async with self._changed:
                    self.deliveries.append(Delivery(method, path, headers, content))
                    self._changed.notify_all()
                await self.is_answering.wait()
                answer = self.answers.pop(0) if self.answers else 204
                if answer is None:
                    return
                text = answer if isinstance(answer, str) else f"HTTP/1.1 {answer} So\r\ncontent-length: 0\r\n\r\n"
                writer.write(text.encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def receiving(tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    receiver = Receiver()
    receiver.is_answering.set()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
