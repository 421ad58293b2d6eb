"""Lists and their members are readable."""

from typing import Any

import pytest

from tests.support.api_client import DAY, HOUR, MONDAY, Api, counted_statements, iso
from tests.support.rows import change

LIST = "query ($id: ID!) { contactList(id: $id) { id name description contactCount createdAt updatedAt } }"
LISTS = """
query ($search: String, $orderBy: ListOrder, $first: Int, $after: String, $last: Int, $before: String, $offset: Int) {
  contactLists(
    search: $search, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before, offset: $offset
  ) { nodes { name } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }
}
"""
MEMBERS = """
query (
  $id: ID!, $filter: ContactFilter, $orderBy: [ContactOrder!], $first: Int, $after: String, $last: Int, $offset: Int
) {
  contactList(id: $id) {
    contacts(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, offset: $offset) {
      nodes { firstName } totalCount pageInfo { hasNextPage hasPreviousPage endCursor }
    }
  }
}
"""
NAMES = ["farmers", "Nairobi", "Äpfel", "zebra", "100%", "Farmers of Kisumu"]
BY_NAME = ["100%", "farmers", "Farmers of Kisumu", "Nairobi", "zebra", "Äpfel"]


@pytest.fixture
async def lists(api: Api) -> dict[str, str]:
    """Returns the ids by name of lists created an hour apart; Nairobi has two contacts, zebra has one."""
    made = {name: await api.later(place * HOUR).make_list(name) for place, name in enumerate(NAMES)}
    await api.make_contact("0712 345 678", firstName="Amina", listIds=[made["Nairobi"], made["zebra"]])
    await api.make_contact("0733 123 456", firstName="Brian", listIds=[made["Nairobi"]])
    await change("contact_list", made["zebra"], updated_at=MONDAY + DAY, description="Striped.")
    return made


async def find(api: Api, **arguments: Any) -> list[str]:
    return [one["name"] for one in (await api.run(LISTS, **arguments))["contactLists"]["nodes"]]


async def test_a_list_shows_what_it_is(api: Api, lists: dict[str, str]) -> None:
    assert await api.run(LIST, id=lists["zebra"]) == {
        "contactList": {
            "id": lists["zebra"],
            "name": "zebra",
            "description": "Striped.",
            "contactCount": 1,
            "createdAt": iso(MONDAY + 3 * HOUR),
            "updatedAt": iso(MONDAY + DAY),
        }
    }


async def test_a_list_of_another_account_does_not_exist(api: Api, lists: dict[str, str], stranger: Api) -> None:
    answer = await stranger.run(LIST, id=lists["zebra"])

    assert answer == {"contactList": None}
    assert await find(stranger) == []


@pytest.mark.parametrize("wrong", ["cnt_01jd8vq0c5fj2v7wq1x3ynm8za", "lst", ""])
async def test_what_is_no_lists_id_is_told_before_anything_is_looked_up(api: Api, wrong: str) -> None:
    with counted_statements() as statements:
        answer = await api.ask(LIST, id=wrong)

    assert (answer.data, answer.codes, statements) == ({"contactList": None}, ["INVALID_ID"], [])


async def test_lists_come_by_name_without_regard_to_the_case_of_a_to_z(api: Api, lists: dict[str, str]) -> None:
    assert await find(api) == BY_NAME


async def test_lists_come_in_every_order(api: Api, lists: dict[str, str]) -> None:
    orders = {
        "NAME": BY_NAME,
        "CREATED_AT": NAMES,
        "UPDATED_AT": [name for name in NAMES if name != "zebra"] + ["zebra"],
        "CONTACT_COUNT": ["farmers", "Äpfel", "100%", "Farmers of Kisumu", "zebra", "Nairobi"],
    }

    for field, names in orders.items():
        assert await find(api, orderBy={"field": field}) == names
        assert await find(api, orderBy={"field": field, "direction": "DESC"}) == names[::-1]


@pytest.mark.parametrize("field", ["NAME", "CREATED_AT", "UPDATED_AT", "CONTACT_COUNT"])
async def test_lists_are_walked_both_ways_in_every_order(api: Api, lists: dict[str, str], field: str) -> None:
    order = {"field": field, "direction": "DESC"}
    whole = await find(api, orderBy=order)
    forwards: list[str] = []
    backwards: list[str] = []
    after = before = None

    for _ in range(3):
        page = (await api.run(LISTS, orderBy=order, first=2, after=after))["contactLists"]
        forwards += [one["name"] for one in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        page = (await api.run(LISTS, orderBy=order, last=2, before=before))["contactLists"]
        backwards = [one["name"] for one in page["nodes"]] + backwards
        before = page["pageInfo"]["startCursor"]

    assert forwards == backwards == whole
    assert await find(api, orderBy=order, first=2, offset=3) == whole[3:5]


SEARCHED = [
    ("farm", ["farmers", "Farmers of Kisumu"]),
    ("FARM", ["farmers", "Farmers of Kisumu"]),
    (" of ", ["Farmers of Kisumu"]),
    ("äp", ["Äpfel"]),
    ("ÄPFEL", ["Äpfel"]),
    ("A\u0308p", ["Äpfel"]),
    ("%", ["100%"]),
    ("_", []),
    ("\\", []),
    ("nothing\0", []),
    ("nothing", []),
    ("", BY_NAME),
    ("  ", BY_NAME),
]


async def test_lists_are_found_by_part_of_their_name_in_any_letter_case(api: Api, lists: dict[str, str]) -> None:
    assert [(text, await find(api, search=text)) for text, _ in SEARCHED] == SEARCHED


async def test_the_total_counts_what_is_found(api: Api, lists: dict[str, str]) -> None:
    answer = await api.run('{ contactLists(search: "farm", first: 1) { totalCount } }')

    assert answer == {"contactLists": {"totalCount": 2}}


async def members(api: Api, list_id: str, **arguments: Any) -> tuple[list[str], int]:
    page = (await api.run(MEMBERS, id=list_id, **arguments))["contactList"]["contacts"]
    return [contact["firstName"] for contact in page["nodes"]], page["totalCount"]


async def test_a_lists_contacts_are_filtered_ordered_and_paged_as_all_contacts_are(api: Api) -> None:
    list_id = await api.make_list("Farmers")
    for place, name in enumerate(["Chidi", "Amina", "Brian"]):
        await api.later(place * HOUR).make_contact(f"0712 345 67{place}", firstName=name, listIds=[list_id])
    await api.make_contact("0712 345 679", firstName="Dalia")
    by_name = [{"field": "FIRST_NAME"}]

    first = (await api.run(MEMBERS, id=list_id, orderBy=by_name, first=2))["contactList"]["contacts"]
    after = first["pageInfo"]["endCursor"]

    assert await members(api, list_id) == (["Brian", "Amina", "Chidi"], 3)
    assert await members(api, list_id, orderBy=by_name) == (["Amina", "Brian", "Chidi"], 3)
    assert first["pageInfo"] == {"hasNextPage": True, "hasPreviousPage": False, "endCursor": after}
    assert await members(api, list_id, orderBy=by_name, first=2, after=after) == (["Chidi"], 3)
    assert await members(api, list_id, orderBy=by_name, last=1) == (["Chidi"], 3)
    assert await members(api, list_id, orderBy=by_name, first=1, offset=1) == (["Brian"], 3)
    assert await members(api, list_id, filter={"search": "ami"}) == (["Amina"], 1)
    assert await members(api, list_id, filter={"or": [{"search": "chid"}, {"search": "dalia"}]}) == (["Chidi"], 1)
    assert await members(api, list_id, filter={"notInListIds": [list_id]}) == ([], 0)


async def test_what_is_wrong_with_a_lists_contacts_is_told(api: Api, lists: dict[str, str]) -> None:
    asked: list[tuple[dict[str, Any], str]] = [
        ({"first": 0}, "BAD_USER_INPUT"),
        ({"first": 1, "last": 1}, "BAD_USER_INPUT"),
        ({"after": "x"}, "BAD_USER_INPUT"),
        ({"orderBy": [{"field": "NAME"}] * 6}, "BAD_USER_INPUT"),
        ({"filter": {"ids": ["lst_1"]}}, "INVALID_ID"),
    ]

    for arguments, code in asked:
        answer = await api.ask(MEMBERS, id=lists["Nairobi"], **arguments)

        assert (arguments, answer.data, answer.codes) == (arguments, {"contactList": None}, [code])
