"""Reads, locks and writes campaigns and their memberships: the contacts in a campaign.

The stored counts of a campaign and its segments cover contacts outside the trash, and are updated in the transaction
that changes the memberships. All code takes locks in one order: contacts (including inserts), lists, tags, campaigns
by id.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from models.change import ChangeKind
from models.db import database
from models.db.database import Row
from services import planner_statistics
from services.campaigns.events import publish_changes

# The writable columns of a membership, with their PostgreSQL types.
_WRITTEN = {
    "name": "text",
    "context": "text",
    "extracted_data": "jsonb",
    "external_id": "text",
    "assignee_id": "uuid",
    "segment_id": "text",
}


@dataclass(slots=True)
class CampaignMembership:
    """A contact's membership in a campaign during a change. `before` is None if it is new."""

    id: UUID
    contact_id: UUID
    values: dict[str, Any]
    before: dict[str, Any] | None

    @property
    def is_new(self) -> bool:
        return self.before is None

    @property
    def is_changed(self) -> bool:
        return self.values != self.before


def new_membership(contact_id: UUID, values: Mapping[str, Any], *, now: datetime) -> CampaignMembership:
    """Returns a new membership. A missing value is None, but `extracted_data` defaults to an empty object."""
    whole = {name: values.get(name) for name in _WRITTEN}
    whole["extracted_data"] = whole["extracted_data"] or {}
    return CampaignMembership(database.uuid7(now), contact_id, whole, None)


_COLUMNS = "name, description, channel, status, scheduled_at"


async def read(account_id: UUID, campaign_id: UUID) -> Row | None:
    """Reads a campaign without a lock, for decisions that precede its lock in the lock order."""
    return await database.fetch_one(
        f"SELECT {_COLUMNS} FROM campaign WHERE account_id = $1 AND id = $2", account_id, campaign_id
    )


async def lock(account_id: UUID, campaign_id: UUID) -> Row | None:
    """Reads a campaign, and locks it and its memberships until the transaction ends."""
    return await database.fetch_one(
        f"SELECT {_COLUMNS} FROM campaign WHERE account_id = $1 AND id = $2{database.for_update()}",
        account_id,
        campaign_id,
    )


async def lock_all(account_id: UUID, campaign_ids: Iterable[UUID]) -> None:
    """Locks several campaigns and their memberships until the transaction ends."""
    await database.fetch(
        f"SELECT id FROM campaign WHERE account_id = $1 AND {database.sql_in('id', '$2', 'uuid')} "
        f"ORDER BY id{database.for_update()}",
        account_id,
        list(campaign_ids),
    )


async def memberships(
    account_id: UUID, campaign_id: UUID, contact_ids: Sequence[UUID]
) -> dict[UUID, CampaignMembership]:
    """Returns the memberships of the contacts that are in a locked campaign, by contact id."""
    if not contact_ids:
        return {}
    rows = await database.fetch(
        f"SELECT id, contact_id, {', '.join(_WRITTEN)} FROM campaign_contact WHERE account_id = $1 "
        f"AND campaign_id = $2 AND {database.sql_in('contact_id', '$3', 'uuid')}",
        account_id,
        campaign_id,
        list(contact_ids),
    )
    by_contact = {}
    for row in rows:
        values = {name: row[name] for name in _WRITTEN}
        by_contact[row["contact_id"]] = CampaignMembership(row["id"], row["contact_id"], values, dict(values))
    return by_contact


async def insert(
    account_id: UUID,
    campaign_id: UUID,
    added: Sequence[CampaignMembership],
    *,
    segment_dates: Mapping[str, datetime | None] | None = None,
    now: datetime,
) -> list[UUID]:
    """Adds live contacts to a campaign. Skips contacts that are already in it, and returns the added ones.

    The campaign must be locked, and the contacts locked or created in this transaction. `segment_dates` contains the
    dates of segments that have one, by segment id.
    """
    if not added:
        return []
    columns = {"id": "uuid", "contact_id": "uuid", **_WRITTEN}
    names, picked = ", ".join(columns), ", ".join(f"r.{name}" for name in columns)
    table = database.rows_to_insert("$3", "r", columns)
    came = await database.fetch(
        f"INSERT INTO campaign_contact (account_id, campaign_id, {names}, created_at, updated_at) "
        f"SELECT r.account_id, $2, {picked}, $4, $4 FROM {table} WHERE TRUE ON CONFLICT DO NOTHING "
        f"RETURNING {_returned()}",
        account_id,
        campaign_id,
        [{"id": membership.id, "contact_id": membership.contact_id, **membership.values} for membership in added],
        now,
    )
    database.note_changed(account_id, ChangeKind.CAMPAIGN_CONTACT, [row["id"] for row in came])
    by_segment = Counter(row["segment_id"] for row in came)
    await _date_segments(account_id, campaign_id, by_segment, segment_dates or {})
    await change_counts(account_id, {(campaign_id, segment): count for segment, count in by_segment.items()}, now=now)
    planner_statistics.accounts().note_inserted("campaign_contact", account_id, len(came))
    return [row["contact_id"] for row in came]


def _returned() -> str:
    return f"segment_id, {', '.join(database.selected_as(name, name, 'uuid') for name in ('id', 'contact_id'))}"


async def _date_segments(
    account_id: UUID, campaign_id: UUID, segments: Iterable[str | None], dates: Mapping[str, datetime | None]
) -> None:
    """Creates missing segments, and sets the date of segments that have one in `dates`."""
    rows = [{"segment_id": segment, "date": dates.get(segment)} for segment in segments if segment is not None]
    if rows:
        await database.execute(
            "INSERT INTO campaign_segment (account_id, campaign_id, segment_id, scheduled_date, contact_count) "
            "SELECT r.account_id, $2, r.segment_id, r.date, 0 "
            f"FROM {database.rows_to_insert('$3', 'r', {'segment_id': 'text', 'date': 'timestamptz'})} WHERE TRUE "
            "ON CONFLICT (account_id, campaign_id, segment_id) DO UPDATE "
            "SET scheduled_date = COALESCE(excluded.scheduled_date, campaign_segment.scheduled_date)",
            account_id,
            campaign_id,
            rows,
        )
        database.note_changed(account_id, ChangeKind.CAMPAIGN, [campaign_id])


async def update(account_id: UUID, changed: Iterable[CampaignMembership], *, now: datetime) -> None:
    """Writes all values of memberships of a locked campaign, except their segments."""
    columns = {name: kind for name, kind in _WRITTEN.items() if name != "segment_id"}
    rows = [{"id": membership.id, **membership.values} for membership in changed]
    if rows:
        assigned = ", ".join(f"{name} = r.{name}" for name in columns)
        await database.execute(
            f"UPDATE campaign_contact SET {assigned}, updated_at = $3 "
            f"FROM {database.rows_of('$2', 'r', {'id': 'uuid', **columns})} "
            "WHERE campaign_contact.account_id = $1 AND campaign_contact.id = r.id",
            account_id,
            rows,
            now,
        )
        database.note_changed(account_id, ChangeKind.CAMPAIGN_CONTACT, [row["id"] for row in rows])


async def remove(account_id: UUID, campaign_id: UUID, contact_ids: Sequence[UUID], *, now: datetime) -> list[UUID]:
    """Removes live contacts from a campaign and returns those that were in it. Requires the same locks as `insert`."""
    if not contact_ids:
        return []
    gone = await database.fetch(
        "DELETE FROM campaign_contact WHERE account_id = $1 AND campaign_id = $2 "
        f"AND {database.sql_in('contact_id', '$3', 'uuid')} RETURNING {_returned()}",
        account_id,
        campaign_id,
        list(contact_ids),
    )
    database.note_changed(account_id, ChangeKind.CAMPAIGN_CONTACT, [row["id"] for row in gone])
    by_segment = Counter(row["segment_id"] for row in gone)
    await change_counts(account_id, {(campaign_id, segment): -count for segment, count in by_segment.items()}, now=now)
    return [row["contact_id"] for row in gone]


async def change_counts(account_id: UUID, changes: Mapping[tuple[UUID, str | None], int], *, now: datetime) -> None:
    """Adds to the stored counts of locked campaigns and their segments, and publishes that.

    The keys are pairs of campaign and segment id. The segment id is None for contacts without a segment.
    """
    by_campaign: Counter[UUID] = Counter()
    for (campaign_id, _), change in changes.items():
        by_campaign[campaign_id] += change
    campaigns = [{"id": campaign_id, "change": change} for campaign_id, change in by_campaign.items()]
    segments = [
        {"id": campaign_id, "segment_id": segment, "change": change}
        for (campaign_id, segment), change in changes.items()
        if segment is not None
    ]
    if campaigns:
        await database.execute(
            "UPDATE campaign SET contact_count = contact_count + r.change "
            f"FROM {database.rows_of('$2', 'r', {'id': 'uuid', 'change': 'integer'})} "
            "WHERE campaign.account_id = $1 AND campaign.id = r.id",
            account_id,
            campaigns,
        )
    if segments:
        await database.execute(
            "UPDATE campaign_segment SET contact_count = contact_count + r.change "
            f"FROM {database.rows_of('$2', 'r', {'id': 'uuid', 'segment_id': 'text', 'change': 'integer'})} "
            "WHERE campaign_segment.account_id = $1 AND campaign_segment.campaign_id = r.id "
            "AND campaign_segment.segment_id = r.segment_id",
            account_id,
            segments,
        )
    database.note_changed(account_id, ChangeKind.CAMPAIGN, by_campaign)
    await publish_changes(account_id, by_campaign, now=now)
