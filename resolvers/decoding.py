"""From a client's words to a service's: ids and filters. What can't be decoded is told with its place.

In a query a bad value is a top-level error; in a mutation it is a payload error. So the functions here raise
`Refused`, and `as_top_level` turns that into the other.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from graphql import GraphQLError
from strawberry import UNSET

from schema.ids import InvalidId, Prefix, decode_as
from schema.inputs.contact_filter import MAX_DEPTH, MAX_FILTERS, MAX_VALUES, ContactFilter, DateTimeRange
from services.contact_filter import MAX_SEARCH, Criteria, Range, State
from services.refusal import Code, Refused, refuse


def bad_input(message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": "BAD_USER_INPUT"})


@contextmanager
def as_top_level() -> Iterator[None]:
    """Refusals inside become a top-level error: INVALID_ID, or BAD_USER_INPUT for all else."""
    try:
        yield
    except Refused as refused:
        first = refused.refusals[0]
        code = "INVALID_ID" if first.code is Code.INVALID_ID else "BAD_USER_INPUT"
        where = ".".join(first.path)
        raise GraphQLError(f"{where}: {first.message}" if where else first.message, extensions={"code": code}) from None


def given(value: Any) -> Any:
    """The value, None where it is absent."""
    return None if value is UNSET else value


def decode_id(prefix: Prefix, text: str, *path: str) -> UUID:
    try:
        return decode_as(prefix, text)
    except InvalidId as error:
        raise refuse(Code.INVALID_ID, str(error), *path) from None


def decode_ids(prefix: Prefix, texts: Sequence[str], *path: str) -> list[UUID]:
    return [decode_id(prefix, text, *path, str(place)) for place, text in enumerate(texts)]


_IDS = {
    "ids": Prefix.CONTACT,
    "list_ids": Prefix.CONTACT_LIST,
    "not_in_list_ids": Prefix.CONTACT_LIST,
    "campaign_ids": Prefix.CAMPAIGN,
    "not_in_campaign_ids": Prefix.CAMPAIGN,
    "owner_ids": Prefix.USER,
    "assignee_ids": Prefix.USER,
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
    """A filter's conditions; null and absent are none. Raises Refused: INVALID_ID, TOO_MANY, TOO_LONG or INVALID."""
    if given(wanted) is None:
        return Criteria()
    if _count_inside(wanted) > MAX_FILTERS:
        raise refuse(Code.TOO_MANY, f"At most {MAX_FILTERS} filters inside one, at all depths together.", *path)
    return _criteria(wanted, path, depth=1)


def _count_inside(wanted: Any) -> int:
    """How many filters there are inside this one; deeper than filters may nest none are counted."""
    count, level = 0, [wanted]
    for _ in range(MAX_DEPTH):
        level = [
            part
            for outer in level
            for part in (*(given(outer.and_) or ()), *(given(outer.or_) or ()), given(outer.not_))
            if part is not None
        ]
        count += len(level)
    return count


def _criteria(wanted: Any, path: tuple[str, ...], depth: int) -> Criteria:
    if depth > MAX_DEPTH:
        raise refuse(Code.INVALID, f"Filters nest at most {MAX_DEPTH} deep.", *path)
    found: dict[str, Any] = {name: given(getattr(wanted, name)) for name in _PLAIN}
    if found["search"] is not None and len(found["search"]) > MAX_SEARCH:
        raise refuse(Code.TOO_LONG, f"A search has at most {MAX_SEARCH} characters.", *path, "search")
    for name, prefix in _IDS.items():
        if (ids := _bounded(wanted, name, path)) is not None:
            found[name] = decode_ids(prefix, ids, *path, _camel(name))
    for name in _LISTS:
        found[name] = _bounded(wanted, name, path)
    for name in _RANGES:
        found[name] = _range(getattr(wanted, name))
    if given(wanted.state) is not None:
        found["state"] = State(wanted.state.value)
    if given(wanted.status) is not None:
        found["status"] = wanted.status.value
    if given(wanted.imported_by_job_id) is not None:
        found["imported_by_job_id"] = decode_id(Prefix.JOB, wanted.imported_by_job_id, *path, "importedByJobId")
    for name in ("and_", "or_"):
        if (parts := _bounded(wanted, name, path)) is not None:
            key = name.rstrip("_")
            found[name] = [_criteria(part, (*path, key, str(at)), depth + 1) for at, part in enumerate(parts)]
    if given(wanted.not_) is not None:
        found["not_"] = _criteria(wanted.not_, (*path, "not"), depth + 1)
    return Criteria(**found)


def _bounded(wanted: Any, name: str, path: tuple[str, ...]) -> list[Any] | None:
    values: list[Any] | None = given(getattr(wanted, name))
    if values is not None and len(values) > MAX_VALUES:
        raise refuse(Code.TOO_MANY, f"At most {MAX_VALUES} values, not {len(values)}.", *path, _camel(name))
    return values


def _range(span: DateTimeRange | None) -> Range | None:
    return None if given(span) is None or span is None else Range(given(span.from_), given(span.before))


def _camel(name: str) -> str:
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(part.capitalize() for part in rest)
