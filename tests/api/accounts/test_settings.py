"""updateAccount changes the caller's own account and no other."""

from typing import Any

import pytest

from services.accounts import management as accounts
from services.accounts.authentication import Role, Scope
from services.refusal import Code, Refused
from tests.support.api_client import MONDAY, TUESDAY, Api, counted_statements, iso

ACCOUNT = (
    "{ name defaultRegion phonePolicy digitsOnlyNumbers networkCheck contactProtectionHours trashRetentionDays "
    "keywords { optOut optIn } createdAt }"
)
READ = f"{{ viewer {{ account {ACCOUNT} }} }}"
UPDATE = f"""
mutation ($input: UpdateAccountInput!) {{
  updateAccount(input: $input) {{ account {ACCOUNT} errors {{ __typename code message path }} }}
}}
"""
ACME = {
    "name": "Acme",
    "defaultRegion": "KE",
    "phonePolicy": "POSSIBLE",
    "digitsOnlyNumbers": "INTERNATIONAL",
    "networkCheck": "COVERED",
    "contactProtectionHours": 0,
    "trashRetentionDays": 90,
    "keywords": {"optOut": [], "optIn": []},
    "createdAt": iso(MONDAY),
}


async def account_of(api: Api) -> Any:
    return (await api.run(READ))["viewer"]["account"]


async def test_everything_that_an_account_decides_can_be_changed(api: Api) -> None:
    changes = {
        "name": "  Acme Ltd ",
        "defaultRegion": "MX",
        "phonePolicy": "VALID",
        "digitsOnlyNumbers": "REFUSE",
        "networkCheck": "STRICT",
        "contactProtectionHours": 720,
        "trashRetentionDays": 3650,
        "keywords": {"optOut": [" Nitoke", "NITOKE", "toa jina"], "optIn": ["nirudishe"]},
    }

    answer = await api.run(UPDATE, input=changes)

    words = {"optOut": ["Nitoke", "toa jina"], "optIn": ["nirudishe"]}
    changed = ACME | changes | {"name": "Acme Ltd", "keywords": words}
    assert answer == {"updateAccount": {"account": changed, "errors": []}}
    assert await account_of(api) == changed


async def test_what_is_absent_stays_and_null_clears_the_region(api: Api) -> None:
    first = await api.run(UPDATE, input={})
    second = await api.run(UPDATE, input={"defaultRegion": None})

    assert first == {"updateAccount": {"account": ACME, "errors": []}}
    assert second == {"updateAccount": {"account": ACME | {"defaultRegion": None}, "errors": []}}


@pytest.mark.parametrize(
    ("field", "value", "code", "message"),
    [
        ("name", None, "REQUIRED", "This can't be null."),
        ("name", " \n", "REQUIRED", "This can't be blank."),
        ("name", "é" * 201, "TOO_LONG", "The value has 201 characters; at most 200 are allowed."),
        ("name", "A\nB", "INVALID", "Line breaks and other control characters are not allowed."),
        ("defaultRegion", "ke", "INVALID", "'ke' is not a region code. Use two upper-case letters, such as KE."),
        ("defaultRegion", "", "INVALID", "'' is not a region code. Use two upper-case letters, such as KE."),
        ("phonePolicy", None, "REQUIRED", "This can't be null."),
        ("digitsOnlyNumbers", None, "REQUIRED", "This can't be null."),
        ("networkCheck", None, "REQUIRED", "This can't be null."),
        ("contactProtectionHours", None, "REQUIRED", "This can't be null."),
        ("contactProtectionHours", -1, "INVALID", "This must be 0 to 720, not -1."),
        ("contactProtectionHours", 721, "INVALID", "This must be 0 to 720, not 721."),
        ("trashRetentionDays", 0, "INVALID", "This must be 1 to 3650, not 0."),
        ("trashRetentionDays", 3651, "INVALID", "This must be 1 to 3650, not 3651."),
    ],
)
async def test_a_value_that_cannot_stand_is_refused(api: Api, field: str, value: Any, code: str, message: str) -> None:
    changes: dict[str, Any] = {"networkCheck": "OFF"} | {field: value}

    answer = await api.run(UPDATE, input=changes)

    error = {"__typename": "InputError", "code": code, "message": message, "path": ["input", field]}
    assert answer == {"updateAccount": {"account": None, "errors": [error]}}
    assert await account_of(api) == ACME


async def test_what_nobody_asks_of_the_account_is_not_read(api: Api) -> None:
    with counted_statements() as asked:
        named = await api.run(
            'mutation { updateAccount(input: {name: "Acme"}) { account { name __typename } errors { code } } }'
        )
    with counted_statements() as statements:
        unread = await api.run('mutation { updateAccount(input: {name: "Acme"}) { errors { code } } }')

    assert named == {"updateAccount": {"account": {"name": "Acme", "__typename": "Account"}, "errors": []}}
    assert unread == {"updateAccount": {"errors": []}}
    shown = [statement for statement in statements if statement.startswith('SELECT "account"')]
    assert (shown, len(statements)) == ([], len(asked) - 1)


async def test_all_that_is_wrong_is_told_at_once(api: Api) -> None:
    answer = await api.run(UPDATE, input={"name": "", "trashRetentionDays": 0})

    paths = [error["path"] for error in answer["updateAccount"]["errors"]]
    assert paths == [["input", "name"], ["input", "trashRetentionDays"]]
    assert await account_of(api) == ACME


@pytest.mark.parametrize(
    ("keywords", "code", "path"),
    [
        (None, "REQUIRED", []),
        ({"optOut": None}, "REQUIRED", ["optOut"]),
        ({"optOut": ["a1"] * 51}, "TOO_MANY", ["optOut"]),
        ({"optIn": ["nirudishe", " "]}, "REQUIRED", ["optIn", "1"]),
        ({"optOut": ["x" * 41]}, "TOO_LONG", ["optOut", "0"]),
        ({"optOut": ["a\nb"]}, "INVALID", ["optOut", "0"]),
        ({"optOut": ["x."]}, "INVALID", ["optOut", "0"]),
        ({"optOut": ["Start"]}, "INVALID", ["optOut", "0"]),
        ({"optIn": ["st-op"]}, "INVALID", ["optIn", "0"]),
        ({"optIn": ["Toa. Jina"]}, "INVALID", []),
    ],
)
async def test_a_word_of_consent_that_cannot_be_one_is_refused(
    api: Api, keywords: Any, code: str, path: list[str]
) -> None:
    await api.run(UPDATE, input={"keywords": {"optOut": ["toa jina"]}})

    answer = await api.run(UPDATE, input={"keywords": keywords})

    (error,) = answer["updateAccount"]["errors"]
    assert (error["code"], error["path"]) == (code, ["input", "keywords", *path])
    assert (await account_of(api))["keywords"] == {"optOut": ["toa jina"], "optIn": []}


async def test_a_list_of_words_that_is_absent_stays_and_an_empty_one_ends_the_words(api: Api) -> None:
    await api.run(UPDATE, input={"keywords": {"optOut": ["nitoke"], "optIn": ["nirudishe"]}})

    changes: list[dict[str, Any]] = [{"optIn": ["ningia"]}, {}, {"optOut": []}]
    changed = [
        (await api.run(UPDATE, input={"keywords": words}))["updateAccount"]["account"]["keywords"] for words in changes
    ]

    assert changed == [
        {"optOut": ["nitoke"], "optIn": ["ningia"]},
        {"optOut": ["nitoke"], "optIn": ["ningia"]},
        {"optOut": [], "optIn": ["ningia"]},
    ]


@pytest.mark.parametrize("role", [Role.MANAGER, Role.AGENT])
async def test_only_an_admin_changes_the_account(api: Api, role: Role) -> None:
    _, other = await api.make_user("Bob", role)
    scopeless = api.without_user().with_scopes(*frozenset(Scope) - {Scope.ADMIN})

    answers = [await asking.ask(UPDATE, input={"name": "Mine"}) for asking in (other, scopeless)]

    assert [answer.data for answer in answers] == [{"updateAccount": None}] * 2
    assert [answer.codes for answer in answers] == [["FORBIDDEN"]] * 2
    assert await account_of(api) == ACME


async def test_an_account_does_not_touch_another(api: Api, stranger: Api) -> None:
    await stranger.run(UPDATE, input={"name": "Everyone's", "contactProtectionHours": 24})

    assert await account_of(api) == ACME


async def test_the_same_request_goes_by_the_new_settings_at_once(api: Api) -> None:
    both = """
    mutation ($first: UpdateAccountInput!, $second: UpdateAccountInput!, $contact: ContactInput!) {
      first: updateAccount(input: $first) { errors { code } }
      createContact(input: {contact: $contact}) { contact { protectedUntil } errors { code } }
      second: updateAccount(input: $second) { account { contactProtectionHours } }
    }
    """

    answer = await api.run(
        both,
        first={"contactProtectionHours": 24},
        second={"contactProtectionHours": 0},
        contact={"phone": "0712 345 678"},
    )

    assert answer == {
        "first": {"errors": []},
        "createContact": {"contact": {"protectedUntil": iso(TUESDAY)}, "errors": []},
        "second": {"account": {"contactProtectionHours": 0}},
    }


async def test_a_new_account_has_the_defaults(db: None) -> None:
    account_id = await accounts.create(name="Acme", default_region="KE", now=MONDAY)

    settings, _ = await accounts.update(account_id=account_id, changes={}, user_id=None, now=MONDAY)
    assert settings.account_id == account_id
    assert (settings.default_region, settings.phone_policy, settings.network_check) == ("KE", "POSSIBLE", "COVERED")
    assert (settings.contact_protection_hours, settings.trash_retention_days) == (0, 90)


async def test_a_new_account_needs_a_name_and_a_real_region(db: None) -> None:
    with pytest.raises(Refused) as raised:
        await accounts.create(name=" ", default_region="Kenya", now=MONDAY)

    assert [(refusal.code, refusal.path) for refusal in raised.value.refusals] == [
        (Code.REQUIRED, ("name",)),
        (Code.INVALID, ("defaultRegion",)),
    ]
