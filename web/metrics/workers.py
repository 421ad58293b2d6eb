"""Collects the metrics of all worker processes of a server, over Unix sockets in a directory that they share.

A worker has the lowest free number. It holds a lock on the file of its number while it lives, so a worker that replaces
another one gets its number, and the directory has as few files as there were workers at the same time.
"""

import asyncio
import fcntl
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import IO

_SECONDS = 1.0
"""The time limit for another worker's answer. The metrics of a frozen worker are left out."""


class Workers:
    """This worker among the workers that share `directory`; without one, it is the only worker."""

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory
        self._lock: IO[bytes] | None = None
        self._server: asyncio.Server | None = None
        self.number = 1

    async def join(self, text: Callable[[], bytes]) -> None:
        """Takes a number, and then sends `text()` to workers that ask for it."""
        if self._directory is None:
            return
        self.number, self._lock = _claim(self._directory)
        path = self._directory / f"{self.number}.socket"
        path.unlink(missing_ok=True)  # of a worker that died

        async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(OSError):
                writer.write(await asyncio.to_thread(text))
                writer.close()
                await writer.wait_closed()

        self._server = await asyncio.start_unix_server(answer, path)

    async def leave(self) -> None:
        if self._server is not None and self._directory is not None:
            self._server.close()
            (self._directory / f"{self.number}.socket").unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.close()

    async def others(self) -> list[bytes]:
        """Returns the texts of the other workers that answer in time."""
        if self._directory is None:
            return []
        own = f"{self.number}.socket"
        paths = [path for path in self._directory.glob("*.socket") if path.name != own]
        return [text for text in await asyncio.gather(*map(_ask, paths)) if text]


def _claim(directory: Path) -> tuple[int, IO[bytes]]:
    """Returns the lowest free number, and the file whose lock keeps it."""
    for number in count(1):
        file = (directory / f"{number}.lock").open("wb")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
        else:
            return number, file
    raise AssertionError("the numbers do not end")


async def _ask(path: Path) -> bytes:
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(_SECONDS):
            reader, writer = await asyncio.open_unix_connection(path)
            try:
                return await reader.read()
            finally:
                writer.close()
    return b""
