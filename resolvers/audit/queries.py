"""Queries of the audit log."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, Final, cast
from uuid import UUID

import strawberry
from strawberry import UNSET

from models.db import database
from models.db.sql import MARK, TRUE, Sql, one_of
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
_SUBJECTS: Final = {
    IdPrefix.ACCOUNT,
    IdPrefix.USER,
    IdPrefix.API_TOKEN,
    IdPrefix.CONTACT,
    IdPrefix.CONTACT_LIST,
    IdPrefix.CAMPAIGN,
    IdPrefix.JOB,
    IdPrefix.WEBHOOK_ENDPOINT,
}

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
            if (token_ids := or_none(wanted.token_ids)) is not None:
                tokens = decode_ids(IdPrefix.API_TOKEN, _bounded(token_ids, "tokenIds"), "filter", "tokenIds")
                where &= await _by_tokens(info.context.account_id, tokens)
    source = PageSource(AUDIT_EVENTS, where, NEWEST_AUDIT_EVENTS)
    return cast(AuditEventConnection, await page(source, Window.of({"first": first, "after": after}), selection(info)))


def _condition(wanted: AuditEventFilter) -> Sql:
    """Returns the condition for the events that match. Raises Refused with INVALID_ID or TOO_MANY."""
    where = TRUE
    if (actions := or_none(wanted.actions)) is not None:
        where &= _one_of("action", "text", [action.value for action in _bounded(actions, "actions")])
    if (user_ids := or_none(wanted.user_ids)) is not None:
        users = decode_ids(IdPrefix.USER, _bounded(user_ids, "userIds"), "filter", "userIds")
        where &= _one_of("user_id", "uuid", users)
    if (subject_id := or_none(wanted.subject_id)) is not None:
        where &= _one_of("subject", "text", [_same_id(subject_id)])
    if (job_id := or_none(wanted.job_id)) is not None:
        where &= _one_of("job_id", "uuid", [decode_id(IdPrefix.JOB, job_id, "filter", "jobId")])
    if (span := or_none(wanted.occurred_at)) is not None:
        where &= _within(span)
    return where


async def _by_tokens(account_id: UUID, ids: Sequence[UUID]) -> Sql:
    """Returns the condition that an event is by one of the tokens.

    The index by user finds those of a token with a user. A token never gets another user.
    """
    rows = await database.fetch(
        f"SELECT user_id FROM api_token WHERE account_id = $1 AND {database.sql_in('id', '$2', 'uuid')}",
        account_id,
        list(ids),
    )
    users = {row["user_id"] for row in rows}
    named = sorted(users - {None})
    by_user, by_nobody = _one_of("user_id", "uuid", named), Sql("audit_event.user_id IS NULL", ())
    if not named:
        by_user = by_nobody
    elif None in users:
        by_user = one_of([by_user, by_nobody])
    return by_user & _one_of("token_id", "uuid", ids)


def _bounded(values: Sequence[Any], name: str) -> Sequence[Any]:
    if len(values) > MAX_VALUES:
        message = f"The list has {len(values)} values; at most {MAX_VALUES} are allowed."
        raise refuse(Code.TOO_MANY, message, "filter", name)
    return values


def _same_id(text: str) -> str:
    """Returns the ID of a possible subject as the server writes it. Raises Refused."""
    try:
        prefix, key = decode(text)
    except InvalidId as error:
        raise refuse(Code.INVALID_ID, str(error), "filter", "subjectId") from None
    if prefix not in _SUBJECTS:
        raise refuse(Code.INVALID_ID, "An event is never about an object of this type.", "filter", "subjectId")
    return encode(prefix, key)


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
