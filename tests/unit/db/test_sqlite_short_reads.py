"""On SQLite a short read runs on the event loop; any other read runs on a thread, with the same rows."""

import asyncio
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from models.db import database
from models.db.sqlite import short_reads as short_reads_module
from models.db.sqlite.short_reads import ShortReads

LONG = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) SELECT count(*) FROM n"
MANY = 3_000_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "some.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE thing (name TEXT)")
        connection.execute("INSERT INTO thing VALUES ('a'), ('b')")
        connection.commit()
    return path


@pytest.fixture
def short_reads(path: Path) -> Iterator[ShortReads]:
    with closing(ShortReads(sqlite3.connect(path, isolation_level=None))) as short_reads:
        yield short_reads


def rows(short_reads: ShortReads, sql: str, *parameters: Any) -> Any:
    found = short_reads.fetch(sql, parameters)
    return None if found is None else [tuple(row) for row in found]


def test_a_short_read_gives_its_rows(short_reads: ShortReads) -> None:
    assert rows(short_reads, "SELECT name FROM thing WHERE name > ?1 ORDER BY name", "") == [("a",), ("b",)]
    assert rows(short_reads, "SELECT name FROM thing WHERE name > ?1 ORDER BY name", "b") == []


def test_a_long_one_is_given_up_and_tried_again_much_later(short_reads: ShortReads) -> None:
    assert rows(short_reads, LONG, MANY) is None
    assert [rows(short_reads, LONG, 10) for _ in range(20)] == [None] * 20
    assert rows(short_reads, LONG, 10) == [(10,)]


def test_one_that_waits_for_long_is_given_up(path: Path) -> None:
    def wait() -> int:
        sleep(0.001)
        return 1

    connection = sqlite3.connect(path, isolation_level=None)
    connection.create_function("wait", 0, wait)
    with closing(ShortReads(connection)) as short_reads:
        waiting = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + wait() FROM n WHERE i < 1000) SELECT i FROM n"

        assert rows(short_reads, waiting) is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts the waits of a thread")
def test_one_that_waits_only_for_a_processor_is_not_given_up(
    short_reads: ShortReads, monkeypatch: pytest.MonkeyPatch
) -> None:
    hours = count(step=3600.0)
    monkeypatch.setattr(short_reads_module, "perf_counter", lambda: next(hours))

    assert rows(short_reads, LONG, 1_000) == [(1_000,)]


def test_one_that_writes_is_given_up_and_has_written_nothing(short_reads: ShortReads) -> None:
    insert = "INSERT INTO thing VALUES ('c') RETURNING name"

    assert [rows(short_reads, insert) for _ in range(50)] == [None] * 50
    assert rows(short_reads, "SELECT count(*) FROM thing") == [(2,)]


def test_one_that_would_wait_for_a_lock_is_given_up_and_tried_again_the_next_time(
    path: Path, short_reads: ShortReads
) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert rows(short_reads, "SELECT count(*) FROM thing") is None
        other.execute("COMMIT")

    assert rows(short_reads, "SELECT count(*) FROM thing") == [(2,)]


def test_one_that_fails_is_given_up(short_reads: ShortReads) -> None:
    assert rows(short_reads, "SELECT name FROM no_such_thing") is None
    assert rows(short_reads, "SELECT CAST(x'ff' AS TEXT)") is None


async def _turns(stop: asyncio.Event) -> int:
    """Counts how often another task runs until `stop` is set."""
    turns = 0
    while not stop.is_set():
        await asyncio.sleep(0)
        turns += 1
    return turns


async def test_a_long_read_keeps_nobody_waiting_and_a_row_of_short_ones_neither(tmp_path: Path) -> None:
    await database.connect(f"sqlite:///{tmp_path / 'muster.db'}")
    try:
        stop = asyncio.Event()
        turns = asyncio.create_task(_turns(stop))
        long = await database.fetch_one(LONG.replace("?", "$"), MANY)
        stop.set()
        assert long is not None
        assert tuple(long) == (MANY,)
        assert await turns > 100

        stop = asyncio.Event()
        turns = asyncio.create_task(_turns(stop))
        for _ in range(50):
            assert await database.fetch("SELECT 1 WHERE FALSE") == []
        stop.set()
        assert await turns >= 49
    finally:
        await database.disconnect()
