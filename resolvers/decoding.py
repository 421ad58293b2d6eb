"""Decodes rows, IDs and filters of clients into what services expect. Errors name the path of the bad value.

The functions raise `Refused`, which mutations report in their payload. Queries report a bad value as a top-level
error: `as_top_level` converts one into the other.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID

import orjson
from graphql import GraphQLError
from strawberry import UNSET
from strawberry.types import has_object_definition

from schema.execution import BatchRow
from schema.ids import IdPrefix, InvalidId, decode_as
from schema.inputs.contact_filter import MAX_DEPTH, MAX_FILTERS, MAX_VALUES, ContactFilter, DateTimeRange
from services.contacts.filter import EVERYTHING, ContactState, Criteria, Range
from services.contacts.search import MAX_SEARCH
from services.refusal import Code, Refusal, Refused, refuse

_LONGEST_VALUE = 250


def bad_input(message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": "BAD_USER_INPUT"})


class _AsTopLevel:
    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: Any) -> None:
        if isinstance(error, Refused):
            first = error.refusals[0]
            code = "INVALID_ID" if first.code is Code.INVALID_ID else "BAD_USER_INPUT"
            where = ".".join(first.path)
            message = f"{where}: {first.message}" if where else first.message
            raise GraphQLError(message, extensions={"code": code}) from None


_AS_TOP_LEVEL = _AsTopLevel()


def as_top_level() -> AbstractContextManager[None]:
    """Converts a Refused that its block raises into a top-level error: INVALID_ID, otherwise BAD_USER_INPUT."""
    return _AS_TOP_LEVEL


def or_none(value: Any) -> Any:
    """Returns the value; None if it is UNSET."""
    return None if value is UNSET else value


def misfits(row: BatchRow) -> list[Refusal]:
    """Returns the values of a row that do not fit their types, as errors of the row."""
    return [
        Refusal(Code.INVALID_PHONE_NUMBER, each.message, each.path, value=_as_sent(each.value))
        if each.type_name == "PhoneNumber"
        else Refusal(Code.REQUIRED if each.value is None else Code.INVALID, each.message, each.path)
        for each in row.misfits
    ]


def _as_sent(value: Any) -> str:
    text = orjson.dumps(value, option=orjson.OPT_PASSTHROUGH_DATACLASS, default=lambda file: None).decode()
    return text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + "\N{HORIZONTAL ELLIPSIS}"


def decode_id(prefix: IdPrefix, text: str, *path: str) -> UUID:
    try:
        return decode_as(prefix, text)
    except InvalidId as error:
        raise refuse(Code.INVALID_ID, str(error), *path) from None


def decode_ids(prefix: IdPrefix, texts: Sequence[str], *path: str) -> list[UUID]:
    return [decode_id(prefix, text, *path, str(place)) for place, text in enumerate(texts)]


_IDS = {
    "ids": IdPrefix.CONTACT,
    "list_ids": IdPrefix.CONTACT_LIST,
    "not_in_list_ids": IdPrefix.CONTACT_LIST,
    "campaign_ids": IdPrefix.CAMPAIGN,
    "not_in_campaign_ids": IdPrefix.CAMPAIGN,
    "owner_ids": IdPrefix.USER,
    "assignee_ids": IdPrefix.USER,
}
_LISTS = ("phones", "external_ids", "all_tags", "any_tags", "no_tags", "countries", "operators")
_PLAIN = (
    "search",
    "in_no_list",
    "is_opted_out",
    "is_verified",
    "has_owner",
    "is_assigned",
    "sender_number",
    "has_email",
)
_RANGES = ("created_at", "updated_at", "last_inbound_at", "last_outbound_at")


def decode_filter(wanted: ContactFilter | None, *path: str) -> Criteria:
    """Returns the conditions of a filter. A null or unset filter, or field of it, has none.

    Raises Refused with INVALID_ID, TOO_MANY, TOO_LONG or INVALID.
    """
    if or_none(wanted) is None:
        return EVERYTHING
    if _count_inside(wanted) > MAX_FILTERS:
        raise refuse(Code.TOO_MANY, f"A filter can contain at most {MAX_FILTERS} filters, counting all levels.", *path)
    return _criteria(wanted, path, depth=1)


def decode_filter_of_change(wanted: ContactFilter | None, *path: str) -> Criteria:
    """Returns the conditions of a filter that selects contacts to change. Raises Refused like `decode_filter`.

    A null field drops its condition, so the filter would select more contacts than the client means. Beside other
    conditions, it is REQUIRED. A filter without conditions needs the number of contacts anyway.
    """
    criteria = decode_filter(wanted, *path)
    if criteria.has_conditions:
        _refuse_nulls(wanted, path)
    return criteria


def decode_filter_of_export(wanted: ContactFilter | None, *path: str) -> Criteria:
    """Returns the conditions of a filter that selects contacts to export. Raises Refused like `decode_filter`.

    A null filter or field is REQUIRED, because it would export more contacts than the client means.
    """
    criteria = decode_filter(wanted, *path)
    if wanted is not UNSET:
        _refuse_nulls(wanted, path)
    return criteria


def _refuse_nulls(wanted: Any, path: tuple[str, ...]) -> None:
    message = "A null is no condition. Omit the field, or set a value."
    if refusals := [Refusal(Code.REQUIRED, message, null) for null in _nulls(wanted, path)]:
        raise Refused(*refusals)


def _nulls(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yields the paths of the nulls in a filter. A null beside the other end of a range is none."""
    if value is None:
        yield path
    elif isinstance(value, list):
        for at, part in enumerate(value):
            yield from _nulls(part, (*path, str(at)))
    elif has_object_definition(value) and not (isinstance(value, DateTimeRange) and (value.from_ or value.before)):
        for name, part in vars(value).items():
            yield from _nulls(part, (*path, _camel(name)))


def _count_inside(wanted: Any) -> int:
    """Returns the number of filters inside this one. Counts no level below `MAX_DEPTH`, which is refused anyway."""
    count, level = 0, [wanted]
    for _ in range(MAX_DEPTH):
        if not level:
            break
        level = [
            part
            for outer in level
            for part in (*(or_none(outer.and_) or ()), *(or_none(outer.or_) or ()), or_none(outer.not_))
            if part is not None
        ]
        count += len(level)
    return count


def _criteria(wanted: Any, path: tuple[str, ...], depth: int) -> Criteria:
    if depth > MAX_DEPTH:
        raise refuse(Code.INVALID, f"Filters can be nested at most {MAX_DEPTH} levels deep.", *path)
    values = {name: value for name, value in vars(wanted).items() if value is not None and value is not UNSET}
    conditions: dict[str, Any] = {name: values[name] for name in _PLAIN if name in values}
    if len(conditions.get("search", "")) > MAX_SEARCH:
        raise refuse(
            Code.TOO_LONG,
            f"The search has {len(conditions['search'])} characters; at most {MAX_SEARCH} are allowed.",
            *path,
            "search",
        )
    for name, prefix in _IDS.items():
        if name in values:
            conditions[name] = decode_ids(prefix, _bounded(values, name, path), *path, _camel(name))
    for name in _LISTS:
        if name in values:
            conditions[name] = _bounded(values, name, path)
    for name in _RANGES:
        if name in values:
            conditions[name] = Range(or_none(values[name].from_), or_none(values[name].before))
    if "state" in values:
        conditions["state"] = ContactState(values["state"].value)
    if "status" in values:
        conditions["status"] = values["status"].value
    if "imported_by_job_id" in values:
        conditions["imported_by_job_id"] = decode_id(
            IdPrefix.JOB, values["imported_by_job_id"], *path, "importedByJobId"
        )
    for name in ("and_", "or_"):
        if name in values:
            key, parts = name.rstrip("_"), _bounded(values, name, path)
            conditions[name] = [_criteria(part, (*path, key, str(at)), depth + 1) for at, part in enumerate(parts)]
    if "not_" in values:
        conditions["not_"] = _criteria(values["not_"], (*path, "not"), depth + 1)
    return Criteria(**conditions)


def _bounded(asked: Mapping[str, Any], name: str, path: tuple[str, ...]) -> list[Any]:
    values: list[Any] = asked[name]
    if len(values) > MAX_VALUES:
        raise refuse(
            Code.TOO_MANY, f"The list has {len(values)} values; at most {MAX_VALUES} are allowed.", *path, _camel(name)
        )
    return values


def _camel(name: str) -> str:
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(part.capitalize() for part in rest)
