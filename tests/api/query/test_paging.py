"""Keyset pages in both directions: the result is the same for any walk, and contains only what was requested."""

import base64
from typing import Any

import orjson
import pytest

from tests.support.api_client import HOUR, MONDAY, Api, counted_statements
from tests.support.rows import insert_contacts

CONTACTS = """
query (
  $first: Int, $after: String, $last: Int, $before: String, $offset: Int, $filter: ContactFilter,
  $orderBy: [ContactOrder!]
) {
  contacts(
    first: $first, after: $after, last: $last, before: $before, offset: $offset, filter: $filter, orderBy: $orderBy
  ) { nodes { phone } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }
}
"""
BY_PHONE = [{"field": "PHONE"}]


def phone(number: int) -> str:
    return f"+2547120000{number:02}"


async def make_contacts(api: Api, count: int) -> list[str]:
    """Creates contacts an hour apart and returns their numbers in order."""
    phones = [phone(number) for number in range(count)]
    await insert_contacts(
        api, [{"phone": one, "created_at": MONDAY + place * HOUR} for place, one in enumerate(phones)]
    )
    return phones


async def page(api: Api, **arguments: Any) -> tuple[list[int], bool, bool]:
    """Returns the last digits of the numbers, and whether there are previous and next pages."""
    found = (await api.run(CONTACTS, **arguments))["contacts"]
    info = found["pageInfo"]
    return numbers(found["nodes"]), info["hasPreviousPage"], info["hasNextPage"]


def numbers(nodes: list[Any]) -> list[int]:
    return [int(node["phone"][-2:]) for node in nodes]


async def cursors(api: Api, **arguments: Any) -> list[str]:
    text = CONTACTS.replace("nodes { phone }", "edges { cursor node { phone } }")
    return [edge["cursor"] for edge in (await api.run(text, **arguments))["contacts"]["edges"]]


async def test_contacts_come_newest_first_and_twenty_five_at_a_time(api: Api) -> None:
    await make_contacts(api, 30)

    assert await page(api) == (list(range(29, 4, -1)), False, True)


async def test_a_page_says_what_is_ahead_and_behind(api: Api) -> None:
    await make_contacts(api, 6)
    at = await cursors(api, orderBy=BY_PHONE)

    pages: list[tuple[dict[str, Any], Any]] = [
        ({"first": 2}, ([0, 1], False, True)),
        ({"first": 2, "after": at[1]}, ([2, 3], True, True)),
        ({"first": 2, "after": at[3]}, ([4, 5], True, False)),
        ({"first": 2, "after": at[5]}, ([], True, False)),
        ({"first": 6}, ([0, 1, 2, 3, 4, 5], False, False)),
        ({"last": 2}, ([4, 5], True, False)),
        ({"last": 2, "before": at[4]}, ([2, 3], True, True)),
        ({"last": 2, "before": at[2]}, ([0, 1], False, True)),
        ({"last": 2, "before": at[0]}, ([], False, True)),
        ({"first": 2, "after": at[0], "before": at[5]}, ([1, 2], True, True)),
        ({"first": 5, "after": at[0], "before": at[5]}, ([1, 2, 3, 4], True, True)),
        ({"last": 2, "after": at[0], "before": at[5]}, ([3, 4], True, True)),
        ({"last": 5, "after": at[0], "before": at[5]}, ([1, 2, 3, 4], True, True)),
        ({"first": 3, "before": at[2]}, ([0, 1], False, True)),
        ({"last": 3, "after": at[3]}, ([4, 5], True, False)),
        ({"first": 2, "offset": 0}, ([0, 1], False, True)),
        ({"first": 2, "offset": 3}, ([3, 4], True, True)),
        ({"first": 2, "offset": 4}, ([4, 5], True, False)),
        ({"first": 2, "offset": 10_000}, ([], True, False)),
        ({"last": 2, "offset": 1}, ([3, 4], True, True)),
        ({"last": 2, "offset": 4}, ([0, 1], False, True)),
    ]

    assert [(arguments, await page(api, orderBy=BY_PHONE, **arguments)) for arguments, _ in pages] == pages


async def test_the_cursors_of_a_page_are_those_of_its_first_and_last(api: Api) -> None:
    await make_contacts(api, 3)
    at = await cursors(api, orderBy=BY_PHONE)

    found = (await api.run(CONTACTS, orderBy=BY_PHONE))["contacts"]["pageInfo"]
    empty = (await api.run(CONTACTS, filter={"ids": []}))["contacts"]["pageInfo"]

    assert (found["startCursor"], found["endCursor"]) == (at[0], at[2])
    assert empty == {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None}


async def test_a_walk_stays_true_while_rows_come_and_go(api: Api) -> None:
    await make_contacts(api, 8)
    first = (await api.run(CONTACTS, orderBy=BY_PHONE, first=3))["contacts"]
    assert numbers(first["nodes"]) == [0, 1, 2]

    trash = "mutation ($s: ContactSelection!) { purgeContacts(input: {contacts: $s, fromAnywhere: true}) { count } }"
    await api.run(trash, s={"phones": [phone(0), phone(2), phone(4)]})
    await api.make_contact("+254711999999")
    await api.make_contact("+254712000066")
    rest = await page(api, orderBy=BY_PHONE, after=first["pageInfo"]["endCursor"])

    assert rest == ([3, 5, 6, 7, 66], True, False)


OUT_OF_RANGE: list[tuple[dict[str, Any], str]] = [
    ({"first": 0}, "first must be 1 to 100, not 0."),
    ({"first": -1}, "first must be 1 to 100, not -1."),
    ({"first": 101}, "first must be 1 to 100, not 101."),
    ({"last": 0}, "last must be 1 to 100, not 0."),
    ({"last": 101}, "last must be 1 to 100, not 101."),
    ({"offset": -1}, "offset must be 0 to 10000, not -1."),
    (
        {"offset": 10_001},
        "offset must be 0 to 10000, not 10001. Use cursors to go further: after, with the endCursor of a page.",
    ),
    ({"first": 1, "last": 1}, "first and last can't be combined; send only one of them."),
    ({"offset": 0, "after": "x"}, "offset can't be combined with after or before; send only one of them."),
    ({"offset": 1, "before": "x"}, "offset can't be combined with after or before; send only one of them."),
]


async def test_what_is_out_of_range_or_does_not_go_together_is_refused(api: Api) -> None:
    for arguments, message in OUT_OF_RANGE:
        with counted_statements() as statements:
            answer = await api.ask(CONTACTS, **arguments)

        assert (answer.data, answer.codes, statements) == (None, ["BAD_USER_INPUT"], [])
        assert answer.errors[0]["message"] == message


async def test_null_is_the_same_as_absent(api: Api) -> None:
    await make_contacts(api, 2)
    nothing = dict.fromkeys(("first", "after", "last", "before", "offset", "filter", "orderBy"))

    assert await page(api, **nothing) == ([1, 0], False, False)
    assert await page(api, **nothing | {"orderBy": []}) == ([1, 0], False, False)


GARBAGE = ["", "x", "%%%", "ü", "\0", "bm9uc2Vuc2U", "W10", "e30", "MQ", "bnVsbA", "A" * 5000, "=", "\n"]


def kept(*values: Any) -> str:
    """Returns a cursor with these values, valid or not."""
    return base64.urlsafe_b64encode(orjson.dumps(values)).rstrip(b"=").decode()


async def test_garbage_is_no_cursor(api: Api) -> None:
    for garbage in GARBAGE:
        for name in ("after", "before"):
            with counted_statements() as statements:
                answer = await api.ask(CONTACTS, **{name: garbage})

            assert (answer.data, answer.codes, statements) == (None, ["BAD_USER_INPUT"], [])
            assert answer.errors[0]["message"] == "The cursor is malformed; send one that the server returned."


async def test_garbage_is_no_cursor_whatever_is_asked_of_the_page(api: Api) -> None:
    for fields in ("totalCount", "nodes { id }", "pageInfo { hasNextPage }"):
        answer = await api.ask(f'{{ contacts(after: "garbage") {{ {fields} }} }}')

        assert (fields, answer.data, answer.codes) == (fields, None, ["BAD_USER_INPUT"])


async def test_a_cursor_of_another_order_or_of_another_connection_is_refused(api: Api) -> None:
    await make_contacts(api, 1)
    await api.make_list("Farmers")
    newest = (await cursors(api))[0]
    by_phone = (await cursors(api, orderBy=BY_PHONE))[0]
    by_phone_and_name = (await cursors(api, orderBy=[*BY_PHONE, {"field": "NAME"}]))[0]
    of_list = (await api.run("{ contactLists { edges { cursor } } }"))["contactLists"]["edges"][0]["cursor"]

    asked: list[dict[str, Any]] = [
        {"after": by_phone},
        {"after": newest, "orderBy": BY_PHONE},
        {"before": by_phone, "orderBy": [{"field": "PHONE", "direction": "DESC"}]},
        {"after": by_phone_and_name, "orderBy": BY_PHONE},
        {"after": by_phone, "orderBy": [*BY_PHONE, {"field": "NAME"}]},
        {"after": of_list},
    ]
    for arguments in asked:
        answer = await api.ask(CONTACTS, **arguments)

        assert (answer.data, answer.codes) == (None, ["BAD_USER_INPUT"])
        assert (
            answer.errors[0]["message"]
            == "The cursor belongs to another sort order; send one of a page with the same order."
        )


NO_INSTANTS: list[Any] = [None, 1, "x", [], "2026-01-05", "2026-01-05T09:30:00", "2026-01-05 09:30:00+02:00", True]
NO_IDS: list[Any] = [None, 1, "x", [], "cnt_01jd8vq0c5fj2v7wq1x3ynm8za"]
NO_TEXTS: list[Any] = [1, [], {}, "a\0b", True]
NO_NUMBERS: list[Any] = [None, "1", 1.5, True, 2**63, 2**64 - 1]


async def test_a_cursor_that_was_tampered_with_is_refused(api: Api) -> None:
    """Values that one of the databases can't compare never reach it."""
    await make_contacts(api, 1)
    await api.make_list("Farmers")
    by_time = [{"field": "CREATED_AT"}]
    oldest = read_cursor((await cursors(api, orderBy=by_time))[0])
    by_name = read_cursor((await cursors(api, orderBy=[{"field": "NAME"}]))[0])
    lists = (
        "query ($after: String) { contactLists(after: $after, orderBy: {field: CONTACT_COUNT}) { edges { cursor } } }"
    )
    by_count = read_cursor((await api.run(lists))["contactLists"]["edges"][0]["cursor"])

    wrong = [
        *[(CONTACTS, by_time, kept(oldest[0], value, oldest[2])) for value in NO_INSTANTS],
        *[(CONTACTS, by_time, kept(oldest[0], oldest[1], value)) for value in NO_IDS],
        *[(CONTACTS, [{"field": "NAME"}], kept(by_name[0], value, by_name[2])) for value in NO_TEXTS],
        *[(lists, None, kept(by_count[0], value, by_count[2])) for value in NO_NUMBERS],
    ]
    for text, order, cursor in wrong:
        answer = await api.ask(text, after=cursor, **({"orderBy": order} if order else {}))

        assert (read_cursor(cursor), answer.data, answer.codes) == (read_cursor(cursor), None, ["BAD_USER_INPUT"])


def read_cursor(cursor: str) -> Any:
    return orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))


async def test_a_cursor_tells_nothing_that_its_row_does_not(api: Api) -> None:
    """A cursor works in any account, and reveals nothing about the account that it came from."""
    await make_contacts(api, 1)
    stranger = await Api.of_new_account(name="Elsewhere")
    await make_contacts(stranger, 3)

    (cursor,) = await cursors(api, orderBy=BY_PHONE)

    assert (await page(stranger, orderBy=BY_PHONE, after=cursor))[0] in ([0, 1, 2], [1, 2])


async def test_an_order_has_five_parts_at_most(api: Api) -> None:
    await make_contacts(api, 2)

    answer = await api.ask(CONTACTS, orderBy=BY_PHONE * 6)

    assert await page(api, orderBy=BY_PHONE * 5) == ([0, 1], False, False)
    assert (answer.data, answer.codes) == (None, ["BAD_USER_INPUT"])


async def test_only_what_is_selected_costs_statements(api: Api) -> None:
    await make_contacts(api, 3)
    costs = {
        "__typename": 0,
        "totalCount": 1,
        "nodes { phone }": 1,
        "edges { cursor }": 1,
        "edges { cursor node { phone } } nodes { name } pageInfo { endCursor hasNextPage }": 1,
        "pageInfo { hasNextPage }": 1,
        "totalCount nodes { phone }": 2,
    }

    counted = {}
    for fields in costs:
        with counted_statements() as statements:
            await api.run(f"{{ contacts {{ {fields} }} }}")
        counted[fields] = len(statements)
        assert ("count(*)" in " ".join(statements)) == ("totalCount" in fields)
        assert ("cursor_0" in " ".join(statements)) == ("ursor" in fields)

    assert counted == costs


@pytest.mark.parametrize(
    "fields", ["nodes { id }", "edges { cursor node { id } }", "totalCount", "pageInfo { hasNextPage }"]
)
async def test_no_page_counts_or_skips_rows_unasked(api: Api, fields: str) -> None:
    await make_contacts(api, 3)
    (after,) = await cursors(api, first=1)

    with counted_statements() as statements:
        await api.run(f"query ($after: String) {{ contacts(after: $after) {{ {fields} }} }}", after=after)

    assert "OFFSET" not in " ".join(statements)


async def test_the_total_counts_all_pages_whatever_the_page(api: Api) -> None:
    await make_contacts(api, 7)
    (after,) = await cursors(api, first=1)

    text = CONTACTS.replace("nodes { phone }", "totalCount")
    pages: list[dict[str, Any]] = [
        {"first": 2, "after": after},
        {"first": 2, "offset": 5},
        {"last": 1, "before": after},
    ]
    counted = [(await api.run(text, **arguments))["contacts"]["totalCount"] for arguments in pages]

    assert counted == [7, 7, 7]


async def test_a_page_without_a_filter_says_its_limit_in_its_text_so_that_its_plan_can_be_kept(api: Api) -> None:
    await make_contacts(api, 3)

    with counted_statements() as whole:
        await page(api, first=2)
    with counted_statements() as filtered:
        await page(api, first=2, filter={"hasEmail": False, "countries": ["KE"]})

    assert [statement.rpartition("LIMIT ")[2] for statement in (*whole, *filtered)] == ["3", "$3"]


async def test_a_page_without_page_info_reads_only_its_own_rows(api: Api) -> None:
    await make_contacts(api, 6)
    nodes = CONTACTS.replace(" pageInfo { hasNextPage hasPreviousPage startCursor endCursor }", "")
    (at,) = await cursors(api, first=1)
    pages: list[dict[str, Any]] = [
        {"first": 2},
        {"last": 2},
        {"first": 2, "offset": 4},
        {"last": 2, "offset": 1},
        {"first": 2, "after": at},
        {"first": 2, "filter": {"countries": ["KE"]}},
        {"last": 2, "filter": {"search": "00"}},
        {"first": 10, "filter": {"search": "00"}},
    ]

    for arguments in pages:
        found = numbers((await api.run(nodes, **arguments))["contacts"]["nodes"])
        assert (arguments, found) == (arguments, (await page(api, **arguments))[0])

    with counted_statements() as statements:
        await api.run(nodes, first=2)
        await api.run("{ contactLists(first: 3) { nodes { contacts(first: 2) { nodes { phone } } } } }")
    assert [statement.count(f"LIMIT {limit}") for statement, limit in zip(statements, (2, 3), strict=True)] == [1, 1]


async def test_a_search_that_just_fills_its_page_looks_for_more_only_for_page_info(api: Api) -> None:
    await make_contacts(api, 12)

    with counted_statements() as alone:
        await api.run('{ contacts(first: 2, filter: {search: "1200001"}) { nodes { phone } } }')
    with counted_statements() as informed:
        found = await page(api, first=2, filter={"search": "1200001"})

    assert found == ([11, 10], False, False)
    assert (len(alone), len(informed) > 1) == (1, True)
