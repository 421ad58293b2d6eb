"""Walking all pages, from either end, gives the whole list in order: by every field and combination, with nulls."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from schema.inputs.contact_filter import ContactOrderField
from services.contacts.normalization import full_name
from tests.support.api_client import DAY, HOUR, MONDAY, Api
from tests.support.rows import insert_contacts

WALK = """
query ($filter: ContactFilter, $orderBy: [ContactOrder!], $first: Int, $after: String, $last: Int, $before: String) {
  contacts(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
    nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
EVERYWHERE = {"state": "ANY"}
TEXTS = {"NAME": "full_name", "FIRST_NAME": "first_name", "LAST_NAME": "last_name", "COMPANY_NAME": "company_name"}
INSTANTS = {
    "CREATED_AT": "created_at",
    "UPDATED_AT": "updated_at",
    "DELETED_AT": "deleted_at",
    "LAST_INBOUND_AT": "last_inbound_at",
    "LAST_OUTBOUND_AT": "last_outbound_at",
}
FIELDS = [*TEXTS, *INSTANTS, "PHONE"]
WORDS = [None, "", "a", "A", "ab", "B", "b b", "É", "é", "z", "Zoë", "ß", "😀", "علي", "0", "_", " x", "\uffff", "Ω"]
TIMES = [None, MONDAY, MONDAY + HOUR, MONDAY.replace(microsecond=1), datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC)]
EARLIEST = datetime(1, 1, 1, tzinfo=UTC)


def made_up(number: int) -> dict[str, Any]:
    """Returns a contact in which some fields are missing and others equal those of other contacts."""
    word = WORDS[number * 7 % len(WORDS)] or None
    return {
        "phone": f"+2547120000{number:02}",
        "first_name": word,
        "last_name": WORDS[number * 5 % 4] or None,
        "name": (WORDS[number * 11 % len(WORDS)] or None) if number % 3 else None,
        "company_name": WORDS[number % 6] or None,
        "created_at": TIMES[1 + number % 4],
        "updated_at": TIMES[1 + number % 2],
        "last_inbound_at": TIMES[number % 5],
        "last_outbound_at": TIMES[number % 3],
        "deleted_at": MONDAY if number % 4 == 0 else None,
        "purge_at": MONDAY + 90 * DAY if number % 4 == 0 else None,
    }


async def contacts(api: Api) -> list[dict[str, Any]]:
    rows = [made_up(number) for number in range(2 * len(WORDS))]
    ids = await insert_contacts(api, rows)
    return [{**row, "id": id, "full_name": full_name(row)} for row, id in zip(rows, ids, strict=True)]


def in_order(rows: list[dict[str, Any]], order: list[dict[str, str]]) -> list[str]:
    """Returns the ids in the expected order, sorted by Python from the last criterion to the first."""
    ordered = sorted(rows, key=lambda row: row["id"], reverse=order[-1]["direction"] == "DESC")
    for part in reversed(order):
        # A stable sort keeps equal items in their order, also with `reverse`.
        ordered.sort(key=partial(sort_key, field=part["field"]), reverse=part["direction"] == "DESC")
    return [row["id"] for row in ordered]


def sort_key(row: dict[str, Any], field: str) -> Any:
    if field == "PHONE":
        return row["phone"]
    if field in INSTANTS:
        return row[INSTANTS[field]] or EARLIEST
    text = row[TEXTS[field]]
    return (text is None, a_to_z_lowered(text or ""))


def a_to_z_lowered(text: str) -> str:
    return "".join(chr(ord(letter) + 32) if "A" <= letter <= "Z" else letter for letter in text)


async def forwards(api: Api, order: Any, size: int, filter: Any = EVERYWHERE) -> list[str]:
    found: list[str] = []
    after = None
    while True:
        page = (await api.run(WALK, filter=filter, orderBy=order, first=size, after=after))["contacts"]
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        found += [node["id"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


async def backwards(api: Api, order: Any, size: int) -> list[str]:
    found: list[str] = []
    before = None
    while True:
        page = (await api.run(WALK, filter=EVERYWHERE, orderBy=order, last=size, before=before))["contacts"]
        assert page["pageInfo"]["hasNextPage"] is (before is not None)
        found = [node["id"] for node in page["nodes"]] + found
        if not page["pageInfo"]["hasPreviousPage"]:
            return found
        before = page["pageInfo"]["startCursor"]


def test_every_field_to_order_by_is_walked_here() -> None:
    assert sorted(FIELDS) == sorted(field.name for field in ContactOrderField)


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_a_walk_by_any_field_is_the_list_in_its_order(api: Api, direction: str) -> None:
    rows = await contacts(api)

    for field in FIELDS:
        order = [{"field": field, "direction": direction}]
        expected = in_order(rows, order)
        assert (field, await forwards(api, order, 7)) == (field, expected)
        assert (field, await backwards(api, order, 7)) == (field, expected)


async def test_a_walk_in_the_order_that_holds_where_none_is_asked_for_is_newest_first(api: Api) -> None:
    rows = await contacts(api)

    newest = sorted((row["id"] for row in rows), reverse=True)  # ids contain the instant and sort by it

    assert await forwards(api, None, 10) == newest
    assert await backwards(api, None, 10) == newest


ORDERS = st.lists(
    st.fixed_dictionaries({"field": st.sampled_from(FIELDS), "direction": st.sampled_from(["ASC", "DESC"])}),
    min_size=1,
    max_size=5,
)


@given(order=ORDERS, size=st.integers(5, 40), is_trashed_too=st.booleans())
@settings(max_examples=40)
async def test_a_walk_in_any_mix_of_orders_is_the_list_in_that_order(
    api: Api, kept_rows: list[dict[str, Any]], order: Any, size: int, is_trashed_too: bool
) -> None:
    if not kept_rows:
        kept_rows += await contacts(api)
    rows = kept_rows if is_trashed_too else [row for row in kept_rows if row["deleted_at"] is None]

    found = await forwards(api, order, size, EVERYWHERE if is_trashed_too else {})

    assert found == in_order(rows, order)
    if is_trashed_too:
        assert await backwards(api, order, size) == found


@pytest.fixture
def kept_rows() -> list[dict[str, Any]]:
    """The first of a test's many examples fills this list."""
    return []
