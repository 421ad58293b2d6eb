"""Writes messages, and the latest message times of numbers, in bulk."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from models.db import database
from models.db.database import Row
from services import planner_statistics
from services.accounts.usage import usage
from services.messages.status import ENDS, MessageStatus, status_after


class Direction(StrEnum):
    INBOUND = "INBOUND"
    OUTBOUND = "OUTBOUND"


CONVERSATION = "CONVERSATION"
MOST_ERASED = 20_000
"""The number of messages that one transaction of a purge empties. The rest follows in the background."""
_ERASED_AT_ONCE = 5_000

_INSERTED = {
    "id": "uuid",
    "phone": "text",
    "given_phone": "text",
    "campaign_id": "uuid",
    "user_id": "uuid",
    "direction": "text",
    "status": "text",
    "kind": "text",
    "channel": "text",
    "body": "text",
    "external_id": "text",
    "occurred_at": "timestamptz",
    "needs_review": "boolean",
}


@dataclass(slots=True)
class MessageDraft:
    """A message while its reports are applied. `before` is its stored status; None for a new message."""

    id: UUID
    phone: str
    direction: Direction
    kind: str
    status: MessageStatus
    occurred_at: datetime
    before: MessageStatus | None = None
    others: Mapping[str, Any] = field(default_factory=dict)

    def report(self, status: MessageStatus) -> bool:
        """Advances the status and returns whether it changed."""
        before, self.status = self.status, status_after(self.status, status)
        return self.status is not before

    @property
    def is_changed(self) -> bool:
        return self.status is not self.before

    @property
    def counts(self) -> bool:
        """True if classification counts the message.

        Its kind must be CONVERSATION, and if it is outbound, its status must not be one of ENDS.
        """
        return self.kind == CONVERSATION and (self.direction is Direction.INBOUND or self.status not in ENDS)

    @property
    def has_ceased_to_count(self) -> bool:
        is_outbound = self.kind == CONVERSATION and self.direction is Direction.OUTBOUND
        return is_outbound and self.before is not None and self.before not in ENDS and self.status in ENDS


async def lock(account_id: UUID, external_ids: Collection[str]) -> dict[str, MessageDraft]:
    """Returns the messages with these external ids, by external id. Locks them until the transaction ends."""
    if not external_ids:
        return {}
    rows = await database.fetch(
        "SELECT id, phone, direction, kind, status, occurred_at, external_id, campaign_id FROM message "
        f"WHERE account_id = $1 AND external_id IS NOT NULL AND {database.sql_in('external_id', '$2', 'text')}"
        f"{database.locked_in_order('id')}",
        account_id,
        list(external_ids),
    )
    return {row["external_id"]: _draft_of(row) for row in rows}


def _draft_of(row: Row) -> MessageDraft:
    status = MessageStatus(row["status"])
    return MessageDraft(
        row["id"],
        row["phone"],
        Direction(row["direction"]),
        row["kind"],
        status,
        row["occurred_at"],
        before=status,
        others={"campaign_id": row["campaign_id"]},
    )


async def insert(account_id: UUID, drafts: Sequence[MessageDraft], *, now: datetime) -> None:
    """Inserts new messages. Raises Conflict if a concurrent transaction recorded one of the external ids."""
    if not drafts:
        return
    names = ", ".join(_INSERTED)
    picked = ", ".join(f"r.{name}" for name in _INSERTED)
    inserted = await database.fetch(
        f"INSERT INTO message (account_id, {names}, created_at) "
        f"SELECT r.account_id, {picked}, $3 FROM {database.rows_to_insert('$2', 'r', _INSERTED)} WHERE TRUE "
        "ORDER BY r.external_id ON CONFLICT DO NOTHING RETURNING id",
        account_id,
        [
            {
                "id": draft.id,
                "phone": draft.phone,
                "direction": draft.direction.value,
                "status": draft.status.value,
                "kind": draft.kind,
                "occurred_at": draft.occurred_at,
                **draft.others,
            }
            for draft in drafts
        ],
        now,
    )
    if len(inserted) != len(drafts):
        raise database.Conflict("a concurrent transaction recorded an external id")
    planner_statistics.accounts().note_inserted("message", account_id, len(drafts))
    usage().note_messages(account_id, len(drafts), now=now)


async def update(account_id: UUID, drafts: Iterable[MessageDraft]) -> None:
    """Writes the status of locked messages."""
    rows = [{"id": draft.id, "status": draft.status.value} for draft in drafts]
    if rows:
        await database.execute(
            f"UPDATE message SET status = r.status FROM {database.rows_of('$2', 'r', {'id': 'uuid', 'status': 'text'})}"
            " WHERE message.account_id = $1 AND message.id = r.id",
            account_id,
            rows,
        )


@dataclass(slots=True)
class Latest:
    """The times of a number's latest inbound and outbound messages that count."""

    inbound_at: datetime | None = None
    outbound_at: datetime | None = None

    def count(self, draft: MessageDraft) -> None:
        if draft.direction is Direction.INBOUND:
            self.inbound_at = max(draft.occurred_at, self.inbound_at or draft.occurred_at)
        else:
            self.outbound_at = max(draft.occurred_at, self.outbound_at or draft.occurred_at)


async def upsert_phone_history(account_id: UUID, latest: Mapping[str, Latest]) -> dict[str, Latest]:
    """Updates the stored latest times of numbers, and returns the new values by number.

    Locks the numbers until the transaction ends: concurrent recording for one of them waits.
    """
    if not latest:
        return {}
    columns = {"phone": "text", "last_inbound_at": "timestamptz", "last_outbound_at": "timestamptz"}
    later = ", ".join(
        f"{name} = CASE WHEN phone_history.{name} IS NULL OR excluded.{name} > phone_history.{name} "
        f"THEN excluded.{name} ELSE phone_history.{name} END"
        for name in ("last_inbound_at", "last_outbound_at")
    )
    rows = await database.fetch(
        "INSERT INTO phone_history (account_id, phone, last_inbound_at, last_outbound_at) "
        "SELECT r.account_id, r.phone, r.last_inbound_at, r.last_outbound_at "
        f"FROM {database.rows_to_insert('$2', 'r', columns)} WHERE TRUE "
        f"ORDER BY r.phone ON CONFLICT (account_id, phone) DO UPDATE SET {later} "
        "RETURNING phone, "
        f"{database.selected_as('last_inbound_at', 'last_inbound_at', 'timestamp')}, "
        f"{database.selected_as('last_outbound_at', 'last_outbound_at', 'timestamp')}",
        account_id,
        [
            {"phone": phone, "last_inbound_at": one.inbound_at, "last_outbound_at": one.outbound_at}
            for phone, one in latest.items()
        ],
    )
    planner_statistics.accounts().note_inserted("phone_history", account_id, len(rows))
    return {row["phone"]: Latest(row["last_inbound_at"], row["last_outbound_at"]) for row in rows}


async def recompute_last_outbound(account_id: UUID, phones: Collection[str]) -> dict[str, datetime | None]:
    """Recomputes the time of the last outbound message that counts, by number.

    `upsert_phone_history` must have locked the numbers.
    """
    if not phones:
        return {}
    ends = ", ".join(f"'{status}'" for status in sorted(ENDS))
    last = (
        "SELECT m.occurred_at FROM message m WHERE m.account_id = $1 "
        "AND m.phone = phone_history.phone AND m.direction = 'OUTBOUND' AND m.kind = 'CONVERSATION' "
        f"AND m.status NOT IN ({ends}) ORDER BY m.occurred_at DESC, m.id DESC LIMIT 1"
    )
    rows = await database.fetch(
        f"UPDATE phone_history SET last_outbound_at = ({last}) "
        f"WHERE phone_history.account_id = $1 AND {database.sql_in('phone', '$2', 'text')} "
        f"RETURNING phone, {database.selected_as('last_outbound_at', 'last_outbound_at', 'timestamp')}",
        account_id,
        list(phones),
    )
    return {row["phone"]: row["last_outbound_at"] for row in rows}


_EMPTIED = "UPDATE message SET phone = '', given_phone = NULL, body = NULL WHERE account_id = $1 AND id IN ({})"


async def erase(account_id: UUID, phones: Collection[str], *, now: datetime) -> None:
    """Deletes the number and the body of the messages with these numbers, and the numbers' latest message times.

    The rows remain, so that a late report about such a message does not record it again. If there are more than
    MOST_ERASED, `erase_rest` has to follow.
    """
    of_phones = f"account_id = $1 AND {database.sql_in('phone', '$2', 'text')}"
    some = f"SELECT id FROM message WHERE {of_phones} LIMIT {MOST_ERASED}"
    if await database.execute(_EMPTIED.format(some), account_id, list(phones)) == MOST_ERASED:
        await database.execute(
            "INSERT INTO purged_phone (account_id, phone, purged_at) "
            f"SELECT $1, r.phone, $3 FROM {database.columns_of('r', {'phone': ('$2', 'text')})} WHERE TRUE "
            "ORDER BY r.phone ON CONFLICT (account_id, phone) DO UPDATE SET purged_at = excluded.purged_at",
            account_id,
            list(phones),
            now,
        )
    await database.execute(f"DELETE FROM phone_history WHERE {of_phones}", account_id, list(phones))


async def erase_rest(account_id: UUID) -> None:
    """Completes `erase` in batches, for the messages that were recorded until then."""
    old = "message.account_id = $1 AND message.phone = p.phone AND message.created_at <= p.purged_at"
    some = (
        f"SELECT message.id FROM purged_phone p {database.lookup_join('message', old)} "
        f"WHERE p.account_id = $1 LIMIT {_ERASED_AT_ONCE}"
    )
    while await database.execute(_EMPTIED.format(some), account_id) == _ERASED_AT_ONCE:
        pass
    await database.execute(
        f"DELETE FROM purged_phone AS p WHERE p.account_id = $1 AND NOT EXISTS (SELECT 1 FROM message WHERE {old})",
        account_id,
    )
