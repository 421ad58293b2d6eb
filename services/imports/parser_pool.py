"""Parses in separate processes, one per core, so that the server's process stays free for requests."""

import asyncio
import os
import pickle
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from services.imports.block_parsing import ParsedBlock, ParsingOptions, parse_block
from services.imports.decoding import LookOptions
from services.imports.errors import FileUnreadable, ParsingFailed
from services.imports.parsing_worker import frame, look
from services.imports.record_splitting import Block, Records

SMALL: Final = 256_000
"""In bytes. Parsing a file up to this size takes less time than starting a process."""
MOST: Final = 8
_ROOT: Final = Path(__file__).parent.parent.parent


class Parsers:
    """Runs each request in an idle process, or in a thread if there are no processes."""

    def __init__(self, processes: list[asyncio.subprocess.Process]) -> None:
        self.count = max(len(processes), 1)
        self._all = processes
        self._idle: asyncio.Queue[asyncio.subprocess.Process] = asyncio.Queue()
        for process in processes:
            self._idle.put_nowait(process)
        self._options: ParsingOptions | None = None

    async def look(self, source: Path, scratch: Path, options: LookOptions, block_rows: int) -> Records:
        """Scans the file. Raises Unreadable."""
        arguments = (str(source), str(scratch), options, block_rows)
        if not self._all:
            return await asyncio.to_thread(look, *arguments)
        records: Records = await self._ask("look", *arguments)
        return records

    async def open(self, options: ParsingOptions) -> None:
        self._options = options
        await asyncio.gather(*(_answer(process, ("open", options)) for process in self._all))

    async def parse(self, block: Block, first_id: UUID) -> ParsedBlock:
        assert self._options is not None
        if not self._all:
            return await asyncio.to_thread(parse_block, self._options, block, first_id)
        parsed: ParsedBlock = await self._ask("parse", block, first_id)
        return parsed

    async def _ask(self, *request: Any) -> Any:
        process = await self._idle.get()
        answer = await _answer(process, request)
        self._idle.put_nowait(process)
        if isinstance(answer, FileUnreadable | ParsingFailed):
            raise answer
        return answer


async def _answer(process: asyncio.subprocess.Process, request: Any) -> Any:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(frame(request))
    await process.stdin.drain()
    length = int.from_bytes(await process.stdout.readexactly(8), "big")
    return pickle.loads(await process.stdout.readexactly(length))


@asynccontextmanager
async def parsers(*, size: int, most: int = MOST) -> AsyncIterator[Parsers]:
    """Starts parsers for a file of `size` bytes. They exit with the block, and with this process."""
    processes: list[asyncio.subprocess.Process] = []
    try:
        if size > SMALL:
            for _ in range(min(os.cpu_count() or 1, most)):
                processes.append(await _start())
        yield Parsers(processes)
    finally:
        for process in processes:
            if process.returncode is None:
                process.kill()
        for process in processes:
            await process.wait()


async def _start() -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.imports.parsing_worker",
        cwd=_ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 22,
    )
