"""Records events for the webhook endpoints of an account, in the transaction of their cause.

The statement that writes deliveries also looks up the endpoints, so that it needs no cache: an endpoint gets every
event whose transaction commits after the endpoint was created. It writes nothing if no active endpoint asks for the
type.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from models.db import database
from models.db.application import PerApplication
from models.db.text_cache import cache_texts
from services import account_queue
from services.account_queue import Queue
from services.events import recording as outbox
from services.webhooks.events import Event, EventType, wire_name

RETRIED_FOR: Final = timedelta(days=3)


class OperatorTypes:
    """The types that the operator's receiver of an application gets besides those that it always gets."""

    names: Collection[str] = ()


operator_types = PerApplication(OperatorTypes)
_ALWAYS = frozenset(outbox.EventKind)


def configure(types: Collection[str]) -> None:
    """Sets the further types of the operator's receiver."""
    operator_types().names = frozenset(type_ for type_ in types if wire_name(type_) not in _ALWAYS)


_COLUMNS: Final = (
    "account_id, id, endpoint_id, event_id, event_type, occurred_at, contact_id, phone, subject, is_broad, "
    "erasure_count, status, attempt_count, due_at, retry_until, created_at"
)
_ROW: Final = {
    "event_id": "uuid",
    "event_type": "text",
    "contact_id": "uuid",
    "phone": "text",
    "subject": "jsonb",
}


async def record(account_id: UUID, events: Iterable[Event], *, now: datetime) -> None:
    """Writes a delivery of each event for each endpoint that asks for its type. Runs no statement without events."""
    events = list(events)
    if not events:
        return
    if not database.in_a_transaction():
        raise RuntimeError("record an event in the transaction of its cause")
    if len(events) == 1 and events[0].phone is None and not database.is_distributed():
        sql, args = _of_one(database.is_postgres()), (account_id, *_values(events[0], now))
    else:
        sql, args = _of_many(), (account_id, [_row(event, now) for event in events], now, now + RETRIED_FOR)
    if not database.is_distributed():
        await database.execute_last(sql, *args)
    elif await _has_endpoint_of(account_id, events) and await database.execute(sql, *args):
        await account_queue.add(Queue.DELIVERIES, account_id)
    if operator_types().names:
        await _record_for_operator(account_id, events, now)


@cache_texts(10_000)
def _of_one(is_postgres: bool) -> str:
    """Returns the statement for an event without a number. Parameters: the account, and the result of `_values`."""
    kinds = ("uuid", "uuid", "text", "jsonb", "timestamptz", "timestamptz")
    return _deliveries(*[database.cast_to(f"${place}", kind) for place, kind in enumerate(kinds, 2)])


def _values(event: Event, now: datetime) -> list[Any]:
    row = _row(event, now)
    return [row["contact_id"], row["event_id"], row["event_type"], row["subject"], now, now + RETRIED_FOR]


def _deliveries(
    contact_id: str,
    event_id: str,
    event_type: str,
    subject: str,
    now: str,
    until: str,
    source: str = "webhook_endpoint e",
) -> str:
    """Returns the INSERT of the deliveries of an event of the account $1. The arguments are SQL."""
    return (
        f"INSERT INTO webhook_delivery ({_COLUMNS}) "
        f"SELECT $1, {_delivery_id(event_id)}, e.id, {event_id}, {event_type}, {now}, {contact_id}, NULL, {subject}, "
        f"FALSE, 0, 'PENDING', 0, {now}, {until}, {now} FROM {source} "
        f"WHERE e.account_id = $1 AND e.disabled_at IS NULL AND {_asks_for(event_type)}"
    )


def _of_many() -> str:
    """Returns the statement for events. Parameters: account, rows, the instant and the end of the attempts."""
    # Citus refuses the statement without the second comparison, which joins the two tables.
    contact_id = (
        "COALESCE(r.contact_id, (SELECT contact.id FROM contact "
        "WHERE contact.account_id = $1 AND contact.account_id = e.account_id "
        "AND contact.phone = r.phone AND contact.deleted_at IS NULL))"
    )
    source = f"{database.rows_of('$2', 'r', _ROW)} CROSS JOIN webhook_endpoint e"
    if not database.is_postgres():  # the outer loop, so that the usual account without endpoints costs one look-up
        source = f"webhook_endpoint e CROSS JOIN {database.rows_of('$2', 'r', _ROW)}"
    # Citus can't join tables in the statement that numbers the deliveries, so a CTE does.
    return (
        f"WITH wanted AS MATERIALIZED (SELECT {_delivery_id('r.event_id')} AS id, e.id AS endpoint_id, r.event_id, "
        f"r.event_type, {contact_id} AS contact_id, r.phone, r.subject "
        f"FROM {source} WHERE e.account_id = $1 AND e.disabled_at IS NULL AND {_asks_for('r.event_type')}) "
        f"INSERT INTO webhook_delivery ({_COLUMNS}) SELECT $1, id, endpoint_id, event_id, event_type, $3, contact_id, "
        "phone, subject, FALSE, 0, 'PENDING', 0, $3, $4, $3 FROM wanted"
    )


async def _has_endpoint_of(account_id: UUID, events: Sequence[Event]) -> bool:
    """Returns whether an active endpoint asks for one of the events. PostgreSQL only.

    On Citus, a statement that reads the endpoints and inserts deliveries needs a commit in two phases, even if there is
    no endpoint.
    """
    sql = "SELECT 1 FROM webhook_endpoint WHERE account_id = $1 AND disabled_at IS NULL AND event_types && $2 LIMIT 1"
    return bool(await database.fetch(sql, account_id, [event.type.value for event in events]))


async def _record_for_operator(account_id: UUID, events: Sequence[Event], now: datetime) -> None:
    """Writes the events that the operator's receiver gets besides its own five types."""
    wanted = [event for event in events if event.type in operator_types().names]
    happened = [(wire_name(event.type), _payload(event)) for event in wanted]
    await outbox.record_many(account_id=account_id, happened=happened, now=now)


def _payload(event: Event) -> dict[str, Any]:
    contact = {"contactId": str(event.contact_id)} if event.contact_id is not None else {}
    return {**contact, **event.subject()}


async def has_receiver(account_id: UUID, type_: EventType) -> bool:
    """Returns whether an active endpoint of the account asks for events of a type."""
    return bool(
        await database.fetch(
            "SELECT 1 FROM webhook_endpoint e "
            f"WHERE e.account_id = $1 AND e.disabled_at IS NULL AND {_asks_for('$2')} LIMIT 1",
            account_id,
            type_.value,
        )
    )


async def record_for(account_id: UUID, endpoint_id: UUID, event: Event, *, now: datetime) -> UUID:
    """Writes a delivery of an event for one endpoint, regardless of its types. Returns the delivery's id."""
    row = _row(event, now)
    id = delivery_id(row["event_id"], endpoint_id)
    await database.execute(
        f"INSERT INTO webhook_delivery ({_COLUMNS}) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, FALSE, 0, 'PENDING', 0, $6, $10, $6)",
        account_id,
        id,
        endpoint_id,
        row["event_id"],
        row["event_type"],
        now,
        row["contact_id"],
        row["phone"],
        row["subject"],
        now + RETRIED_FOR,
    )
    await account_queue.add(Queue.DELIVERIES, account_id)
    return id


def insertion(
    *, of: str, type_: EventType, contact_id: str, event_id: str, now: str, until: str, subject: Mapping[str, str]
) -> str:
    """Returns a statement that records an event of a contact of the account $1 for each row of the table `of`.

    The other arguments except `type_` are SQL. The database computes the subject, which `Event.subject` does elsewhere,
    only if an endpoint gets the event.
    """
    pairs = ", ".join(f"'{name}', {value}" for name, value in subject.items())
    of_subject = f"jsonb_strip_nulls(jsonb_build_object({pairs}))"
    if not database.is_postgres():
        of_subject = f"json_patch('{{}}', json_object({pairs}))"  # a patch removes what is null
    return _deliveries(
        contact_id, event_id, f"'{type_}'", of_subject, now, until, f"webhook_endpoint e CROSS JOIN {of}"
    )


def _row(event: Event, now: datetime) -> dict[str, Any]:
    return {
        "event_id": database.uuid7(now),
        "event_type": event.type.value,
        "contact_id": event.contact_id,
        "phone": event.phone,
        "subject": event.subject(),
    }


def _asks_for(type_: str) -> str:
    if database.is_postgres():
        return f"{type_} = ANY(e.event_types)"
    return f"EXISTS (SELECT 1 FROM json_each(e.event_types) AS t WHERE t.value = {type_})"


def delivery_id(event_id: UUID, endpoint_id: UUID) -> UUID:
    """Returns the id of a delivery: the time and counter of its event, and bits of its endpoint.

    So it is a UUIDv7 as well, and an event has a different one for each endpoint.
    """
    return UUID(int=event_id.int >> 48 << 48 | endpoint_id.int & (1 << 48) - 1)


def _delivery_id(event_id: str) -> str:
    """Returns the SQL expression for `delivery_id` of an event and the endpoint `e`."""
    if database.is_postgres():
        return f"(substr({event_id}::text, 1, 24) || substr(e.id::text, 25))::uuid"
    return f"substr({event_id}, 1, 24) || substr(e.id, 25)"
