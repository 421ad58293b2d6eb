"""Queries of the audit log."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, Final, cast

import strawberry
from strawberry import UNSET

from models.db import database
from models.db.sql import MARK, TRUE, Sql
from resolvers.decoding import as_top_level, decode_id, decode_ids, or_none
from resolvers.query.default_orders import NEWEST_AUDIT_EVENTS
from resolvers.query.page_sql import PageSource
from resolvers.query.pages import Window, page
from resolvers.query.row_queries import of_account
from resolvers.query.tables import AUDIT_EVENTS
from schema.context import Info
from schema.execution import selection
from schema.ids import IdPrefix, InvalidId, decode, encode
from schema.inputs.audit_event import AuditEventFilter
from schema.inputs.contact_filter import MAX_VALUES, DateTimeRange
from schema.pagination import After, First
from schema.types.audit_event import AuditEventConnection
from services.refusal import Code, refuse

_MILLISECOND: Final = timedelta(milliseconds=1)

Filter = Annotated[
    AuditEventFilter | None, strawberry.argument(description="Returns only events that match; all if unset.")
]


async def audit_events(
    info: Info, first: First = UNSET, after: After = UNSET, filter: Filter = UNSET
) -> AuditEventConnection | None:
    where, wanted = of_account(AUDIT_EVENTS, info.context.account_id), or_none(filter)
    if wanted is not None:
        with as_top_level():
            where &= _condition(wanted)
    source = PageSource(AUDIT_EVENTS, where, NEWEST_AUDIT_EVENTS)
    return cast(AuditEventConnection, await page(source, Window.of({"first": first, "after": after}), selection(info)))


def _condition(wanted: AuditEventFilter) -> Sql:
    """Returns the condition for the events that match. Raises Refused with INVALID_ID or TOO_MANY."""
    where = TRUE
    if (actions := or_none(wanted.actions)) is not None:
        where &= _one_of("action", "text", [action.value for action in _bounded(actions, "actions")])
    for name, column, prefix in (("userIds", "user_id", IdPrefix.USER), ("tokenIds", "token_id", IdPrefix.API_TOKEN)):
        ids = or_none(wanted.user_ids if column == "user_id" else wanted.token_ids)
        if ids is not None:
            where &= _one_of(column, "uuid", decode_ids(prefix, _bounded(ids, name), "filter", name))
    if (subject_id := or_none(wanted.subject_id)) is not None:
        where &= _one_of("subject", "text", [_same_id(subject_id)])
    if (job_id := or_none(wanted.job_id)) is not None:
        where &= _one_of("job_id", "uuid", [decode_id(IdPrefix.JOB, job_id, "filter", "jobId")])
    if (span := or_none(wanted.occurred_at)) is not None:
        where &= _within(span)
    return where


def _bounded(values: Sequence[Any], name: str) -> Sequence[Any]:
    if len(values) > MAX_VALUES:
        message = f"The list has {len(values)} values; at most {MAX_VALUES} are allowed."
        raise refuse(Code.TOO_MANY, message, "filter", name)
    return values


def _same_id(text: str) -> str:
    """Returns an ID of any type as the server writes it. Raises Refused."""
    try:
        return encode(*decode(text))
    except InvalidId as error:
        raise refuse(Code.INVALID_ID, str(error), "filter", "subjectId") from None


def _one_of(column: str, kind: str, values: Sequence[Any]) -> Sql:
    """Returns the condition that a column has one of the values. With one value, its index has the order of pages."""
    if len(values) == 1:
        return Sql(f"audit_event.{column} = {MARK}", (values[0],))
    return Sql(database.sql_in(f"audit_event.{column}", MARK, kind), (list(values),))


def _within(span: DateTimeRange) -> Sql:
    """Returns the condition for a time range. An ID contains its instant in milliseconds, so that its index helps."""
    where = TRUE
    if (start := or_none(span.from_)) is not None:
        ids = Sql(f"audit_event.id >= {MARK}", (database.least_uuid7(start),))
        where &= ids & Sql(f"audit_event.occurred_at >= {MARK}", (start,))
    if (before := or_none(span.before)) is not None:
        ids = Sql(f"audit_event.id < {MARK}", (database.least_uuid7(before + _MILLISECOND),))
        where &= ids & Sql(f"audit_event.occurred_at < {MARK}", (before,))
    return where
