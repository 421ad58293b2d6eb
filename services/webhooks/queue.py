"""Leases of endpoints, and the state of deliveries.

A process leases an endpoint while it sends to it. So limits for an endpoint apply to all processes together,
and deliveries need no leases. If a process dies, another one leases the endpoint when the lease has ended. It sends the
deliveries again that the dead process had not marked.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from random import uniform
from typing import Any, Final
from uuid import UUID

from models.db import database
from models.db.database import Row
from services import batch_delete
from services.account_queue import Due
from services.webhooks import disabling
from services.webhooks.disabling import DisabledReason
from services.webhooks.outcomes import attempt_counts

KEPT_FOR: Final = timedelta(days=7)
MAX_PAYLOAD: Final = 262_144
"""The most bytes of a payload."""
LEASE: Final = timedelta(minutes=2)
FAILING_AFTER: Final = timedelta(days=3)
_FIRST_PAUSE: Final = timedelta(seconds=5)
_LONGEST_PAUSE: Final = timedelta(hours=6)
_LONGEST_ENDPOINT_PAUSE: Final = timedelta(minutes=5)
_JITTER: Final = 0.2
_MOST_CANDIDATES: Final = 1_000
_MOST_SWEPT: Final = 1_000


class DeliveryStatus(StrEnum):
    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An endpoint with something to send that no process has leased."""

    account_id: UUID
    id: UUID
    is_failing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasedEndpoint:
    """An endpoint that this process may send to. `keys` sign its requests, the present one first."""

    account_id: UUID
    id: UUID
    url: str
    selection: str | None
    token_id: UUID | None
    created_by_id: UUID | None
    is_ordered: bool
    keys: tuple[bytes, ...]
    failure_count: int
    lease_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDelivery:
    """A delivery to send. `attempt` starts at 1. `body` is None before the first attempt and after a purge."""

    id: UUID
    event_id: UUID
    event_type: str
    occurred_at: datetime
    contact_id: UUID | None
    phone: str | None
    subject: dict[str, Any]
    body: str | None
    erasure_count: int
    attempt: int
    retry_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """The result of an attempt. The status and the body of the response are None if the receiver did not answer.

    `retry_after` is how long the receiver asks the server to wait.
    """

    delivery: DueDelivery
    is_delivered: bool
    response_status: int | None = None
    response_body: str | None = None
    error: str | None = None
    duration_ms: int
    retry_after: timedelta | None = None


def pause(attempt: int) -> timedelta:
    """Returns the pause after a failed attempt: 5 seconds, tripled each time, at most 6 hours, within 20 %."""
    times: int = 3 ** min(attempt - 1, 20)
    return min(_FIRST_PAUSE * times, _LONGEST_PAUSE) * uniform(1 - _JITTER, 1 + _JITTER)


_TURN: Final = (
    "(NOT e.is_ordered OR d.contact_id IS NULL OR NOT EXISTS (SELECT 1 FROM webhook_delivery f "
    "WHERE f.account_id = d.account_id AND f.contact_id = d.contact_id AND f.endpoint_id = d.endpoint_id "
    "AND f.position < d.position AND f.status = 'PENDING'))"
)
"""The condition that no earlier delivery about the contact waits, if the endpoint is ordered."""
_DUE: Final = "d.account_id = e.account_id AND d.endpoint_id = e.id AND d.status = 'PENDING' AND d.due_at <= {}"


async def candidates(due: Due, *, now: datetime) -> list[Candidate]:
    """Returns endpoints of the accounts that have something to send and that no process has leased."""
    rows = await database.fetch(
        "SELECT e.account_id, e.id, e.failure_count FROM webhook_endpoint e WHERE e.disabled_at IS NULL "
        "AND (e.leased_until IS NULL OR e.leased_until <= $1) AND (e.paused_until IS NULL OR e.paused_until <= $1) "
        f"AND EXISTS (SELECT 1 FROM webhook_delivery d WHERE {_DUE.format('$1')} AND {_TURN})"
        f"{due.condition('e.account_id', 2)} LIMIT {_MOST_CANDIDATES}",
        now,
        *due.values,
    )
    return [Candidate(row["account_id"], row["id"], row["failure_count"] > 0) for row in rows]


async def next_due(account_id: UUID) -> datetime | None:
    """Returns when the account has work again; None if it has none. PostgreSQL only.

    Then an endpoint can be leased that has something to send, or has failed for so long that it must be switched off.
    """
    [row] = await database.fetch(
        "SELECT min(greatest(e.leased_until, e.paused_until, d.due_at)) FILTER (WHERE d.due_at IS NOT NULL) AS due_at, "
        "min(e.failing_since) AS failing_since FROM webhook_endpoint e "
        "LEFT JOIN (SELECT endpoint_id, min(due_at) AS due_at FROM webhook_delivery "
        "WHERE account_id = $1 AND status = 'PENDING' GROUP BY endpoint_id) AS d ON d.endpoint_id = e.id "
        "WHERE e.account_id = $1 AND e.disabled_at IS NULL",
        account_id,
    )
    ends_at = row["failing_since"] and row["failing_since"] + FAILING_AFTER
    return min((at for at in (row["due_at"], ends_at) if at is not None), default=None)


async def lease(candidate: Candidate, *, now: datetime) -> LeasedEndpoint | None:
    """Leases an endpoint for this process; None if another process was faster or the endpoint is no longer active."""
    lease_id = database.uuid7()
    row = await database.fetch_one(
        "UPDATE webhook_endpoint SET lease_id = $3, leased_until = $4 WHERE account_id = $1 AND id = $2 "
        "AND disabled_at IS NULL AND (leased_until IS NULL OR leased_until <= $5) RETURNING url, selection, "
        f"{database.selected_as('token_id', 'token_id', 'uuid')}, "
        f"{database.selected_as('created_by_id', 'created_by_id', 'uuid')}, "
        f"{database.selected_as('is_ordered', 'is_ordered', 'boolean')}, secret, former_secret, "
        f"{database.selected_as('former_secret_expires_at', 'former_secret_expires_at', 'timestamp')}, failure_count",
        candidate.account_id,
        candidate.id,
        lease_id,
        now + LEASE,
        now,
    )
    if row is None:
        return None
    expires_at = row["former_secret_expires_at"]
    is_former_used = row["former_secret"] is not None and expires_at is not None and expires_at > now
    return LeasedEndpoint(
        account_id=candidate.account_id,
        id=candidate.id,
        url=row["url"],
        selection=row["selection"],
        token_id=row["token_id"],
        created_by_id=row["created_by_id"],
        is_ordered=row["is_ordered"],
        keys=(row["secret"], row["former_secret"]) if is_former_used else (row["secret"],),
        failure_count=row["failure_count"],
        lease_id=lease_id,
    )


async def renew(endpoint: LeasedEndpoint, *, now: datetime) -> bool:
    """Extends the lease. Returns False if it has ended, or if the endpoint was changed, switched off or deleted."""
    changed = await database.execute(
        "UPDATE webhook_endpoint SET leased_until = $4 WHERE account_id = $1 AND id = $2 AND lease_id = $3",
        endpoint.account_id,
        endpoint.id,
        endpoint.lease_id,
        now + LEASE,
    )
    return changed > 0


async def release(endpoint: LeasedEndpoint, *, paused_until: datetime | None = None) -> None:
    """Ends the lease. Until `paused_until` no process leases the endpoint again."""
    await database.execute(
        "UPDATE webhook_endpoint SET lease_id = NULL, leased_until = NULL, "
        f"paused_until = COALESCE({database.cast_to('$4', 'timestamptz')}, paused_until) "
        "WHERE account_id = $1 AND id = $2 AND lease_id = $3",
        endpoint.account_id,
        endpoint.id,
        endpoint.lease_id,
        paused_until,
    )


async def due(endpoint: LeasedEndpoint, *, limit: int, now: datetime) -> list[DueDelivery]:
    """Returns what is due at a leased endpoint, earliest first."""
    rows = await database.fetch(
        "SELECT d.id, d.event_id, d.event_type, d.occurred_at, d.contact_id, d.phone, d.subject, d.body, "
        "d.erasure_count, d.attempt_count, d.retry_until FROM webhook_endpoint e "
        f"JOIN webhook_delivery d ON {_DUE.format('$3')} WHERE e.account_id = $1 AND e.id = $2 "
        f"AND {_TURN} ORDER BY d.due_at, d.position LIMIT {limit}",
        endpoint.account_id,
        endpoint.id,
        now,
    )
    return [_due_delivery(row) for row in rows]


def _due_delivery(row: Row) -> DueDelivery:
    names = (
        "id",
        "event_id",
        "event_type",
        "occurred_at",
        "contact_id",
        "phone",
        "subject",
        "body",
        "erasure_count",
        "retry_until",
    )
    return DueDelivery(attempt=row["attempt_count"] + 1, **{name: row[name] for name in names})


async def keep_bodies(
    endpoint: LeasedEndpoint, bodies: Sequence[tuple[DueDelivery, str]], *, is_broad: bool
) -> set[UUID]:
    """Stores bodies before they are sent, so that further attempts have the same bytes. Returns the deliveries' ids.

    Leaves out a delivery that a purge has emptied since it was read. `is_broad` says that the bodies can have data of
    contacts that their events are not about.
    """
    columns = {"id": "uuid", "erasure_count": "integer", "body": "text"}
    rows = await database.fetch(
        f"UPDATE webhook_delivery SET body = r.body, is_broad = $3 FROM {database.rows_of('$2', 'r', columns)} "
        "WHERE webhook_delivery.account_id = $1 AND webhook_delivery.id = r.id "
        "AND webhook_delivery.erasure_count = r.erasure_count "
        f"RETURNING {database.selected_as('webhook_delivery.id', 'id', 'uuid')}",
        endpoint.account_id,
        [{"id": delivery.id, "erasure_count": delivery.erasure_count, "body": body} for delivery, body in bodies],
        is_broad,
    )
    return {row["id"] for row in rows}


@database.transactional
async def mark(endpoint: LeasedEndpoint, attempts: Sequence[Attempt], *, now: datetime) -> bool:
    """Stores the results of attempts, and extends the lease. Returns whether this process should go on sending.

    A failed delivery is sent again after a pause, or given up when its time is over. If no attempt succeeded, the
    endpoint pauses as well.
    """
    columns = {
        "id": "uuid",
        "attempt_count": "integer",
        "status": "text",
        "due_at": "timestamptz",
        "response_status": "integer",
        "response_body": "text",
        "error": "text",
        "duration_ms": "integer",
    }
    assigned = ", ".join(f"{name} = r.{name}" for name in columns if name != "id")
    # The endpoint is locked before its deliveries, as everywhere.
    goes_on = any(attempt.is_delivered for attempt in attempts) and await _note_success(endpoint, now)
    if not any(attempt.is_delivered for attempt in attempts):
        await _note_failure(endpoint, attempts, now)
    marked = [_marked(attempt, now) for attempt in attempts]
    await database.execute(
        f"UPDATE webhook_delivery SET {assigned}, last_attempt_at = $3 "
        f"FROM {database.rows_of('$2', 'r', columns)} WHERE webhook_delivery.account_id = $1 "
        "AND webhook_delivery.id = r.id AND webhook_delivery.status = 'PENDING' "
        "AND webhook_delivery.attempt_count < r.attempt_count",
        endpoint.account_id,
        marked,
        now,
    )
    outcomes = Counter(_OUTCOMES[row["status"]] for row in marked)
    database.after_commit(lambda: attempt_counts().by_outcome.update(outcomes))
    return goes_on


_OUTCOMES: Final = {"DELIVERED": "delivered", "PENDING": "retried", "FAILED": "given_up"}


def _marked(attempt: Attempt, now: datetime) -> dict[str, Any]:
    delivery = attempt.delivery
    next_at = now + max(pause(delivery.attempt), attempt.retry_after or timedelta(0))
    status: DeliveryStatus = DeliveryStatus.PENDING
    due_at: datetime | None = next_at
    if attempt.is_delivered:
        status, due_at = DeliveryStatus.DELIVERED, None
    elif next_at > delivery.retry_until:
        status, due_at = DeliveryStatus.FAILED, None
    return {
        "id": delivery.id,
        "attempt_count": delivery.attempt,
        "status": status.value,
        "due_at": due_at,
        "response_status": attempt.response_status,
        "response_body": attempt.response_body,
        "error": attempt.error,
        "duration_ms": attempt.duration_ms,
    }


async def _note_success(endpoint: LeasedEndpoint, now: datetime) -> bool:
    changed = await database.execute(
        "UPDATE webhook_endpoint SET failing_since = NULL, failure_count = 0, paused_until = NULL, leased_until = $4 "
        "WHERE account_id = $1 AND id = $2 AND lease_id = $3",
        endpoint.account_id,
        endpoint.id,
        endpoint.lease_id,
        now + LEASE,
    )
    return changed > 0


async def _note_failure(endpoint: LeasedEndpoint, attempts: Sequence[Attempt], now: datetime) -> None:
    count = endpoint.failure_count + 1
    seconds = min(2 ** min(count - 1, 20), _LONGEST_ENDPOINT_PAUSE.total_seconds()) * uniform(1 - _JITTER, 1 + _JITTER)
    asked = max((attempt.retry_after or timedelta(0) for attempt in attempts), default=timedelta(0))
    await database.execute(
        "UPDATE webhook_endpoint SET failing_since = COALESCE(failing_since, $4), failure_count = $5, "
        "paused_until = $6, lease_id = NULL, leased_until = NULL "
        "WHERE account_id = $1 AND id = $2 AND lease_id = $3",
        endpoint.account_id,
        endpoint.id,
        endpoint.lease_id,
        now,
        count,
        now + max(timedelta(seconds=seconds), asked),
    )


async def switch_off_ended(due: Due, *, now: datetime) -> int:
    """Switches off endpoints of the accounts whose token or user has ended, or to which nothing could be delivered.

    Returns their number.
    """
    has_ended = (
        "(e.token_id IS NOT NULL AND (t.revoked_at IS NOT NULL OR t.expires_at <= $1 "
        "OR (t.user_id IS NOT NULL AND NOT u.is_active))) OR (e.token_id IS NULL AND NOT COALESCE(u.is_active, FALSE))"
    )
    rows = await database.fetch(
        f"SELECT e.account_id, e.id, CASE WHEN {has_ended} THEN 1 ELSE 0 END AS has_ended FROM webhook_endpoint e "
        "LEFT JOIN api_token t ON t.account_id = e.account_id AND t.id = e.token_id "
        "LEFT JOIN account_user u ON u.account_id = e.account_id "
        "AND u.id = CASE WHEN e.token_id IS NULL THEN e.created_by_id ELSE t.user_id END "
        f"WHERE e.disabled_at IS NULL AND (e.failing_since <= $2 OR {has_ended}){due.condition('e.account_id', 3)} "
        f"LIMIT {_MOST_SWEPT}",
        now,
        now - FAILING_AFTER,
        *due.values,
    )
    count = 0
    for row in rows:
        reason = DisabledReason.TOKEN_ENDED if row["has_ended"] else DisabledReason.FAILING
        count += await disabling.disable_by_server(row["account_id"], row["id"], reason, now=now)
    return count


async def delete_of_endpoint(account_id: UUID, endpoint_id: UUID) -> None:
    """Deletes the first deliveries of a deleted endpoint. No process sends the others; `purge_expired` deletes them."""
    await _delete_oldest(account_id, endpoint_id, until=_EARLIEST)


async def purge_expired(*, now: datetime) -> int:
    """Deletes deliveries of all accounts after seven days, and all of deleted endpoints. Returns their number.

    Safe for concurrent processes, and safe to repeat.
    """
    count, place = 0, (_NIL, _NIL)
    while row := await database.fetch_one(_NEXT_ENDPOINT, *place):
        place = row["account_id"], row["endpoint_id"]
        while deleted := await _delete_oldest(*place, until=now - KEPT_FOR):
            count += deleted
    return count


_NIL: Final = UUID(int=0)
_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NEXT_ENDPOINT: Final = (
    "SELECT account_id, endpoint_id FROM webhook_delivery WHERE (account_id, endpoint_id) > ($1, $2) "
    "ORDER BY account_id, endpoint_id LIMIT 1"
)


async def _delete_oldest(account_id: UUID, endpoint_id: UUID, *, until: datetime) -> int:
    """Deletes those of the endpoint's oldest deliveries that are from `until` or earlier; all if there is no endpoint.

    Returns their number, at most 1,000. Deliveries are in the order of their positions, which is almost that of their
    times.
    """
    deleted = await database.fetch(
        "WITH oldest AS MATERIALIZED (SELECT id, created_at FROM webhook_delivery WHERE account_id = $1 "
        f"AND endpoint_id = $2 ORDER BY position LIMIT {batch_delete.BATCH}{database.skip_locked()}) "
        "DELETE FROM webhook_delivery WHERE account_id = $1 AND id IN (SELECT id FROM oldest WHERE created_at <= $3 "
        "OR NOT EXISTS (SELECT 1 FROM webhook_endpoint WHERE account_id = $1 AND id = $2)) RETURNING id",
        account_id,
        endpoint_id,
        until,
    )
    return len(deleted)


async def erase(account_id: UUID, *, contact_ids: Collection[UUID], phones: Collection[str]) -> None:
    """Empties the payloads about purged contacts and numbers. The sender reads an unsent payload again.

    An event of consent keeps its number, which the register of opt-outs keeps as well.
    """
    about = (("contact_id", "uuid", list(contact_ids)), ("phone", "text", list(phones)))
    for column, type_, values in about:  # one statement each, because SQLite has no plan with both indexes for an OR
        await database.execute(
            "UPDATE webhook_delivery SET body = NULL, response_body = NULL, erasure_count = erasure_count + 1, "
            "phone = CASE WHEN event_type IN ('CONTACT_OPTED_OUT', 'CONTACT_OPTED_IN') THEN phone END "
            f"WHERE account_id = $1 AND {database.sql_in(column, '$2', type_)}",
            account_id,
            values,
        )


async def erase_broad(account_id: UUID, *, before: datetime) -> None:
    """Empties payloads from before an instant that can have data of contacts that their events are not about."""
    some = (
        "SELECT id FROM webhook_delivery WHERE account_id = $1 AND created_at < $2 AND is_broad AND body IS NOT NULL "
        f"LIMIT {batch_delete.BATCH}"
    )
    sql = (
        "UPDATE webhook_delivery SET body = NULL, response_body = NULL, erasure_count = erasure_count + 1 "
        f"WHERE account_id = $1 AND id IN ({some})"
    )
    while await database.execute(sql, account_id, before) == batch_delete.BATCH:
        pass
