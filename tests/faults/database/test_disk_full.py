"""On a full disk, writes are refused with 507 and nothing is lost; reads go on, and writes as soon as there is room."""

import os
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest

from models.db import database, migration
from tests.support.api_client import Api
from tests.support.servers.asking import PAGE, ApiCaller, TimedReply, api_caller, new_token
from tests.support.servers.cluster import Cluster
from tests.support.servers.server_process import serving

SIZE_MIB = 200  # a copy of the database of all tests must fit
RESERVE_KIB = 512
"""KiB that the server can write before the disk is full."""
ROWS = 200
MOST_WRITES = 100
BULK = """
mutation ($rows: [ContactInput!]!) {
  bulkCreateContacts(input: {contacts: $rows}) { summary { created } errors { code } }
}
"""


class Disk:
    """A small file system. Filling it leaves a little room, so that it becomes full by the server's own writes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._filler = path / "filler"

    def fill(self) -> None:
        with self._filler.open("wb", buffering=0) as filler, suppress(OSError):
            while True:
                filler.write(b"x" * 65536)
        os.truncate(self._filler, self._filler.stat().st_size - RESERVE_KIB * 1024)

    def free(self) -> None:
        self._filler.unlink()


@pytest.fixture
def disk() -> Iterator[Disk]:
    path = Path(tempfile.mkdtemp(prefix="muster-disk-"))  # not below pytest's directory, which PostgreSQL can't enter
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MIB}m", "tmpfs", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        path.rmdir()
        pytest.skip(f"a small tmpfs can't be mounted: {mounted.stderr.strip()}")
    try:
        yield Disk(path)
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)
        path.rmdir()


@pytest.fixture
async def url_on_disk(
    database_kind: str, database_url: str, disk: Disk, request: pytest.FixtureRequest
) -> AsyncIterator[str]:
    """A migrated database on the small disk. PostgreSQL's log of writes is elsewhere."""
    if database_kind == "sqlite":
        await migration.migrate(f"sqlite:///{disk.path}/muster.db")
        yield f"sqlite:///{disk.path}/muster.db"
        return
    postgres: Cluster = request.getfixturevalue("postgres")
    space = disk.path / "space"
    for directory in (disk.path, space):
        directory.mkdir(exist_ok=True)
        postgres.give_away(directory)
    connection = await asyncpg.connect(postgres.url())
    try:
        await connection.execute(f"CREATE TABLESPACE small LOCATION '{space}'")
        await connection.execute("CREATE DATABASE small TEMPLATE test TABLESPACE small")
        yield postgres.url("small")
    finally:
        await connection.execute("DROP DATABASE IF EXISTS small WITH (FORCE)")
        await connection.execute("DROP TABLESPACE IF EXISTS small")
        await connection.close()


def rows_of(number: int) -> list[dict[str, str]]:
    return [{"phone": f"+2547{number:05}{row:03}", "firstName": "Amina" * 9} for row in range(ROWS)]


async def write_until_refused(asker: ApiCaller) -> tuple[int, TimedReply]:
    """Returns the number of successful writes, and the first answer that is an error."""
    for number in range(MOST_WRITES):
        reply = await asker.ask(BULK, rows=rows_of(number))
        if not reply.is_good:
            return number, reply
    raise AssertionError("the disk never became full")


@pytest.mark.own_server
async def test_on_a_full_disk_writes_are_refused_and_reads_go_on(url_on_disk: str, disk: Disk) -> None:
    await database.connect(url_on_disk)
    secret = await new_token(await Api.of_new_account())
    await database.disconnect()

    async with serving(url_on_disk) as url, api_caller(url, secret) as asker:
        disk.fill()
        count, refused = await write_until_refused(asker)
        again = [await asker.ask(BULK, rows=rows_of(count + 1 + place)) for place in range(5)]
        reads = [await asker.ask(PAGE) for _ in range(20)]
        full = await asker.until_got("/readyz", lambda reply: reply.body.get("writes") is not True)
        for_writes = await asker.get("/readyz?for=writes")

        disk.free()
        await asker.until(lambda reply: reply.is_good, BULK, rows=rows_of(MOST_WRITES))
        recovered = await asker.until_got("/readyz?for=writes", lambda reply: reply.status == 200)

    assert count > 0
    assert (refused.status, refused.code) == (507, "INSUFFICIENT_STORAGE")
    assert {(reply.status, reply.code) for reply in again if not reply.is_good} <= {(507, "INSUFFICIENT_STORAGE")}
    assert all(reply.is_good for reply in reads)
    assert (full.status, full.body) == (200, {"status": "ready", "reads": True, "writes": False})
    assert for_writes.status == 503
    assert recovered.body == {"status": "ready", "reads": True, "writes": True}
    acknowledged = count + 1 + sum(reply.is_good for reply in again)
    assert await contacts(url_on_disk) == acknowledged * ROWS


async def contacts(url: str) -> int:
    await database.connect(url)
    try:
        if not database.is_postgres():
            assert [row[0] for row in await database.fetch("PRAGMA integrity_check")] == ["ok"]
        return int((await database.fetch("SELECT count(*) FROM contact"))[0][0])
    finally:
        await database.disconnect()
