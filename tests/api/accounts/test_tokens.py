"""Tokens are created, shown once, and revoked."""

from dataclasses import replace
from typing import Any

import pytest

from models.db import database
from services.accounts import authentication
from services.accounts.authentication import Role, Scope
from tests.support.api_client import DAY, MONDAY, TUESDAY, Api, iso

TOKEN = "{ name user { name } scopes createdAt expiresAt lastUsedAt revokedAt }"
CREATE = f"""
mutation ($input: CreateTokenInput!) {{
  createToken(input: $input) {{ token {TOKEN} secret errors {{ __typename code message path }} }}
}}
"""
REVOKE = f"""
mutation ($id: ID!) {{
  revokeToken(input: {{id: $id}}) {{ token {TOKEN} errors {{ __typename code message path }} }}
}}
"""
LEAVE = "mutation ($id: ID!) { updateUser(input: {id: $id, isActive: false}) { errors { code } } }"
SYNC = {
    "name": "sync",
    "user": None,
    "scopes": ["CONTACTS_READ", "CONTACTS_WRITE"],
    "createdAt": iso(MONDAY),
    "expiresAt": None,
    "lastUsedAt": None,
    "revokedAt": None,
}


async def tokens_of(api: Api) -> list[dict[str, Any]]:
    found = await api.run("{ tokens { nodes { id name scopes revokedAt } } }")
    nodes: list[dict[str, Any]] = found["tokens"]["nodes"]
    return [token for token in nodes if token["name"] != "test"]


async def make_token(api: Api, **wanted: Any) -> tuple[str, str]:
    """Creates a token and returns its id and secret."""
    answer = await api.run(CREATE, input={"name": "sync", "scopes": ["CONTACTS_READ"]} | wanted)
    assert answer["createToken"]["errors"] == []
    return (await tokens_of(api))[0]["id"], answer["createToken"]["secret"]


async def test_an_integrations_token_speaks_for_nobody(api: Api) -> None:
    wanted = {"name": " sync ", "scopes": ["CONTACTS_WRITE", "CONTACTS_READ", "CONTACTS_READ"]}

    answer = await api.run(CREATE, input=wanted)

    secret = answer["createToken"].pop("secret")
    assert answer == {"createToken": {"token": SYNC, "errors": []}}
    caller = await authentication.authenticate(secret, now=MONDAY)
    assert caller is not None
    assert (caller.account_id, caller.user_id) == (api.account_id, None)
    assert caller.scopes == {Scope.CONTACTS_READ, Scope.CONTACTS_WRITE}


async def test_of_a_secret_the_hash_alone_is_kept(api: Api) -> None:
    _, secret = await make_token(api)

    rows = await database.fetch("SELECT * FROM api_token WHERE account_id = $1 AND name = 'sync'", api.account_id)

    assert [row["secret_hash"] for row in rows] == [authentication.hash_secret(secret)]
    assert secret not in str([list(row) for row in rows])


async def test_a_users_token_does_what_both_it_and_the_role_allow(api: Api) -> None:
    bob_id, bob = await api.make_user("Bob", Role.AGENT)

    _, secret = await make_token(api, userId=bob_id, scopes=["CONTACTS_READ", "ADMIN"], expiresAt=iso(TUESDAY))

    caller = await authentication.authenticate(secret, now=MONDAY)
    assert caller is not None
    assert (caller.user_id, caller.role, caller.scopes) == (
        bob.caller.user_id,
        Role.AGENT,
        frozenset({Scope.CONTACTS_READ}),
    )
    assert await authentication.authenticate(secret, now=TUESDAY) is None


@pytest.mark.parametrize(
    ("wrong", "code", "message", "field"),
    [
        ({"name": " "}, "REQUIRED", "This can't be blank.", "name"),
        ({"name": "x" * 201}, "TOO_LONG", "The value has 201 characters; at most 200 are allowed.", "name"),
        ({"name": "a\x07"}, "INVALID", "Line breaks and other control characters are not allowed.", "name"),
        ({"scopes": []}, "REQUIRED", "A token requires at least one scope.", "scopes"),
        ({"expiresAt": iso(MONDAY)}, "INVALID", "The time must be in the future.", "expiresAt"),
        ({"userId": "usr_1"}, "INVALID_ID", "'usr_1' is not an id.", "userId"),
    ],
)
async def test_a_token_is_not_made_of_what_cannot_stand(
    api: Api, wrong: dict[str, Any], code: str, message: str, field: str
) -> None:
    answer = await api.run(CREATE, input={"name": "sync", "scopes": ["CONTACTS_READ"]} | wrong)

    error = {"__typename": "InputError", "code": code, "message": message, "path": ["input", field]}
    assert answer == {"createToken": {"token": None, "secret": None, "errors": [error]}}
    assert await tokens_of(api) == []


async def test_a_token_speaks_for_active_users_of_the_account_alone(api: Api, stranger: Api) -> None:
    carl_id, _ = await api.make_user("Carl", is_active=False)

    answers = [
        await api.run(CREATE, input={"name": "sync", "scopes": ["ADMIN"], "userId": user_id})
        for user_id in (carl_id, stranger.user_id)
    ]

    found = [(error["code"], error["path"]) for answer in answers for error in answer["createToken"]["errors"]]
    assert found == [("WRONG_STATE", ["input", "userId"]), ("NOT_FOUND", ["input", "userId"])]
    assert await tokens_of(api) == []


@pytest.mark.parametrize("has_user", [True, False])
async def test_no_token_gets_more_than_its_maker_has(api: Api, has_user: bool) -> None:
    maker = (api if has_user else api.without_user()).with_scopes(Scope.ADMIN, Scope.CONTACTS_READ)
    wanted = {"name": "sync", "scopes": ["CONTACTS_READ", "MESSAGES_READ", "CONTACTS_WRITE"]}

    refused = await maker.run(CREATE, input=wanted)
    made = await maker.run(CREATE, input=wanted | {"name": "less", "scopes": ["CONTACTS_READ", "ADMIN"]})

    message = "A token can't have more scopes than its creator, who lacks CONTACTS_WRITE, MESSAGES_READ."
    error = {"__typename": "InputError", "code": "FORBIDDEN", "message": message, "path": ["input", "scopes"]}
    assert refused == {"createToken": {"token": None, "secret": None, "errors": [error]}}
    assert made["createToken"]["errors"] == []
    assert [token["name"] for token in await tokens_of(api)] == ["less"]


async def test_no_token_outlives_the_token_that_made_it(api: Api) -> None:
    maker = replace(api, caller=replace(api.caller, expires_at=TUESDAY))
    wanted = {"name": "sync", "scopes": ["CONTACTS_READ"]}

    refused = [await maker.run(CREATE, input=wanted | late) for late in ({}, {"expiresAt": iso(TUESDAY + DAY)})]
    made = await maker.run(CREATE, input=wanted | {"name": "as long", "expiresAt": iso(TUESDAY)})

    message = "A token can't outlive the token that creates it, which expires at 2026-01-06T09:30:00+00:00."
    error = {"__typename": "InputError", "code": "FORBIDDEN", "message": message, "path": ["input", "expiresAt"]}
    assert refused == [{"createToken": {"token": None, "secret": None, "errors": [error]}}] * 2
    assert made["createToken"]["errors"] == []
    assert [token["name"] for token in await tokens_of(api)] == ["as long"]
    caller = await authentication.authenticate(made["createToken"]["secret"], now=MONDAY)
    assert caller is not None
    assert caller.expires_at == TUESDAY


async def test_a_revoked_token_ends_at_once_and_keeps_its_date(api: Api) -> None:
    token_id, secret = await make_token(api)

    first = await api.at(TUESDAY).run(REVOKE, id=token_id)
    again = await api.at(TUESDAY + DAY).run(REVOKE, id=token_id)

    ended = SYNC | {"scopes": ["CONTACTS_READ"], "revokedAt": iso(TUESDAY)}
    assert first == {"revokeToken": {"token": ended, "errors": []}}
    assert again == first
    assert await authentication.authenticate(secret, now=TUESDAY) is None


async def test_a_token_that_is_not_there_is_not_found(api: Api, stranger: Api) -> None:
    token_id, secret = await make_token(stranger)

    answers = [await api.run(REVOKE, id=asked) for asked in (token_id, "tok_x", api.user_id)]

    found = [(error["code"], error["path"]) for answer in answers for error in answer["revokeToken"]["errors"]]
    assert found == [("NOT_FOUND", ["input", "id"]), ("INVALID_ID", ["input", "id"]), ("INVALID_ID", ["input", "id"])]
    assert await authentication.authenticate(secret, now=MONDAY) is not None


@pytest.mark.parametrize("role", [Role.MANAGER, Role.AGENT])
async def test_only_an_admin_makes_and_ends_tokens(api: Api, role: Role) -> None:
    token_id, secret = await make_token(api)
    _, bob = await api.make_user("Bob", role)

    made = await bob.ask(CREATE, input={"name": "mine", "scopes": ["CONTACTS_READ"]})
    ended = await bob.ask(REVOKE, id=token_id)

    assert (made.data, made.codes) == ({"createToken": None}, ["FORBIDDEN"])
    assert (ended.data, ended.codes) == ({"revokeToken": None}, ["FORBIDDEN"])
    assert [token["name"] for token in await tokens_of(api)] == ["sync"]
    assert await authentication.authenticate(secret, now=MONDAY) is not None


async def test_what_ends_a_token_bites_at_once_though_its_look_up_is_remembered(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authentication.callers(), "seconds", 300)
    bob_id, _ = await api.make_user("Bob")
    token_id, secret = await make_token(api)
    _, bobs_secret = await make_token(api, userId=bob_id)
    assert await authentication.authenticate(secret, now=MONDAY) is not None
    assert await authentication.authenticate(bobs_secret, now=MONDAY) is not None

    await api.run(REVOKE, id=token_id)
    await api.run(LEAVE, id=bob_id)

    assert await authentication.authenticate(secret, now=MONDAY) is None
    assert await authentication.authenticate(bobs_secret, now=MONDAY) is None
