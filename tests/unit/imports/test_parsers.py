"""The processes that parse imported files."""

import asyncio
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.db.database import uuid7
from services.imports.block_parsing import ParsedBlock, ParsingOptions
from services.imports.columns import assign
from services.imports.decoding import DETECT
from services.imports.errors import FileUnreadable, ParsingFailed
from services.imports.parser_pool import SMALL, Parsers, parsers
from services.imports.parsing_worker import frame, read_frame
from services.imports.record_splitting import Block
from services.imports.row_parsing import Rules
from services.phones.numbers import NetworkCheck, PhonePolicy

ROWS = 2_000
LARGE = SMALL + 1


async def opened(pool: Parsers, tmp_path: Path) -> ParsingOptions:
    """Returns a job whose file the pool has scanned, ready to be parsed."""
    file = tmp_path / "people.csv"
    file.write_text("Phone,Name\n" + "".join(f"07120{row:05},P{row}\n" for row in range(ROWS)))
    records = await pool.look(file, tmp_path / "text", DETECT, 300)
    job = ParsingOptions(
        records=records,
        columns=assign(records, []),
        rules=Rules("KE", PhonePolicy.POSSIBLE),
        network_check=NetworkCheck.COVERED,
        custom_prefixes={},
        is_copied=True,
        is_updating=True,
    )
    await pool.open(job)
    return job


def plain(block: ParsedBlock) -> tuple[object, ...]:
    return (block.index, block.total, block.lines, block.phones, block.values, block.rejected)


async def test_processes_and_threads_parse_alike(tmp_path: Path) -> None:
    found = []
    for size in (1, LARGE):
        async with parsers(size=size) as pool:
            job = await opened(pool, tmp_path)
            asked = [pool.parse(block, uuid7(room=block.count)) for block in job.records.blocks]
            found.append([plain(block) for block in await asyncio.gather(*asked)])

    assert found[0] == found[1]
    assert len(found[0]) == 7
    assert sum(len(lines) for _, _, lines, *_ in found[0]) == ROWS  # type: ignore[misc, arg-type]


async def test_what_is_wrong_with_a_file_is_told_from_a_process_too(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")

    async with parsers(size=LARGE) as pool:
        with pytest.raises(FileUnreadable) as raised:
            await pool.look(tmp_path / "empty", tmp_path / "text", DETECT, 300)

    assert (raised.value.message, raised.value.path) == ("The file is empty.", ("input", "file"))


async def test_what_should_not_happen_is_told_without_a_cell(tmp_path: Path) -> None:
    async with parsers(size=LARGE) as pool:
        await opened(pool, tmp_path)
        (tmp_path / "people.csv").write_bytes(b"Phone,Name\n0712345678,\xff\n" * 100)

        with pytest.raises(ParsingFailed, match=r"^UnicodeDecodeError at record_splitting\.py:\d+$"):
            await pool.parse(Block(0, 0, 1_000, 2, 2, 10, 10), uuid7())


async def test_they_end_with_what_they_were_started_for(tmp_path: Path) -> None:
    async with parsers(size=LARGE) as pool:
        await opened(pool, tmp_path)
        processes = pool._all

    assert processes != []
    assert {process.returncode for process in processes} == {-signal.SIGKILL}
    for process in processes:
        with pytest.raises(ProcessLookupError):
            os.kill(process.pid, 0)


@pytest.fixture
def parsing_process() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [sys.executable, "-m", "services.imports.parsing_worker"],
        cwd=Path(__file__).parents[3],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        yield process
        process.kill()


def test_one_whose_server_was_killed_ends_without_a_word(
    parsing_process: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    process = parsing_process
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()

    process.stdin.write(frame(("look", str(tmp_path / "none"), str(tmp_path / "text"), DETECT, 300)))
    process.stdin.flush()

    assert (process.stderr.read(), process.wait()) == (b"", 0)


def test_a_ctrl_c_on_the_terminal_is_not_for_them(parsing_process: subprocess.Popen[bytes], tmp_path: Path) -> None:
    process = parsing_process
    (tmp_path / "empty").write_bytes(b"")
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None

    for _ in range(2):
        process.stdin.write(frame(("look", str(tmp_path / "empty"), str(tmp_path / "text"), DETECT, 300)))
        process.stdin.flush()
        answer = read_frame(process.stdout)  # type: ignore[arg-type]
        assert isinstance(pickle.loads(answer or b""), FileUnreadable)
        process.send_signal(signal.SIGINT)
    process.stdin.close()

    assert (process.stderr.read(), process.wait()) == (b"", 0)


def test_the_processes_load_neither_the_models_nor_an_event_loop() -> None:
    shown = "import sys, services.imports.parsing_worker; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", shown], capture_output=True, text=True, check=True).stdout.split()

    assert "services.imports.row_parsing" in loaded
    assert {"models", "tortoise", "asyncio", "python_calamine"}.isdisjoint(loaded)
