"""Users and their contacts are readable."""

from typing import Any

import pytest

from services.accounts.authentication import Role
from tests.support.api_client import MONDAY, Api, counted_statements, iso
from tests.support.mutations import mutate
from tests.support.rows import change

USER = """
query ($id: ID!) {
  user(id: $id) { id email name role isActive ownedContactCount assignedContactCount createdAt }
}
"""
USERS = """
query ($first: Int, $after: String, $search: String, $isActive: Boolean) {
  users(first: $first, after: $after, search: $search, isActive: $isActive) {
    nodes { name } totalCount pageInfo { hasNextPage endCursor }
  }
}
"""
PEOPLE = ["bob", "Carl", "Zoë", "Élodie", "_under", "zed"]
BY_NAME = ["_under", "Ada", "bob", "Carl", "zed", "Zoë", "Élodie"]


@pytest.fixture
async def people(api: Api) -> dict[str, str]:
    made = {name: (await api.make_user(name))[0] for name in PEOPLE}
    await change("account_user", made["Carl"], is_active=False, email="C@Example.com", email_key="c@example.com")
    await change("account_user", made["Élodie"], email="e@example.com", email_key="e@example.com")
    return {"Ada": api.user_id, **made}


async def find(api: Api, **arguments: Any) -> list[str]:
    return [user["name"] for user in (await api.run(USERS, **arguments))["users"]["nodes"]]


async def test_a_user_shows_what_they_are_and_how_many_contacts_are_theirs(api: Api) -> None:
    bob, _ = await api.make_user("Bob", Role.MANAGER)
    for number in range(3):
        await api.make_contact(f"0712 345 67{number}", ownerId=bob, assigneeIds=[bob] if number else [])
    trashed = await api.make_contact("0712 345 679", ownerId=bob, assigneeIds=[bob])
    await api.run("mutation ($id: ID!) { trashContacts(input: {contacts: {ids: [$id]}}) { count } }", id=trashed)

    assert await api.run(USER, id=bob) == {
        "user": {
            "id": bob,
            "email": "bob@example.com",
            "name": "Bob",
            "role": "MANAGER",
            "isActive": True,
            "ownedContactCount": 3,
            "assignedContactCount": 2,
            "createdAt": iso(MONDAY),
        }
    }


async def test_users_of_another_account_do_not_exist(api: Api, people: dict[str, str], stranger: Api) -> None:
    assert await stranger.run(USER, id=people["bob"]) == {"user": None}
    assert await find(stranger) == ["Ada"]
    assert await find(stranger, search="bob") == []


async def test_what_is_no_users_id_is_told_before_anything_is_looked_up(api: Api) -> None:
    with counted_statements() as statements:
        answer = await api.ask(USER, id="cnt_01jd8vq0c5fj2v7wq1x3ynm8za")

    assert (answer.data, answer.codes, statements) == ({"user": None}, ["INVALID_ID"], [])


async def test_users_come_by_name_without_regard_to_the_case_of_a_to_z(api: Api, people: dict[str, str]) -> None:
    assert await find(api) == BY_NAME


async def test_users_are_walked_in_pages(api: Api, people: dict[str, str]) -> None:
    pages: list[Any] = []
    for _ in range(4):
        after = pages[-1]["pageInfo"]["endCursor"] if pages else None
        pages.append((await api.run(USERS, first=2, after=after))["users"])

    assert [user["name"] for page in pages for user in page["nodes"]] == BY_NAME
    assert [page["pageInfo"]["hasNextPage"] for page in pages] == [True, True, True, False]
    assert [page["totalCount"] for page in pages] == [7] * 4


SEARCHED = [
    ("BOB", ["bob"]),
    ("d", ["_under", "Ada", "zed", "Élodie"]),
    ("ob", ["bob"]),
    ("c@example", ["Carl"]),
    ("C@EXAMPLE.COM", ["Carl"]),
    ("@example.com", BY_NAME),
    ("Élodie", ["Élodie"]),
    ("ÉLODIE", ["Élodie"]),
    ("élodie", ["Élodie"]),
    ("E\u0301LOD", ["Élodie"]),
    ("zoë", ["Zoë"]),
    ("_", ["_under"]),
    ("%", []),
    ("\\", []),
    ("b\0", []),
    ("  ", BY_NAME),
    ("", BY_NAME),
]


async def test_users_are_found_by_the_name_that_they_have_now(api: Api) -> None:
    made = await mutate(api, "createUser", "user { id }", email="ya@example.com", name="ЯРОСЛАВ Straße")

    found = [await find(api, search=text) for text in ("ярослав", "STRASSE")]
    await mutate(api, "updateUser", "user { id }", id=made["user"]["id"], name="Ümit")

    assert found == [["ЯРОСЛАВ Straße"]] * 2
    assert [await find(api, search=text) for text in ("ярослав", "üMIT")] == [[], ["Ümit"]]


async def test_users_are_found_by_part_of_their_name_or_address(api: Api, people: dict[str, str]) -> None:
    assert [(text, await find(api, search=text)) for text, _ in SEARCHED] == SEARCHED


async def test_users_are_found_by_whether_they_still_work_here(api: Api, people: dict[str, str]) -> None:
    assert await find(api, isActive=False) == ["Carl"]
    assert await find(api, isActive=True) == [name for name in BY_NAME if name != "Carl"]
    assert await find(api, isActive=True, search="carl") == []
    assert await find(api, isActive=None) == BY_NAME


async def test_what_is_out_of_range_costs_the_fields_beside_it_nothing(api: Api) -> None:
    answer = await api.ask("{ users(first: 101) { totalCount } viewer { user { name } } }")

    assert (answer.data, answer.codes) == ({"users": None, "viewer": {"user": {"name": "Ada"}}}, ["BAD_USER_INPUT"])


TOKENS = """
query ($first: Int, $after: String) {
  tokens(first: $first, after: $after) {
    nodes { name user { name } scopes createdAt expiresAt lastUsedAt revokedAt } totalCount pageInfo { endCursor }
  }
}
"""


async def test_tokens_come_newest_first_and_the_revoked_too(api: Api) -> None:
    create = "mutation ($i: CreateTokenInput!) { createToken(input: $i) { token { id } errors { code } } }"
    bob, _ = await api.make_user("Bob")
    day = MONDAY.replace(year=2027)
    revoke = "mutation ($id: ID!) { revokeToken(input: {id: $id}) { errors { code } } }"
    ids = []
    for place, (name, user) in enumerate([("old", None), ("mid", bob), ("new", None)]):
        asking = api.at(day.replace(hour=place))
        given = {"name": name, "userId": user, "scopes": ["CONTACTS_WRITE", "CONTACTS_READ"]}
        ids.append((await asking.run(create, i=given))["createToken"]["token"]["id"])
    await api.at(day.replace(hour=5)).run(revoke, id=ids[-1])

    first = (await api.run(TOKENS, first=2))["tokens"]
    second = (await api.run(TOKENS, first=1, after=first["pageInfo"]["endCursor"]))["tokens"]

    made = {"scopes": ["CONTACTS_READ", "CONTACTS_WRITE"], "expiresAt": None, "lastUsedAt": None, "revokedAt": None}
    hours = [iso(day.replace(hour=hour)) for hour in range(6)]
    assert first["nodes"] == [
        {"name": "new", "user": None, "createdAt": hours[2], **made, "revokedAt": hours[5]},
        {"name": "mid", "user": {"name": "Bob"}, "createdAt": hours[1], **made},
    ]
    assert second["nodes"] == [{"name": "old", "user": None, "createdAt": hours[0], **made}]
    assert first["totalCount"] == 6
