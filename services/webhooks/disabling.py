"""Switches endpoints off, and gives up what waits for them."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from models.db import database
from services.audit import recording as audit
from services.audit.recording import AuditAction
from services.events.actor import NOBODY
from services.ids import IdPrefix
from services.webhooks import recording
from services.webhooks.events import Event, EventType

_GIVEN_UP: Final = "The endpoint was switched off."


class DisabledReason(StrEnum):
    BY_USER = "BY_USER"
    GONE = "GONE"
    FAILING = "FAILING"
    TOKEN_ENDED = "TOKEN_ENDED"
    SELECTION_INVALID = "SELECTION_INVALID"


@database.transactional
async def disable(account_id: UUID, endpoint_ids: Sequence[UUID], reason: DisabledReason, *, now: datetime) -> int:
    """Switches active endpoints off and gives up their waiting deliveries. Returns the number of the endpoints.

    Tells the other endpoints of the account that ask for it.
    """
    rows = await database.fetch(
        "UPDATE webhook_endpoint SET disabled_at = $3, disabled_reason = $4, updated_at = $3, lease_id = NULL, "
        f"leased_until = NULL WHERE account_id = $1 AND {database.sql_in('id', '$2', 'uuid')} "
        "AND disabled_at IS NULL RETURNING id",
        account_id,
        list(endpoint_ids),
        now,
        reason.value,
    )
    if rows:
        await database.execute(
            "UPDATE webhook_delivery SET status = 'FAILED', due_at = NULL, error = COALESCE(error, $3) "
            f"WHERE account_id = $1 AND {database.sql_in('endpoint_id', '$2', 'uuid')} AND status = 'PENDING'",
            account_id,
            [row["id"] for row in rows],
            _GIVEN_UP,
        )
        events = [Event(type=EventType.WEBHOOK_ENDPOINT_DISABLED) for _ in rows]
        await recording.record(account_id, events, now=now)
    return len(rows)


@database.transactional
async def disable_by_server(account_id: UUID, endpoint_id: UUID, reason: DisabledReason, *, now: datetime) -> int:
    """Switches off an endpoint like `disable`, and records in the audit log that the server itself did so."""
    count = await disable(account_id, [endpoint_id], reason, now=now)
    if count:
        summary = f"Switched a webhook endpoint off: {reason}."
        subject = (IdPrefix.WEBHOOK_ENDPOINT, endpoint_id)
        audit.record(account_id, AuditAction.CHANGE_WEBHOOK, summary, subject=subject, by=NOBODY, now=now)
    return count


async def disable_of_token(account_id: UUID, token_id: UUID, *, now: datetime) -> None:
    """Switches off the endpoints of a token that has ended. Call it in the transaction that ends the token."""
    await _disable_where(account_id, "token_id = $2", token_id, now)


async def disable_of_user(account_id: UUID, user_id: UUID, *, now: datetime) -> None:
    """Switches off the endpoints with the rights of a user. Call it in the transaction that deactivates the user."""
    tokens = "SELECT id FROM api_token t WHERE t.account_id = $1 AND t.user_id = $2"
    await _disable_where(
        account_id, f"(token_id IN ({tokens}) OR (token_id IS NULL AND created_by_id = $2))", user_id, now
    )


async def _disable_where(account_id: UUID, condition: str, id: UUID, now: datetime) -> None:
    rows = await database.fetch(
        f"SELECT id FROM webhook_endpoint WHERE account_id = $1 AND {condition} AND disabled_at IS NULL",
        account_id,
        id,
    )
    if rows:
        await disable(account_id, [row["id"] for row in rows], DisabledReason.TOKEN_ENDED, now=now)
