"""Counts how many contacts have each value of a field, for the filters that a client offers beside a table.

The counts of a field are exact, and cost a scan of the contacts that match. The deadline of the operation bounds it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from models.db import database
from models.db.database import Row
from models.db.sql import ACCOUNT, MARK, Sql, numbered
from services.contacts.filter import IS_OPTED_OUT

MOST_VALUES: Final = 50


class FacetField(StrEnum):
    """A field that contacts can be counted by."""

    STATUS = "STATUS"
    TAG = "TAG"
    LIST = "LIST"
    OPERATOR = "OPERATOR"
    COUNTRY = "COUNTRY"
    OWNER = "OWNER"
    IS_OPTED_OUT = "IS_OPTED_OUT"
    IS_VERIFIED = "IS_VERIFIED"
    SENDER_NUMBER = "SENDER_NUMBER"


@dataclass(slots=True)
class Facet:
    """The most frequent values with their numbers of contacts: ids as in the database, booleans as true and false.

    `other_count` is the number of contacts that have only other values, `missing_count` of those without a value.
    """

    values: dict[str, int] = field(default_factory=dict)
    other_count: int = 0
    missing_count: int = 0


_SINGLE: Final = {
    FacetField.STATUS: "contact.status",
    FacetField.OPERATOR: "contact.operator",
    FacetField.COUNTRY: "contact.country",
    FacetField.OWNER: "contact.owner_id",
    FacetField.SENDER_NUMBER: "contact.sender_number",
    FacetField.IS_OPTED_OUT: f"CASE WHEN {IS_OPTED_OUT} THEN 'true' ELSE 'false' END",
    FacetField.IS_VERIFIED: "CASE WHEN contact.verified_at IS NULL THEN 'false' ELSE 'true' END",
}
_TOTAL: Final = "TOTAL"
_LIST_LINK: Final = "link.account_id = {account} AND link.contact_id = matches.id"


async def count(fields: Iterable[FacetField], where: Sql) -> dict[FacetField, Facet]:
    """Returns the facets of the contacts that match a condition on `contact`, which includes the account.

    Runs one statement for all fields with one value for a contact, and one each for tags and lists. With more than 50
    tags or lists, one more counts the contacts that have only others.
    """
    wanted = set(fields)
    facets = await _single([one for one in _SINGLE if one in wanted], where)
    if FacetField.TAG in wanted:
        facets[FacetField.TAG] = await _multiple(_tags(where), where)
    if FacetField.LIST in wanted:
        facets[FacetField.LIST] = await _multiple(_lists(where), where)
    return facets


async def _single(fields: Sequence[FacetField], where: Sql) -> dict[FacetField, Facet]:
    """Counts the contacts with each combination of values, and then adds up the combinations, which are few."""
    if not fields:
        return {}
    terms = ", ".join(f"{_SINGLE[one]} AS {one.lower()}" for one in fields)
    names = ", ".join(str(place) for place in range(1, len(fields) + 1))
    combinations = f"SELECT {terms}, count(*) AS n FROM contact WHERE {where.text} GROUP BY {names}"
    parts = [_most_frequent(one, f"matches.{one.lower()}", "matches") for one in fields]
    parts.append(f"SELECT '{_TOTAL}', NULL, CAST(coalesce(sum(n), 0) AS BIGINT) FROM matches")
    sql = f"WITH matches AS ({combinations}) {' UNION ALL '.join(parts)}"
    rows = await database.fetch(numbered(sql), *where.values)
    total = next(row["n"] for row in rows if row["field"] == _TOTAL)
    facets = {}
    for one in fields:
        facet = facets[one] = _facet([row for row in rows if row["field"] == one])
        facet.other_count = total - facet.missing_count - sum(facet.values.values())
    return facets


@dataclass(frozen=True, slots=True)
class _Multiple:
    """A field of which a contact can have several values.

    `matches` selects the contacts, or sets of values with the number `n` of their contacts. `joined` adds the values,
    `has_value` is the condition that there is one, and `has_listed` that one of them is in a list parameter.
    """

    field: FacetField
    matches: str
    value: str
    joined: str
    has_value: str
    has_listed: str


def _tags(where: Sql) -> _Multiple:
    elements = database.elements_of("matches.tags", "t")
    return _Multiple(
        FacetField.TAG,
        f"SELECT contact.tags, count(*) AS n FROM contact WHERE {where.text} GROUP BY contact.tags",
        "t.value",
        f"LEFT JOIN {elements} ON TRUE",
        f"EXISTS (SELECT 1 FROM {elements})",
        f"EXISTS (SELECT 1 FROM {elements} WHERE {database.sql_in('t.value', MARK, 'text')})",
    )


def _lists(where: Sql) -> _Multiple:
    links = f"EXISTS (SELECT 1 FROM contact_list_member link WHERE {_LIST_LINK.format(account=ACCOUNT)}"
    return _Multiple(
        FacetField.LIST,
        f"SELECT contact.id, 1 AS n FROM contact WHERE {where.text}",
        "link.contact_list_id",
        f"LEFT JOIN contact_list_member link ON {_LIST_LINK.format(account='matches.account_id')}",
        f"{links})",
        f"{links} AND {database.sql_in('link.contact_list_id', MARK, 'uuid')})",
    )


async def _multiple(one: _Multiple, where: Sql) -> Facet:
    matches = f"WITH matches AS ({one.matches})"
    source = database.with_account_id("matches", "matches", ACCOUNT)
    sql = f"{matches} {_most_frequent(one.field, one.value, f'{source} {one.joined}')}"
    rows = await database.fetch(numbered(sql), *where.values)
    facet = _facet(rows)
    if len(rows) > MOST_VALUES:
        sql = f"{matches} SELECT coalesce(sum(n), 0) FROM matches WHERE {one.has_value} AND NOT {one.has_listed}"
        [[others]] = await database.fetch(numbered(sql), *where.values, list(facet.values))
        facet.other_count = int(others)
    return facet


def _most_frequent(one: FacetField, value: str, source: str) -> str:
    """Returns a SELECT of the contacts without a value, if there are any, and of the most frequent values.

    It returns one value more than needed, which tells that there are others.
    """
    text = f"CAST({value} AS TEXT)" + (' COLLATE "C"' if database.is_postgres() else "")
    grouped = (
        f"SELECT {text} AS value, CAST(sum(n) AS BIGINT) AS n FROM {source} GROUP BY 1 "
        f"ORDER BY {text} IS NOT NULL, 2 DESC, 1 LIMIT {MOST_VALUES + 1}"
    )
    return f"SELECT '{one}' AS field, value, n FROM ({grouped}) AS of_{one.lower()}"


def _facet(rows: Sequence[Row]) -> Facet:
    facet = Facet()
    for row in rows:
        if row["value"] is None:
            facet.missing_count = row["n"]
        elif len(facet.values) < MOST_VALUES:
            facet.values[row["value"]] = row["n"]
    return facet
