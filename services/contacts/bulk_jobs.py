"""Bulk changes of more contacts than one request may change: stores the matching ids and processes them in a job.

For each batch the job calls the same service as for a small selection, in one transaction with its checkpoint.
"""

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from models.db import database
from models.db.sql import MARK, Sql, all_of, numbered
from services.accounts.settings import load_account_settings
from services.audit import recording as audit
from services.contacts import selection as contact_selection
from services.contacts.bulk_changes import TASKS, BulkChange, Conflicts
from services.contacts.filter import ContactState
from services.contacts.selection import ChosenContacts
from services.ids import IdPrefix
from services.jobs import files as job_files, queue as jobs
from services.jobs.files import FileRole
from services.jobs.worker import Work
from services.refusal import Code, refuse

_BATCH: Final = 1_000
_ID_BYTES: Final = 16
_IDS_PER_PIECE: Final = job_files.PIECE_BYTES // _ID_BYTES


async def start(*, chosen: ChosenContacts, change: BulkChange, user_id: UUID | None, now: datetime) -> UUID:
    """Creates a job that changes all contacts that match now, and returns its id.

    Raises Refused: COUNT_CHANGED, NOT_FOUND.
    """
    account_id, job_id = chosen.settings.account_id, database.uuid7(now)
    await _require_target(account_id, change)
    count = await _store_ids(chosen, change, job_id, now)
    try:
        contact_selection.check_count(chosen, count)
    except BaseException:
        await job_files.remove(account_id=account_id, job_id=job_id, role=FileRole.INPUT)
        raise
    await _create(chosen, change, job_id, count, user_id, now)
    return job_id


@database.transactional
async def _create(
    chosen: ChosenContacts, change: BulkChange, job_id: UUID, count: int, user_id: UUID | None, now: datetime
) -> None:
    account_id, task = chosen.settings.account_id, TASKS[change.task]
    await jobs.create(
        account_id=account_id,
        job_id=job_id,
        kind=task.kind,
        task=change.task,
        input={**change.input, "campaign_id": change.campaign_id and str(change.campaign_id)},
        row_count=count,
        contact_list_id=change.list_id,
        created_by_id=user_id,
        now=now,
    )
    subject = None
    if change.list_id is not None:
        subject = (IdPrefix.CONTACT_LIST, change.list_id)
    elif change.campaign_id is not None:
        subject = (IdPrefix.CAMPAIGN, change.campaign_id)
    summary = f"Began a job for {count} contacts, chosen {chosen.how}."
    audit.record(account_id, task.action, summary, subject=subject, count=0, job_id=job_id, now=now)


async def _require_target(account_id: UUID, change: BulkChange) -> None:
    """Raises Refused if the change's list or campaign does not exist, so that the request fails and not the job."""
    for table, path, wanted in (
        ("contact_list", "listId", change.list_id),
        ("campaign", "campaignId", change.campaign_id),
    ):
        sql = f"SELECT 1 FROM {table} WHERE account_id = $1 AND id = $2"
        if wanted is not None and await database.fetch_one(sql, account_id, wanted) is None:
            raise refuse(Code.NOT_FOUND, f"There is no such {table.removeprefix('contact_')}.", path)


async def _store_ids(chosen: ChosenContacts, change: BulkChange, job_id: UUID, now: datetime) -> int:
    """Stores the ids of the matching contacts as the job's input file, in processing order. Returns their number.

    Contacts in the trash are ordered by trashing time, latest first: of several contacts with the same number, the one
    that was trashed last is restored.
    """
    where = chosen.where(change.state, now=now)
    is_by_trash = change.state is ContactState.TRASHED
    order = "contact.deleted_at DESC, contact.id DESC" if is_by_trash else "contact.id"
    columns = "contact.id, contact.deleted_at" if is_by_trash else "contact.id"
    if database.is_postgres():
        return await _store_ids_on_postgres(chosen.settings.account_id, job_id, where, order)
    ids = io.BytesIO()
    behind = Sql("TRUE")
    while True:
        wanted = all_of((where, behind))
        rows = await database.fetch(
            numbered(f"SELECT {columns} FROM contact WHERE {wanted.text} ORDER BY {order} LIMIT {_IDS_PER_PIECE}"),
            *wanted.values,
        )
        ids.write(b"".join(row["id"].bytes for row in rows))
        if len(rows) < _IDS_PER_PIECE:
            break
        last = rows[-1]
        if is_by_trash:
            behind = Sql(f"(contact.deleted_at, contact.id) < ({MARK}, {MARK})", (last["deleted_at"], last["id"]))
        else:
            behind = Sql(f"contact.id > {MARK}", (last["id"],))
    size = await job_files.keep(account_id=chosen.settings.account_id, job_id=job_id, role=FileRole.INPUT, file=ids)
    return size // _ID_BYTES


async def _store_ids_on_postgres(account_id: UUID, job_id: UUID, where: Sql, order: str) -> int:
    """Lets PostgreSQL write the file in pieces: from one snapshot, and without sending the ids to this process."""
    pieces = await database.fetch(
        numbered(
            "INSERT INTO job_file (account_id, job_id, role, position, content) "
            f"SELECT {MARK}::uuid, {MARK}::uuid, {MARK}, (place - 1) / {_IDS_PER_PIECE}, "
            "string_agg(uuid_send(id), ''::bytea ORDER BY place) FROM (SELECT contact.id, "
            f"row_number() OVER (ORDER BY {order}) AS place FROM contact WHERE {where.text}) chosen "
            f"GROUP BY (place - 1) / {_IDS_PER_PIECE} RETURNING octet_length(content)"
        ),
        account_id,
        job_id,
        FileRole.INPUT.value,
        *where.values,
        is_repeatable=False,
    )
    return int(sum(row[0] for row in pieces)) // _ID_BYTES


async def run(work: Work) -> None:
    """Applies the change batch by batch. Raises Refused if the change has become impossible."""
    while work.done_row_count < (work.row_count or 0):
        ids = await _batch(work)
        if not ids:
            raise RuntimeError("the job's input file with the contact ids is missing or too short")
        await work.step(lambda ids=ids: _change(work, ids))  # type: ignore[misc]  # mypy's view of a default
        await work.yield_to_other_writers()
    await job_files.remove(account_id=work.account_id, job_id=work.job_id, role=FileRole.INPUT)


async def _batch(work: Work) -> list[UUID]:
    start = work.done_row_count * _ID_BYTES
    pieces = job_files.read(
        account_id=work.account_id,
        job_id=work.job_id,
        role=FileRole.INPUT,
        start=start,
        stop=start + _BATCH * _ID_BYTES,
    )
    content = b"".join([piece async for piece in pieces])
    return [UUID(bytes=content[at : at + _ID_BYTES]) for at in range(0, len(content), _ID_BYTES)]


async def _change(work: Work, ids: Sequence[UUID]) -> Mapping[str, Any]:
    chosen = ChosenContacts(settings=await load_account_settings(work.account_id), ids=ids)
    conflicts = await TASKS[work.task].change(work, chosen)
    await _write_row_errors(work, ids, conflicts)
    return {"done_row_count": work.done_row_count + len(ids)}


async def _write_row_errors(work: Work, ids: Sequence[UUID], conflicts: Conflicts) -> None:
    """Writes a row error for each contact that could not be changed: its position in the job, its number and why."""
    if not conflicts:
        return
    rows = await database.fetch(
        f"SELECT id, phone FROM contact WHERE account_id = $1 AND {database.sql_in('id', '$2', 'uuid')}",
        work.account_id,
        [contact_id for contact_id, _ in conflicts],
    )
    phones = {row["id"]: row["phone"] for row in rows}
    places = {contact_id: place for place, contact_id in enumerate(ids, work.done_row_count + 1)}
    columns = {"line": "bigint", "code": "text", "value": "text", "message": "text"}
    await database.execute(
        "INSERT INTO job_row_error (account_id, job_id, line, position, code, value, message, is_rejected) "
        f"SELECT $1, $2, r.line, 0, r.code, r.value, r.message, TRUE FROM {database.rows_of('$3', 'r', columns)}",
        work.account_id,
        work.job_id,
        [
            {
                "line": places[contact_id],
                "code": refusal.code.value,
                "value": phones.get(contact_id),
                "message": refusal.message,
            }
            for contact_id, refusal in conflicts
        ],
    )
