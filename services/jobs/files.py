"""Stores input and output files of jobs in the database, in pieces, so that any process can run any job.

Each piece is written in a separate transaction, so a large file causes no long transaction. An upload is stored before
its job is created.
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

from models.db import database
from services.jobs import leases_sql as leases
from services.jobs.leases_sql import Lease
from services.jobs.worker import Work

PIECE_BYTES = 1 << 20
LINK_LASTS = timedelta(hours=1)
KEPT_FOR = timedelta(days=7)
_PIECES_AT_ONCE = 50
"""Maximum number of pieces that one statement deletes, so that it is short."""


class FileRole(StrEnum):
    """The files of a job. EXISTING lists the lines of an import whose contacts exist, see imports.rejected_rows."""

    INPUT = "INPUT"
    OUTPUT = "OUTPUT"
    EXISTING = "EXISTING"


@dataclass(frozen=True, slots=True)
class Output:
    """A job's output file: its name, its media type, its size in bytes, and the key that signs its links.

    `size` is None if the file does not exist yet. The file of a job that ended early is created on demand.
    """

    name: str
    media_type: str
    size: int | None
    key: str


async def keep(
    *,
    account_id: UUID,
    job_id: UUID,
    role: FileRole,
    file: BinaryIO,
    is_always_the_same: bool = False,
    lease: Lease | None = None,
) -> int:
    """Stores a file from its start, replaces its earlier content, and returns its size in bytes.

    `is_always_the_same`: the content is deterministic, so several processes may store it concurrently, and existing
    pieces stay. With a lease, writes nothing once the lease is lost. Raises LeaseLost.
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
    *, account_id: UUID, job_id: UUID, role: FileRole, start: int = 0, stop: int | None = None
) -> AsyncIterator[bytes]:
    """Yields the bytes from `start` up to `stop`, or to the end, in pieces."""
    position = start // PIECE_BYTES
    while stop is None or position * PIECE_BYTES < stop:
        row = await database.fetch_one(
            "SELECT content FROM job_file WHERE account_id = $1 AND job_id = $2 AND role = $3 AND position = $4",
            account_id,
            job_id,
            role.value,
            position,
        )
        if row is None:
            return
        begins = position * PIECE_BYTES
        content = bytes(row["content"])
        yield content[max(start - begins, 0) : PIECE_BYTES if stop is None else stop - begins]
        position += 1


async def copy_to(path: Path, *, account_id: UUID, job_id: UUID, role: FileRole) -> None:
    """Writes the file to a path on this machine."""
    with path.open("wb") as target:
        async for piece in read(account_id=account_id, job_id=job_id, role=role):
            await asyncio.to_thread(target.write, piece)


async def remove(*, account_id: UUID, job_id: UUID, role: FileRole, lease: Lease | None = None) -> None:
    """Deletes a file, a batch of pieces at a time. Raises LeaseLost."""
    of_file = "account_id = $1 AND job_id = $2 AND role = $3"
    some = f"SELECT position FROM job_file WHERE {of_file} ORDER BY position LIMIT {_PIECES_AT_ONCE}"
    sql = f"DELETE FROM job_file WHERE {of_file} AND position IN ({some})"
    while await _execute(lease, sql, account_id, job_id, role.value) == _PIECES_AT_ONCE:
        pass


@database.transactional
async def _execute(lease: Lease | None, sql: str, *args: Any) -> int:
    if lease is not None:
        await leases.hold(lease)
    return await database.execute(sql, *args)


async def keep_output(work: Work, path: Path, *, name: str, media_type: str, is_always_the_same: bool = False) -> None:
    """Stores a job's output, which can be downloaded for a week. Raises LeaseLost."""
    with path.open("rb") as file:
        size = await keep(
            account_id=work.account_id,
            job_id=work.job_id,
            role=FileRole.OUTPUT,
            file=file,
            is_always_the_same=is_always_the_same,
            lease=work.lease,
        )

    async def tell() -> dict[str, str | int]:
        return {**output_columns(name, media_type), "output_size": size}

    await work.step(tell, is_progress=False)


def output_columns(name: str, media_type: str) -> dict[str, str]:
    """Returns the job's columns for a file that is created later."""
    return {"output_name": name, "output_type": media_type, "output_key": secrets.token_urlsafe(24)}


async def output(*, account_id: UUID, job_id: UUID) -> Output | None:
    """Returns the file that a job has created or can create, or None if there is none or it has expired."""
    row = await database.fetch_one(
        "SELECT output_name, output_type, output_size, output_key FROM job "
        "WHERE account_id = $1 AND id = $2 AND output_key IS NOT NULL",
        account_id,
        job_id,
    )
    return None if row is None else Output(*row)


async def remove_expired(*, now: datetime) -> int:
    """Deletes outputs of jobs that ended a week ago, and files that no job has needed for a day.

    Returns the number of jobs whose files were deleted.
    """
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
        await remove(account_id=row["account_id"], job_id=row["id"], role=FileRole(row["role"]))
    return len({row["id"] for row in (*ended, *left)})


# ------------------------------------------------------------------ links


def signature(key: str, job_id: UUID, expires: int) -> str:
    """Returns a link's signature. It is valid for one job's file until `expires`, in seconds since 1970."""
    return hmac.new(key.encode(), f"{job_id}:{expires}".encode(), hashlib.sha256).hexdigest()[:40]


def signed_query(key: str, job_id: UUID, expires: int) -> str:
    """Returns the query parameters of a link: its expiry and its signature."""
    return f"expires={expires}&signature={signature(key, job_id, expires)}"


def is_signed(given: str, key: str, job_id: UUID, expires: str, *, now: datetime) -> bool:
    """Returns whether a link's signature is valid and not expired."""
    with suppress(ValueError):
        right = signature(key, job_id, int(expires))
        return hmac.compare_digest(given.encode(), right.encode()) and now.timestamp() < int(expires)
    return False
