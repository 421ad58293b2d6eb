"""The files that come and go with jobs. They are kept in the database, in pieces, so that any process can do any job.

A piece is written by itself: a large file holds no long transaction. An upload is kept before its job is made.
"""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from models import database
from services import jobs
from services.job_worker import Work
from services.jobs import Lease

PIECE_BYTES = 1 << 20
LINK_LASTS = timedelta(hours=1)
KEPT_FOR = timedelta(days=7)
_PIECES_AT_ONCE = 50
"""Deleted by one statement, so that it is short."""


class Role(StrEnum):
    INPUT = "INPUT"
    OUTPUT = "OUTPUT"


@dataclass(frozen=True, slots=True)
class Output:
    """A job's file: what it is called, its media type, its size in bytes, and what its links are signed with.

    `size` is None where the file is not made yet: that of a job that came to an early end is made when it is wanted.
    """

    name: str
    media_type: str
    size: int | None
    key: str


async def keep(
    *,
    account_id: UUID,
    job_id: UUID,
    role: Role,
    file: BinaryIO,
    is_always_the_same: bool = False,
    lease: Lease | None = None,
) -> int:
    """Keeps a file, read from its start; its size in bytes. What was kept of it before is replaced.

    One that has the same bytes whenever it is made may be kept by several at once: what is there already stays. With a
    lease, nothing is written once that is lost. Raises LeaseLost.
    """
    if not is_always_the_same:
        await remove(account_id=account_id, job_id=job_id, role=role, lease=lease)
    file.seek(0)
    size, position = 0, 0
    while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
        await _execute(
            lease,
            "INSERT INTO job_file (account_id, job_id, role, position, content) VALUES ($1, $2, $3, $4, $5)"
            + (" ON CONFLICT DO NOTHING" if is_always_the_same else ""),
            account_id,
            job_id,
            role.value,
            position,
            piece,
        )
        size += len(piece)
        position += 1
    return size


async def read(
    *, account_id: UUID, job_id: UUID, role: Role, start: int = 0, stop: int | None = None
) -> AsyncIterator[bytes]:
    """The bytes from `start` up to `stop`, or to the end, a piece at a time."""
    position = start // PIECE_BYTES
    while stop is None or position * PIECE_BYTES < stop:
        found = await database.fetch_one(
            "SELECT content FROM job_file WHERE account_id = $1 AND job_id = $2 AND role = $3 AND position = $4",
            account_id,
            job_id,
            role.value,
            position,
        )
        if found is None:
            return
        begins = position * PIECE_BYTES
        content = bytes(found["content"])
        yield content[max(start - begins, 0) : PIECE_BYTES if stop is None else stop - begins]
        position += 1


async def copy_to(path: Path, *, account_id: UUID, job_id: UUID, role: Role) -> None:
    """Writes the file to a path of this machine."""
    with path.open("wb") as target:
        async for piece in read(account_id=account_id, job_id=job_id, role=role):
            await asyncio.to_thread(target.write, piece)


async def remove(*, account_id: UUID, job_id: UUID, role: Role, lease: Lease | None = None) -> None:
    """Deletes a file, some pieces at a time. Raises LeaseLost."""
    of_file = "account_id = $1 AND job_id = $2 AND role = $3"
    some = f"SELECT position FROM job_file WHERE {of_file} ORDER BY position LIMIT {_PIECES_AT_ONCE}"
    sql = f"DELETE FROM job_file WHERE {of_file} AND position IN ({some})"
    while await _execute(lease, sql, account_id, job_id, role.value) == _PIECES_AT_ONCE:
        pass


@database.transactional
async def _execute(lease: Lease | None, sql: str, *args: Any) -> int:
    if lease is not None:
        await jobs.hold(lease)
    return await database.execute(sql, *args)


async def keep_output(work: Work, path: Path, *, name: str, media_type: str, is_always_the_same: bool = False) -> None:
    """Keeps a file that a job has made, to be downloaded for a week. Raises LeaseLost."""
    with path.open("rb") as file:
        size = await keep(
            account_id=work.account_id,
            job_id=work.job_id,
            role=Role.OUTPUT,
            file=file,
            is_always_the_same=is_always_the_same,
            lease=work.lease,
        )

    async def tell() -> dict[str, str | int]:
        return {**announced(name, media_type), "output_size": size}

    await work.step(tell, is_progress=False)


def announced(name: str, media_type: str) -> dict[str, str]:
    """What a job's row says of a file that is made later."""
    return {"output_name": name, "output_type": media_type, "output_key": secrets.token_urlsafe(24)}


async def output(*, account_id: UUID, job_id: UUID) -> Output | None:
    """The file that a job has made, or can make, while it is kept."""
    found = await database.fetch_one(
        "SELECT output_name, output_type, output_size, output_key FROM job "
        "WHERE account_id = $1 AND id = $2 AND output_key IS NOT NULL",
        account_id,
        job_id,
    )
    return None if found is None else Output(*found)


async def remove_expired(*, now: datetime) -> int:
    """Deletes what jobs made that ended a week ago, and files that no job needs a day after; of how many jobs."""
    ended = await database.fetch(
        "UPDATE job SET output_key = NULL WHERE finished_at <= $1 AND output_key IS NOT NULL RETURNING account_id, id",
        now - KEPT_FOR,
    )
    left = await database.fetch(
        "SELECT DISTINCT account_id, job_id AS id, role FROM job_file WHERE NOT EXISTS (SELECT 1 FROM job "
        "WHERE job.account_id = job_file.account_id AND job.id = job_file.job_id "
        "AND (job.finished_at IS NULL OR "
        "(job.output_key IS NOT NULL AND (job_file.role = 'OUTPUT' OR job.output_size IS NULL)))) "
        "AND job_id < $1",
        database.least_uuid7(now - timedelta(days=1)),
    )
    for row in left:
        await remove(account_id=row["account_id"], job_id=row["id"], role=Role(row["role"]))
    return len({row["id"] for row in (*ended, *left)})


# ------------------------------------------------------------------ links


def signature(key: str, job_id: UUID, expires: int) -> str:
    """What a link is signed with: good for one job's file until an instant, in seconds since 1970."""
    return hmac.new(key.encode(), f"{job_id}:{expires}".encode(), hashlib.sha256).hexdigest()[:40]


def signed(key: str, job_id: UUID, expires: int) -> str:
    """The part of a link's query that says until when it works."""
    return f"expires={expires}&signature={signature(key, job_id, expires)}"


def is_signed(given: str, key: str, job_id: UUID, expires: str, *, now: datetime) -> bool:
    """Whether a link's signature is right and its time not over."""
    with suppress(ValueError):
        right = signature(key, job_id, int(expires))
        return hmac.compare_digest(given.encode(), right.encode()) and now.timestamp() < int(expires)
    return False
