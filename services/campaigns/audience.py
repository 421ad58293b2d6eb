"""Adds the members of a campaign's lists to the campaign, as far as it may contact them: at once or in batches."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from models.audit_actions import AuditAction
from models.change import ChangeKind
from models.db import database
from models.db.sql import ACCOUNT
from services.campaigns import table as campaign_table
from services.campaigns.events import record_contacts_changed
from services.campaigns.status import CLOSED, CampaignStatus
from services.contacts.filter import IS_OPTED_OUT
from services.contacts.protection import is_protected
from services.contacts.table import is_owner_active
from services.history import recording as history
from services.history.recording import Entry
from services.jobs import queue as jobs
from services.jobs.queue import JobKind
from services.jobs.worker import Work
from services.subscriptions import change_log as contact_change_log

MOST_AT_ONCE: Final = 10_000
TASK: Final = "take_campaign_lists_in"
_BATCH: Final = 1_000
_FIRST: Final = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Decides which members of its lists a campaign accepts.

    `user_id` is the user who moved the campaign out of DRAFT, or None for an integration.
    """

    account_id: UUID
    campaign_id: UUID
    is_by_email: bool
    protection_hours: int
    user_id: UUID | None


async def lists_of(account_id: UUID, campaign_id: UUID) -> list[UUID]:
    """Returns the ids of the campaign's lists, sorted."""
    rows = await database.fetch(
        "SELECT contact_list_id FROM campaign_list WHERE account_id = $1 AND campaign_id = $2 ORDER BY contact_list_id",
        account_id,
        campaign_id,
    )
    return [row["contact_list_id"] for row in rows]


async def add_lists(account_id: UUID, campaign_id: UUID, list_ids: Collection[UUID]) -> None:
    """Adds lists to a campaign. The lists must be locked."""
    if list_ids:
        await database.execute(
            "INSERT INTO campaign_list (account_id, campaign_id, contact_list_id) SELECT $1, $2, r.id "
            f"FROM {database.rows_of('$3', 'r', {'id': 'uuid'})} WHERE TRUE ON CONFLICT DO NOTHING",
            account_id,
            campaign_id,
            [{"id": list_id} for list_id in list_ids],
        )
        database.note_changed(account_id, ChangeKind.CAMPAIGN, [campaign_id])


async def member_count(account_id: UUID, list_ids: Collection[UUID]) -> int:
    """Returns the sum of the lists' stored counts of live members. A contact on two lists counts twice."""
    if not list_ids:
        return 0
    row = await database.fetch_one(
        "SELECT coalesce(sum(contact_count), 0) AS member_count FROM contact_list "
        f"WHERE account_id = $1 AND {database.sql_in('id', '$2', 'uuid')}",
        account_id,
        list(list_ids),
    )
    return int(row["member_count"]) if row else 0


async def lock_members(audience: Audience, list_ids: Collection[UUID], *, now: datetime) -> list[UUID]:
    """Locks the members that the campaign accepts until the transaction ends, and returns their ids."""
    if not list_ids:
        return []
    members = (
        "(SELECT DISTINCT member.contact_id FROM contact_list_member member "
        f"WHERE member.account_id = {ACCOUNT} AND {database.sql_in('member.contact_list_id', '$2', 'uuid')}) AS m"
    )
    return await _lock(audience, members, list(list_ids), now)


async def _lock(audience: Audience, members: str, keys: list[UUID], now: datetime) -> list[UUID]:
    """Locks the live contacts among `members` that the campaign accepts, and returns their ids, sorted.

    Excludes contacts that are opted out or protected, and contacts without an e-mail address if the campaign is by
    e-mail. `members` is a table for FROM with the alias `m` and the column contact_id, made of the account $1 and the
    keys $2.
    """
    has_email = "contact.email IS NOT NULL" if audience.is_by_email else "TRUE"
    sql = (
        f"SELECT contact.id, contact.owner_id, contact.owned_at, {is_owner_active()} "
        f"FROM {database.with_account_id(members, 'm', ACCOUNT)} "
        "JOIN contact ON contact.account_id = m.account_id AND contact.id = m.contact_id "
        f"WHERE contact.deleted_at IS NULL AND {has_email} AND NOT {IS_OPTED_OUT} "
        f"ORDER BY contact.id{database.for_update('contact')}"
    )
    rows = await database.fetch(sql, audience.account_id, keys)
    return [
        row["id"]
        for row in rows
        if not is_protected(
            owner_id=row["owner_id"],
            is_owner_active=row["is_owner_active"],
            owned_at=row["owned_at"],
            hours=audience.protection_hours,
            from_user_id=audience.user_id,
            now=now,
        )
    ]


async def add_members(account_id: UUID, campaign_id: UUID, contact_ids: Sequence[UUID], *, now: datetime) -> int:
    """Adds locked contacts to a locked campaign. Returns the number of contacts that were not in it."""
    pending = await contact_change_log.start_recording(account_id, contact_ids, now=now)
    memberships = [campaign_table.new_membership(contact_id, {}, now=now) for contact_id in contact_ids]
    came = await campaign_table.insert(account_id, campaign_id, memberships, now=now)
    await history.record(account_id, came, Entry(AuditAction.ADD_TO_CAMPAIGN, campaign_id=campaign_id), now=now)
    await pending.publish(contact_change_log.ChangeKind.UPDATED, contact_ids, count=len(came), fields=["campaigns"])
    await record_contacts_changed(account_id, campaign_id, len(came), now=now)
    return len(came)


# ------------------------------------------------------------------ background job


async def enqueue_members_job(audience: Audience, *, row_count: int, now: datetime) -> UUID:
    """Creates a job that adds the members, and returns its id.

    Call it in the transaction that moves the campaign out of DRAFT.
    """
    return await jobs.create(
        account_id=audience.account_id,
        kind=JobKind.UPDATE,
        task=TASK,
        input={
            "campaign_id": str(audience.campaign_id),
            "protection_hours": audience.protection_hours,
            "user_id": str(audience.user_id) if audience.user_id else None,
        },
        row_count=row_count,
        created_by_id=audience.user_id,
        now=now,
    )


async def run_members_job(work: Work) -> None:
    """Runs the job. It ends early if the campaign is deleted, is COMPLETED or ARCHIVED, or is in DRAFT again."""
    is_done = False

    async def batch() -> Mapping[str, Any]:
        nonlocal is_done
        step = await _add_batch(work)
        is_done = step is None
        return step or {}

    while not is_done:
        await work.step(batch)
        await work.yield_to_other_writers()


async def _add_batch(work: Work) -> Mapping[str, Any] | None:
    """Adds the next batch of members. Returns the job's new progress, or None if nothing is left to do."""
    now, account_id, campaign_id = work.now(), work.account_id, UUID(work.input["campaign_id"])
    campaign = await campaign_table.read(account_id, campaign_id)
    if campaign is None or not _accepts_members(campaign["status"]):
        return None
    next_members = await _next_members(account_id, campaign_id, work.checkpoint)
    if next_members is None:
        return None
    list_id, contact_ids = next_members
    user_id = work.input["user_id"]
    audience = Audience(
        account_id=account_id,
        campaign_id=campaign_id,
        is_by_email=campaign["channel"] == "EMAIL",
        protection_hours=work.input["protection_hours"],
        user_id=UUID(user_id) if user_id else None,
    )
    members = database.columns_of("m", {"contact_id": ("$2", "uuid")})
    taken = await _lock(audience, members, contact_ids, now)
    locked = await campaign_table.lock(account_id, campaign_id)
    if locked is None or not _accepts_members(locked["status"]):
        return None
    await add_members(account_id, campaign_id, taken, now=now)
    return {
        "checkpoint": {"list_id": str(list_id), "contact_id": str(contact_ids[-1])},
        "done_row_count": work.done_row_count + len(contact_ids),
    }


def _accepts_members(status: str) -> bool:
    return CampaignStatus(status) not in (CampaignStatus.DRAFT, *CLOSED)


async def _next_members(
    account_id: UUID, campaign_id: UUID, checkpoint: Mapping[str, Any]
) -> tuple[UUID, list[UUID]] | None:
    """Returns the next list and contact ids after the checkpoint, in order of list id and contact id.

    Returns None after the last member.
    """
    last_list = UUID(checkpoint["list_id"]) if checkpoint else _FIRST
    for list_id in await lists_of(account_id, campaign_id):
        if list_id < last_list:
            continue
        behind = UUID(checkpoint["contact_id"]) if list_id == last_list else _FIRST
        rows = await database.fetch(
            "SELECT contact_id FROM contact_list_member WHERE account_id = $1 AND contact_list_id = $2 "
            f"AND contact_id > $3 ORDER BY contact_id LIMIT {_BATCH}",
            account_id,
            list_id,
            behind,
        )
        if rows:
            return list_id, [row["contact_id"] for row in rows]
    return None
