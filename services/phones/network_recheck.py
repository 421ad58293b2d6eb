"""Rechecks an account's contacts after a change of its operators or of its network check."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from models.audit_actions import AuditAction
from models.change import ChangeKind
from models.db import database
from models.db.database import Row
from services.accounts.settings import AccountSettings, load_account_settings
from services.history import recording as history
from services.history.recording import Entry
from services.jobs import queue as jobs
from services.jobs.worker import Work
from services.phones.numbers import facts

TASK = "recheck"
_BATCH = 1_000
_FACTS = ("status", "invalid_reason", "operator", "operator_country")
_TYPES = {"id": "uuid", **dict.fromkeys(_FACTS, "text")}


async def start(*, account_id: UUID, prefix: str | None, user_id: UUID | None, now: datetime) -> UUID:
    """Creates a job that rechecks all numbers, or those with a prefix. Call it in the transaction of the change."""
    return await jobs.create(
        account_id=account_id,
        kind=jobs.JobKind.RECHECK,
        task=TASK,
        input={"prefix": prefix},
        created_by_id=user_id,
        now=now,
    )


async def run(work: Work) -> None:
    """Rechecks contacts with the current settings, in batches ordered by id, including the trash."""
    if work.row_count is None:
        await work.step(lambda: _counted(work))
    is_done = False
    while not is_done:
        before = work.done_row_count
        await work.step(lambda: _checked(work))
        is_done = work.done_row_count - before < _BATCH
        await work.yield_to_other_writers()


def _of_prefix(work: Work, first: int) -> tuple[str, list[str]]:
    """Returns a condition that the number starts with the prefix, as a range for an index, and its values."""
    prefix = work.input["prefix"]
    if prefix is None:
        return "", []
    start = f"54{prefix[3:]}" if prefix.startswith("549") else prefix  # as numbers of Argentina are compared
    return f" AND phone >= ${first} AND phone < ${first + 1}", [f"+{start}", f"+{start}:"]  # ":" sorts after "9"


async def _counted(work: Work) -> Mapping[str, Any]:
    condition, values = _of_prefix(work, 2)
    rows = await database.fetch(
        f"SELECT count(*) FROM contact WHERE account_id = $1{condition}", work.account_id, *values
    )
    return {"row_count": rows[0][0]}


async def _checked(work: Work) -> Mapping[str, Any]:
    settings = await load_account_settings(work.account_id)
    condition, values = _of_prefix(work, 3)
    rows = await database.fetch(
        f"SELECT id, COALESCE(given_phone, phone) AS phone, {', '.join(_FACTS)} FROM contact "
        f"WHERE account_id = $1 AND id > $2{condition} "
        f"ORDER BY id LIMIT {_BATCH}{database.for_update()}",
        work.account_id,
        UUID(work.checkpoint.get("id", str(UUID(int=0)))),
        *values,
    )
    changed = _changed(rows, settings)
    if changed:
        assigned = ", ".join(f"{name} = r.{name}" for name in _FACTS)
        await database.execute(
            f"UPDATE contact SET {assigned}, updated_at = $3 FROM {database.rows_of('$2', 'r', _TYPES)} "
            "WHERE contact.account_id = $1 AND contact.id = r.id",
            work.account_id,
            changed,
            work.now(),
        )
        ids = [row["id"] for row in changed]
        database.note_changed(work.account_id, ChangeKind.CONTACT, ids)
        await history.record(work.account_id, ids, Entry(AuditAction.UPDATE), now=work.now())
    done = work.done_row_count + len(rows)
    return {
        "checkpoint": {"id": str(rows[-1]["id"])} if rows else work.checkpoint,
        "done_row_count": done,
        "row_count": max(work.row_count or 0, done),
    }


def _changed(rows: Sequence[Row], settings: AccountSettings) -> list[dict[str, Any]]:
    """Returns the new values of the contacts whose facts have changed."""
    found = []
    for row in rows:
        known = facts(row["phone"], network_check=settings.network_check, custom_prefixes=settings.custom_prefixes)
        now = {name: getattr(known, name) for name in _FACTS}
        if any(row[name] != value for name, value in now.items()):
            found.append({"id": row["id"], **now})
    return found
