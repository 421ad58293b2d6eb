"""`viewer` shows the caller and the caller's permissions."""

from typing import Any

import pytest

from schema.ids import IdPrefix, encode
from services.accounts import authentication, tokens
from services.accounts.authentication import Role, Scope
from tests.support.api_client import MONDAY, Api, counted_statements

VIEWER = "{ viewer { id account { id name } user { id name role } scopes } }"
ALL = sorted(Scope)
ALL_BUT_ADMIN = sorted(set(Scope) - {Scope.ADMIN})


def viewer_of(api: Api, user: Any, scopes: list[Scope]) -> dict[str, Any]:
    account = {"id": encode(IdPrefix.ACCOUNT, api.account_id), "name": "Acme"}
    return {
        "viewer": {
            "id": encode(IdPrefix.VIEWER, api.caller.token_id),
            "account": account,
            "user": user,
            "scopes": scopes,
        }
    }


@pytest.mark.parametrize(
    ("role", "scopes"), [(Role.ADMIN, ALL), (Role.MANAGER, ALL_BUT_ADMIN), (Role.AGENT, ALL_BUT_ADMIN)]
)
async def test_a_user_is_shown_with_account_and_scopes(api: Api, role: Role, scopes: list[Scope]) -> None:
    bob_id, bob = await api.make_user("Bob", role)

    assert await bob.run(VIEWER) == viewer_of(bob, {"id": bob_id, "name": "Bob", "role": role.value}, scopes)


async def test_an_integration_has_no_user(api: Api) -> None:
    integration = api.without_user().with_scopes(Scope.CONTACTS_WRITE, Scope.CONTACTS_READ)

    assert await integration.run(VIEWER) == viewer_of(api, None, [Scope.CONTACTS_READ, Scope.CONTACTS_WRITE])


async def test_whoever_has_no_scope_at_all_still_learns_who_they_are(api: Api) -> None:
    user = {"id": api.user_id, "name": "Ada", "role": "ADMIN"}

    assert await api.with_scopes().run(VIEWER) == viewer_of(api, user, [])


async def test_what_is_not_asked_costs_no_statement(api: Api) -> None:
    costs = {"{ viewer { id scopes } }": 0, "{ viewer { account { name } } }": 1, VIEWER: 2}

    for text, cost in costs.items():
        with counted_statements() as statements:
            await api.run(text)

        assert (text, len(statements)) == (text, cost)


@pytest.mark.parametrize("role", list(Role))
async def test_scopes_are_those_that_both_the_token_and_the_role_have(api: Api, role: Role) -> None:
    bob_id, bob = await api.make_user("Bob", role)
    wanted = [Scope.ADMIN, Scope.MESSAGES_READ, Scope.CONTACTS_READ]

    _, secret = await tokens.create(
        account_id=api.account_id, name="bob", user_id=bob.caller.user_id, scopes=wanted, expires_at=None, now=MONDAY
    )
    caller = await authentication.authenticate(secret, now=MONDAY)

    assert caller is not None
    allowed = sorted(wanted) if role is Role.ADMIN else [Scope.CONTACTS_READ, Scope.MESSAGES_READ]
    answer = await Api(caller).run("{ viewer { user { id } scopes } }")
    assert answer == {"viewer": {"user": {"id": bob_id}, "scopes": allowed}}
