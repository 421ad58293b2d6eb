"""createContact: the stored values, the refused values, and existing contacts."""

from typing import Any

import pytest

from tests.support.api_client import TUESDAY, Api, iso
from tests.support.mutations import create, refusal
from tests.support.snapshot import stored_rows

EVERYTHING = """
phone firstName lastName name displayName email companyName notes tags customVariables externalId senderNumber
isOptedOut optedOutAt isVerified verifiedAt status invalidReason operator { name country } country timeZones
owner { name } ownedAt protectedUntil assignees { name } lists { name contactCount }
lastInboundAt lastOutboundAt createdAt updatedAt deletedAt purgeAt
"""
TEXTS = "firstName lastName name email companyName notes tags customVariables externalId senderNumber"


async def test_a_contact_is_kept_with_all_that_is_given(api: Api) -> None:
    bob_id, _ = await api.make_user("Bob")
    customers, leads = await api.make_list("Customers"), await api.make_list("Leads")

    answer = await create(
        api.at(TUESDAY),
        EVERYTHING,
        phone="0712 345 678",
        firstName="Wanjiru",
        lastName="Kamau",
        name="Mama Wanjiru",
        email="Wanjiru@Example.COM",
        companyName="Safari Traders",
        notes="Call after 5.\nNot on Fridays.",
        tags=["vip", "nairobi"],
        customVariables={"Plan": "gold", "Shoe size": "38"},
        externalId="crm-17",
        senderNumber="0722 000 000",
        listIds=[leads, customers],
        ownerId=bob_id,
        assigneeIds=[api.user_id, bob_id],
    )

    assert answer == {
        "outcome": "CREATED",
        "contact": {
            "phone": "+254712345678",
            "firstName": "Wanjiru",
            "lastName": "Kamau",
            "name": "Mama Wanjiru",
            "displayName": "Mama Wanjiru",
            "email": "Wanjiru@example.com",
            "companyName": "Safari Traders",
            "notes": "Call after 5.\nNot on Fridays.",
            "tags": ["nairobi", "vip"],
            "customVariables": {"Plan": "gold", "Shoe size": "38"},
            "externalId": "crm-17",
            "senderNumber": "+254722000000",
            "isOptedOut": False,
            "optedOutAt": None,
            "isVerified": False,
            "verifiedAt": None,
            "status": "VALID",
            "invalidReason": None,
            "operator": {"name": "Safaricom", "country": "KE"},
            "country": "KE",
            "timeZones": ["Africa/Nairobi"],
            "owner": {"name": "Bob"},
            "ownedAt": iso(TUESDAY),
            "protectedUntil": None,
            "assignees": [{"name": "Ada"}, {"name": "Bob"}],
            "lists": [{"name": "Customers", "contactCount": 1}, {"name": "Leads", "contactCount": 1}],
            "lastInboundAt": None,
            "lastOutboundAt": None,
            "createdAt": iso(TUESDAY),
            "updatedAt": iso(TUESDAY),
            "deletedAt": None,
            "purgeAt": None,
        },
        "errors": [],
    }


@pytest.mark.parametrize(
    ("given", "name", "display_name"),
    [
        ({}, None, "+254 712 345678"),
        ({"name": "Mama Wanjiru"}, "Mama Wanjiru", "Mama Wanjiru"),
        ({"firstName": "Wanjiru"}, "Wanjiru", "Wanjiru"),
        ({"lastName": "Kamau"}, "Kamau", "Kamau"),
        ({"firstName": "Wanjiru", "lastName": "Kamau"}, "Wanjiru Kamau", "Wanjiru Kamau"),
        ({"firstName": "Wanjiru", "name": "Mama"}, "Mama", "Mama"),
        ({"firstName": "Wanjiru", "name": "  "}, "Wanjiru", "Wanjiru"),
    ],
)
async def test_a_name_is_what_is_given_else_first_and_last_name(
    api: Api, given: dict[str, str], name: str | None, display_name: str
) -> None:
    answer = await create(api, "name displayName", phone="0712345678", **given)

    assert answer == {"outcome": "CREATED", "contact": {"name": name, "displayName": display_name}, "errors": []}


async def test_texts_are_trimmed_and_composed_and_blank_ones_are_no_value(api: Api) -> None:
    answer = await create(
        api,
        TEXTS,
        phone="0712345678",
        firstName="  Ade\u0301  ",
        lastName="",
        companyName=" \t ",
        email=" ",
        externalId="",
        senderNumber=" ",
        notes="\n a\tb \n",
        tags=[" Ade\u0301 ", "Ad\u00e9", "vip", "VIP"],
        customVariables={" Re\u0301gion ": "Ge\u0301ne\u0300ve"},
    )

    assert answer["contact"] == {
        "firstName": "Ad\u00e9",
        "lastName": None,
        "name": "Ad\u00e9",
        "email": None,
        "companyName": None,
        "notes": "a\tb",
        "tags": ["Ad\u00e9", "VIP", "vip"],
        "customVariables": {"R\u00e9gion": "G\u00e9n\u00e8ve"},
        "externalId": None,
        "senderNumber": None,
    }


NAMES = [
    "\u0639\u0628\u062f \u0627\u0644\u0644\u0647",
    "\u05d0\u200f\u05d1\u05d9\u200e Cohen",
    "\U0001f469\U0001f3fe\u200d\U0001f33e Njeri \U0001f1f0\U0001f1ea",
    "\u738b\u5c0f\u660e",
    "O\u2019Neill-D\u2019Souza",
    "Robert'); DROP TABLE contact;--",
    '{"$1": "?1 $2 %s"}',
    "\\ \" ' % _ &lt;",
    "null",
    "007",
]


async def test_a_name_of_any_script_is_kept_as_given(api: Api) -> None:
    for number, name in enumerate(NAMES):
        answer = await create(
            api, "name companyName customVariables", phone=f"071200000{number}", name=name, customVariables={name: name}
        )

        assert answer["errors"] == []
        assert answer["contact"] == {"name": name, "companyName": None, "customVariables": {name: name}}


LONG = [
    ("firstName", 200),
    ("lastName", 200),
    ("name", 200),
    ("companyName", 200),
    ("notes", 10_000),
    ("externalId", 200),
]


async def test_texts_may_be_as_long_as_their_limits_and_no_longer(api: Api) -> None:
    longest: dict[str, Any] = {name: "\U0001f98a" * limit for name, limit in LONG}
    longest |= {"tags": [f"{number:064}" for number in range(50)]}
    longest |= {"customVariables": {f"{number:0100}": "x" * 2000 for number in range(100)}}

    taken = await create(api, "notes tags customVariables", phone="0712345678", **longest)
    before = await stored_rows(api)
    refused = await create(
        api,
        "id",
        phone="0733345678",
        **{name: "\U0001f98a" * (limit + 1) for name, limit in LONG},
        email=f"{'x' * 243}@example.com",
        tags=[f"{number:064}" for number in range(51)],
        customVariables={str(number): "x" for number in range(101)},
    )

    assert taken["contact"] == {name: longest[name] for name in ("notes", "tags", "customVariables")}
    assert refused == {
        "outcome": None,
        "contact": None,
        "errors": [
            *(
                refusal("TOO_LONG", f"At most {limit} characters, not {limit + 1}.", "contact", name)
                for name, limit in [*LONG[:3], ("email", 254), *LONG[3:5]]
            ),
            refusal("TOO_MANY", "A contact has at most 50 tags, not 51.", "contact", "tags"),
            refusal("TOO_MANY", "A contact has at most 100 custom variables, not 101.", "contact", "customVariables"),
            refusal("TOO_LONG", "At most 200 characters, not 201.", "contact", "externalId"),
        ],
    }
    assert await stored_rows(api) == before


CONTROL = "Control characters can't be part of it."


@pytest.mark.parametrize(
    ("given", "code", "message", "path"),
    [
        ({"firstName": "An\x00n"}, "INVALID", CONTROL, ["firstName"]),
        ({"lastName": "A\nB"}, "INVALID", CONTROL, ["lastName"]),
        ({"name": "A\u0085B"}, "INVALID", CONTROL, ["name"]),
        ({"companyName": "A\x1bB"}, "INVALID", CONTROL, ["companyName"]),
        ({"notes": "a\x07b"}, "INVALID", CONTROL, ["notes"]),
        ({"externalId": "a\tb"}, "INVALID", CONTROL, ["externalId"]),
        ({"email": "ann@"}, "INVALID_EMAIL", None, ["email"]),
        ({"email": "a\x00@example.com"}, "INVALID", CONTROL, ["email"]),
        ({"tags": ["vip", " "]}, "INVALID", "A tag can't be blank.", ["tags", "1"]),
        ({"tags": ["a;b"]}, "INVALID", "A tag can't contain ; or | or control characters.", ["tags", "0"]),
        ({"tags": ["a|b"]}, "INVALID", "A tag can't contain ; or | or control characters.", ["tags", "0"]),
        ({"tags": ["a\x00b"]}, "INVALID", "A tag can't contain ; or | or control characters.", ["tags", "0"]),
        ({"tags": ["x" * 65]}, "TOO_LONG", "A tag has at most 64 characters, not 65.", ["tags", "0"]),
        ({"customVariables": {" ": "x"}}, "INVALID", None, ["customVariables", " "]),
        ({"customVariables": {"a\nb": "x"}}, "INVALID", None, ["customVariables", "a\nb"]),
        ({"customVariables": {"x" * 101: "x"}}, "TOO_LONG", None, ["customVariables", "x" * 101]),
        ({"customVariables": {"Plan": "a\x00b"}}, "INVALID", CONTROL, ["customVariables", "Plan"]),
        ({"customVariables": {"Plan": "x" * 2001}}, "TOO_LONG", None, ["customVariables", "Plan"]),
    ],
)
async def test_what_a_field_cannot_hold_is_refused_and_nothing_is_written(
    api: Api, given: dict[str, Any], code: str, message: str | None, path: list[str]
) -> None:
    before = await stored_rows(api)

    answer = await create(api, "id", phone="0712345678", **given)

    told = answer["errors"][0]["message"]
    assert answer == {
        "outcome": None,
        "contact": None,
        "errors": [refusal(code, message or told, "contact", *path)],
    }
    assert await stored_rows(api) == before


async def test_all_that_is_wrong_with_a_contact_is_told_at_once(api: Api) -> None:
    answer = await create(api, "id", phone="", name="a\x00", email="ann", tags=[""], senderNumber="12")

    told = {(error["code"], *error["path"]) for error in answer["errors"]}
    at = ("input", "contact")
    assert told == {
        ("MISSING_CONTACT", *at, "phone"),
        ("INVALID", *at, "name"),
        ("INVALID_EMAIL", *at, "email"),
        ("INVALID", *at, "tags", "0"),
        ("INVALID_PHONE_NUMBER", *at, "senderNumber"),
    }


async def test_a_token_that_may_only_read_creates_nothing(api: Api) -> None:
    before = await stored_rows(api)

    answer = await api.with_scopes().ask(
        'mutation { createContact(input: {contact: {phone: "0712345678"}}) { contact { id } } }'
    )

    assert (answer.data, answer.codes) == ({"createContact": None}, ["FORBIDDEN"])
    assert await stored_rows(api) == before


async def test_a_list_that_is_named_twice_has_the_contact_once(api: Api) -> None:
    clients = await api.make_list("Clients")

    answer = await create(api, "lists { name contactCount }", phone="0712345678", listIds=[clients, clients])

    assert answer["contact"] == {"lists": [{"name": "Clients", "contactCount": 1}]}
