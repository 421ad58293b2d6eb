"""Users are created, updated and deactivated."""

import asyncio
from typing import Any

import pytest

from services.accounts import authentication, tokens
from services.accounts.authentication import Role, Scope
from tests.support.api_client import MONDAY, TUESDAY, Api, iso

USER = "{ email name role isActive ownedContactCount assignedContactCount createdAt }"
USERS = f"{{ users {{ nodes {USER} }} }}"
CREATE = f"""
mutation ($input: CreateUserInput!) {{
  createUser(input: $input) {{ user {USER} errors {{ __typename code message path }} }}
}}
"""
UPDATE = f"""
mutation ($input: UpdateUserInput!) {{
  updateUser(input: $input) {{ user {USER} errors {{ __typename code message path }} }}
}}
"""
ADA = {
    "email": "ada@example.com",
    "name": "Ada",
    "role": "ADMIN",
    "isActive": True,
    "ownedContactCount": 0,
    "assignedContactCount": 0,
    "createdAt": iso(MONDAY),
}
BOB = ADA | {"email": "bob@example.com", "name": "Bob", "role": "AGENT"}
TAKEN = "Another user of the account has this e-mail address."
LAST = "This is the last active ADMIN of the account. Make another user an ADMIN first."


async def users_of(api: Api) -> Any:
    return (await api.run(USERS))["users"]["nodes"]


def refusal(code: str, message: str, *path: str) -> dict[str, Any]:
    return {"__typename": "InputError", "code": code, "message": message, "path": ["input", *path]}


async def test_a_user_is_made_an_agent_where_nothing_else_is_said(api: Api) -> None:
    answer = await api.at(TUESDAY).run(CREATE, input={"email": " Bob@Example.COM ", "name": " Bob "})

    bob = BOB | {"email": "Bob@example.com", "createdAt": iso(TUESDAY)}
    assert answer == {"createUser": {"user": bob, "errors": []}}
    assert await users_of(api) == [ADA, bob]


@pytest.mark.parametrize(
    ("field", "value", "code", "message"),
    [
        ("email", "", "REQUIRED", "This can't be blank."),
        ("email", "bob", "INVALID_EMAIL", "This is not an e-mail address: An email address must have an @-sign."),
        ("email", f"bob@{'x' * 250}.com", "TOO_LONG", "The value has 258 characters; at most 254 are allowed."),
        ("email", "ADA@example.com", "DUPLICATE_NAME", TAKEN),
        ("name", "\t", "REQUIRED", "This can't be blank."),
        ("name", "x" * 201, "TOO_LONG", "The value has 201 characters; at most 200 are allowed."),
        ("name", "Bo\x00b", "INVALID", "Line breaks and other control characters are not allowed."),
    ],
)
async def test_a_user_is_neither_made_nor_changed_with_what_cannot_stand(
    api: Api, field: str, value: str, code: str, message: str
) -> None:
    bob_id, _ = await api.make_user("Bob")

    created = await api.run(CREATE, input={"email": "eve@example.com", "name": "Eve"} | {field: value})
    updated = await api.run(UPDATE, input={"id": bob_id, "role": "MANAGER"} | {field: value})

    refused = {"user": None, "errors": [refusal(code, message, field)]}
    assert created == {"createUser": refused}
    assert updated == {"updateUser": refused}
    assert await users_of(api) == [ADA, BOB]


async def test_an_address_may_be_used_again_in_another_account(api: Api, stranger: Api) -> None:
    for asking in (api, stranger):
        answer = await asking.run(CREATE, input={"email": "bob@example.com", "name": "Bob"})

        assert answer["createUser"]["errors"] == []


async def test_of_two_who_take_an_address_at_once_one_gets_it(api: Api) -> None:
    wanted = [{"email": email, "name": "Bob"} for email in ("bob@example.com", "BOB@example.com")]

    answers = await asyncio.gather(*(api.run(CREATE, input=one) for one in wanted))

    codes = sorted([error["code"] for error in answer["createUser"]["errors"]] for answer in answers)
    assert codes == [[], ["DUPLICATE_NAME"]]
    assert len(await users_of(api)) == 2


async def test_a_user_changes_in_what_is_given_and_nothing_else(api: Api) -> None:
    bob_id, _ = await api.make_user("Bob")

    same = await api.run(UPDATE, input={"id": bob_id})
    renamed = await api.run(UPDATE, input={"id": bob_id, "name": "Bob B."})
    promoted = await api.run(UPDATE, input={"id": bob_id, "role": "ADMIN", "email": "BOB@example.com"})

    assert same == {"updateUser": {"user": BOB, "errors": []}}
    assert renamed == {"updateUser": {"user": BOB | {"name": "Bob B."}, "errors": []}}
    bob = BOB | {"name": "Bob B.", "role": "ADMIN", "email": "BOB@example.com"}
    assert promoted == {"updateUser": {"user": bob, "errors": []}}
    assert await users_of(api) == [ADA, bob]


async def test_nothing_of_a_user_can_be_cleared(api: Api) -> None:
    bob_id, _ = await api.make_user("Bob")

    answer = await api.run(UPDATE, input={"id": bob_id, "email": None, "name": None, "role": None, "isActive": None})

    errors = [refusal("REQUIRED", "This can't be null.", field) for field in ("email", "name", "role", "isActive")]
    assert answer == {"updateUser": {"user": None, "errors": errors}}
    assert await users_of(api) == [ADA, BOB]


async def test_a_user_who_is_not_there_is_not_found(api: Api, stranger: Api) -> None:
    answers = [
        await api.run(UPDATE, input={"id": stranger.user_id, "name": "Mine", "isActive": False}),
        await api.run(UPDATE, input={"id": "usr_nonsense", "name": "Mine"}),
        await api.run(UPDATE, input={"id": stranger.user_id.replace("usr", "lst"), "name": "Mine"}),
    ]

    found = [(error["code"], error["path"]) for answer in answers for error in answer["updateUser"]["errors"]]
    assert found == [("NOT_FOUND", ["input", "id"]), ("INVALID_ID", ["input", "id"]), ("INVALID_ID", ["input", "id"])]
    assert await users_of(stranger) == [ADA]


@pytest.mark.parametrize("role", [Role.MANAGER, Role.AGENT])
async def test_only_an_admin_makes_and_changes_users(api: Api, role: Role) -> None:
    bob_id, bob = await api.make_user("Bob", role)

    created = await bob.ask(CREATE, input={"email": "eve@example.com", "name": "Eve"})
    updated = await bob.ask(UPDATE, input={"id": bob_id, "role": "ADMIN"})

    assert (created.data, created.codes) == ({"createUser": None}, ["FORBIDDEN"])
    assert (updated.data, updated.codes) == ({"updateUser": None}, ["FORBIDDEN"])
    assert await users_of(api) == [ADA, BOB | {"role": role.value}]


@pytest.mark.parametrize(("field", "value"), [("role", "MANAGER"), ("isActive", False)])
async def test_the_last_active_admin_stays_one(api: Api, field: str, value: Any) -> None:
    await api.make_user("Carl", Role.ADMIN, is_active=False)
    before = await users_of(api)

    answer = await api.run(UPDATE, input={"id": api.user_id, "name": "Ada the First", field: value})

    assert answer == {"updateUser": {"user": None, "errors": [refusal("WRONG_STATE", LAST, field)]}}
    assert await users_of(api) == before


async def test_an_admin_may_go_where_another_stays(api: Api) -> None:
    _, bob = await api.make_user("Bob", Role.ADMIN)

    answer = await bob.run(UPDATE, input={"id": api.user_id, "role": "AGENT"})

    assert answer == {"updateUser": {"user": ADA | {"role": "AGENT"}, "errors": []}}


@pytest.mark.parametrize("changes", [{"role": "AGENT"}, {"isActive": False}])
async def test_of_admins_who_all_go_at_once_one_stays(api: Api, changes: dict[str, Any]) -> None:
    admins = [api.user_id] + [(await api.make_user(name, Role.ADMIN))[0] for name in ("Bob", "Carl", "Dora")]

    answers = await asyncio.gather(*(api.run(UPDATE, input={"id": admin} | changes) for admin in admins))

    codes = sorted([error["code"] for error in answer["updateUser"]["errors"]] for answer in answers)
    assert codes == [[], [], [], ["WRONG_STATE"]]
    assert [user["role"] for user in await users_of(api) if user["isActive"]].count("ADMIN") == 1


async def test_who_leaves_loses_their_tokens_for_good(api: Api) -> None:
    bob_id, bob = await api.make_user("Bob")
    assert bob.caller.user_id is not None
    _, secret = await tokens.create(
        account_id=api.account_id,
        name="phone",
        user_id=bob.caller.user_id,
        scopes=[Scope.CONTACTS_READ],
        expires_at=None,
        now=MONDAY,
    )
    assert await authentication.authenticate(secret, now=MONDAY) is not None

    left = await api.at(TUESDAY).run(UPDATE, input={"id": bob_id, "isActive": False})
    came_back = await api.at(TUESDAY).run(UPDATE, input={"id": bob_id, "isActive": True})

    assert left == {"updateUser": {"user": BOB | {"isActive": False}, "errors": []}}
    assert came_back == {"updateUser": {"user": BOB, "errors": []}}
    assert await authentication.authenticate(secret, now=TUESDAY) is None
    found = await api.run("{ tokens { nodes { name revokedAt } } }")
    assert {"name": "phone", "revokedAt": iso(TUESDAY)} in found["tokens"]["nodes"]


async def test_who_leaves_keeps_their_contacts(api: Api) -> None:
    bob_id, bob = await api.make_user("Bob")
    contact_id = await bob.make_contact("0712 345 678")

    answer = await api.run(UPDATE, input={"id": bob_id, "isActive": False})

    assert answer == {"updateUser": {"user": BOB | {"isActive": False, "ownedContactCount": 1}, "errors": []}}
    found = await api.run("query ($id: ID!) { contact(by: {id: $id}) { owner { id } } }", id=contact_id)
    assert found == {"contact": {"owner": {"id": bob_id}}}
