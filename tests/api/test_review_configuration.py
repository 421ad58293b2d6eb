"""Rows, segments and users of a review, and what it refuses as a whole."""

from typing import Any

import pytest

from services.authentication import Role
from services.phone_numbers import PhonePolicy
from tests.api.mutations import refusal
from tests.api.reviewing import COUNTS, LISTS, buckets, entries, own, refused, rows, validate, work_on
from tests.api_client import HOUR, Api
from tests.kept import kept

NOBODY = "usr_01jd8vq0c5fj2v7wq1x3ynm8za"
PHONES = [f"071200000{place}" for place in range(10)]


# ------------------------------------------------------------------ rows


async def test_rows_without_a_number_and_rows_whose_number_came_before_are_told(api: Api) -> None:
    given = [
        {"phoneNumber": "0712 345 678"},
        {},
        {"phoneNumber": "  ", "firstName": "Amina"},
        {"phoneNumber": "2.547E+11"},
        {"phoneNumber": "+254 712 345 678", "columns": {"n": 1}},
        {"phoneNumber": None},
        {"phoneNumber": "00254712345678"},
        {"phoneNumber": "0721 OO1 122"},
    ]
    asked = """
    index bucket phoneNumber firstName columns duplicateOfIndex isSelectable targetUser { id }
    error { __typename code message path ... on PhoneError { value suggestion } }
    """

    found = await entries(api, given, asked)

    me = {"id": api.user_id}
    nothing: dict[str, Any] = {
        "firstName": None,
        "columns": {},
        "duplicateOfIndex": None,
        "isSelectable": False,
        "targetUser": None,
    }

    def blank(index: int) -> dict[str, Any]:
        path = ["input", "contacts", str(index), "phoneNumber"]
        said = {"code": "MISSING_CONTACT", "message": "No phone number is given.", "path": path}
        return {**nothing, "index": index, "bucket": "INVALID", "error": {"__typename": "InputError", **said}}

    def unreadable(index: int, value: str, message: str, suggestion: str | None) -> dict[str, Any]:
        path = ["input", "contacts", str(index), "phoneNumber"]
        said = {"code": "INVALID_PHONE_NUMBER", "message": message, "path": path, "value": value}
        error = {"__typename": "PhoneError", **said, "suggestion": suggestion}
        return {**nothing, "index": index, "bucket": "INVALID", "phoneNumber": value, "error": error}

    again = {**nothing, "bucket": "DUPLICATE", "phoneNumber": "+254712345678", "duplicateOfIndex": 0, "error": None}
    first = {"index": 0, "bucket": "NEW", "phoneNumber": "+254712345678", "error": None, "isSelectable": True}
    rounded = (
        "A spreadsheet shortened the number to scientific notation and its last digits are lost: it is beyond repair. "
        "Format the column as text and export it again."
    )
    assert found == [
        {**nothing, **first, "targetUser": me},
        {**blank(1), "phoneNumber": None},
        {**blank(2), "phoneNumber": "  ", "firstName": "Amina"},
        unreadable(3, "2.547E+11", rounded, None),
        {**again, "index": 4, "columns": {"n": 1}},
        {**blank(5), "phoneNumber": None},
        {**again, "index": 6},
        unreadable(7, "0721 OO1 122", "A phone number has digits, not letters.", "+254721001122"),
    ]


async def test_numbers_are_read_in_the_region_given_else_in_the_accounts(api: Api) -> None:
    given = rows("0612345678", "+33 6 12 34 56 78")
    asked = "bucket phoneNumber"

    of_france = await entries(api, given, asked, region="FR")

    assert of_france == [
        {"bucket": "NEW", "phoneNumber": "+33612345678"},
        {"bucket": "DUPLICATE", "phoneNumber": "+33612345678"},
    ]
    at_home = await entries(api, given, asked)
    assert [entry["bucket"] for entry in at_home] == ["NEW", "NEW"]
    assert at_home[0]["phoneNumber"] == "+254612345678"


async def test_the_policy_of_the_account_decides_what_is_a_number(api: Api) -> None:
    possible = rows("+254 999 999 999")

    assert await buckets(api, possible) == ["NEW"]
    assert await buckets(api.with_settings(phone_policy=PhonePolicy.VALID), possible) == ["INVALID"]


async def test_rows_are_1_to_10000(api: Api) -> None:
    before = await kept(api)

    assert await refused(api, []) == [refusal("REQUIRED", "There must be at least one row.", "contacts")]
    too_many = await refused(api, rows(*["x"] * 10_001))
    assert too_many == [refusal("TOO_MANY", "At most 10000 rows, not 10001.", "contacts")]
    assert await refused(api, rows("0712345678"), region="XX") == [
        refusal("INVALID", "'XX' is not a region that libphonenumber knows.", "region")
    ]
    assert await kept(api) == before
    review = await validate(api, rows(*["x"] * 10_000), COUNTS)
    assert review["counts"] == {
        **dict.fromkeys(("total", *LISTS, "optedOut"), 0),
        "total": 10_000,
        "invalidContacts": 10_000,
    }


# ------------------------------------------------------------------ segments and users


def segments(*pairs: tuple[str, int]) -> dict[str, Any]:
    return {
        "enabled": True,
        "contactDistribution": [{"segmentId": name, "contactCount": count} for name, count in pairs],
    }


async def test_candidates_fill_segments_in_row_order_before_anything_else(api: Api) -> None:
    given = rows(PHONES[0], "no number", PHONES[1], PHONES[0], PHONES[2], PHONES[3], PHONES[4])

    found = await entries(api, given, "segmentId", segmentationConfig=segments(("a", 2), ("b", 1), ("c", 1)))

    assert [entry["segmentId"] for entry in found] == ["a", None, "a", None, "b", "c", "c"]


async def test_selected_users_count_as_you_and_take_turns(api: Api) -> None:
    bob, _ = await api.make_user("Bob")
    eve, _ = await api.make_user("Eve")
    dan, _ = await api.make_user("Dan")
    owners = {1: bob, 2: eve, 3: None, 4: dan}
    for place, owner in owners.items():
        await api.make_contact(PHONES[place], ownerId=owner)
    sixth = await api.make_contact(PHONES[5], ownerId=dan)
    await work_on(api, sixth, bob)
    guarded = api.with_settings(contact_protection_hours=24)
    config = {"isAssignmentEnabled": True, "assignmentType": "SELECTED_USERS", "selectedUsers": [bob, eve, bob]}
    asked = "bucket flags targetUser { name }"

    fresh = await entries(guarded.later(HOUR), rows(*PHONES[:7]), asked, assignmentConfig=config)
    later = await entries(guarded.later(30 * HOUR), rows(*PHONES[:7]), asked, assignmentConfig=config)

    def told(bucket: str, user: str | None, *flags: str) -> dict[str, Any]:
        return {"bucket": bucket, "flags": list(flags), "targetUser": user and {"name": user}}

    assert fresh == [
        told("NEW", "Bob"),
        told("EXISTING", "Bob", "OWNED_BY_YOU"),
        told("EXISTING", "Eve", "OWNED_BY_YOU"),
        told("EXISTING", "Eve", "UNOWNED"),
        told("PROTECTED", None, "PROTECTED", "OWNED_BY_OTHER"),
        told("PROTECTED", None, "PROTECTED", "OWNED_BY_OTHER", "ASSIGNED_TO_YOU"),
        told("NEW", "Bob"),
    ]
    assert later[4:6] == [
        told("ASSIGNED_TO_OTHER_USERS", None, "OWNED_BY_OTHER"),
        told("ASSIGNED_TO_YOU_NOT_OWNED", "Bob", "OWNED_BY_OTHER", "ASSIGNED_TO_YOU"),
    ]


async def test_users_of_a_segment_are_you_for_its_rows_alone(api: Api) -> None:
    bob, _ = await api.make_user("Bob")
    eve, _ = await api.make_user("Eve")
    dan, _ = await api.make_user("Dan")
    for phone in PHONES[:3]:
        await api.make_contact(phone, ownerId=bob)
    config = {
        "isAssignmentEnabled": True,
        "assignmentType": "PER_SEGMENT",
        "selectedUsers": [dan],
        "segmentAssignments": [{"segmentId": "a", "userIds": [bob, eve]}, {"segmentId": "c", "userIds": []}],
    }
    split = segments(("a", 3), ("b", 2), ("c", 9))
    given = rows(PHONES[0], PHONES[5], PHONES[6], PHONES[1], PHONES[7], PHONES[2], PHONES[8])

    found = await entries(
        api,
        given,
        "segmentId bucket flags targetUser { name }",
        segmentationConfig=split,
        assignmentConfig=config,
    )

    def told(segment: str, bucket: str, user: str | None, *flags: str) -> dict[str, Any]:
        return {"segmentId": segment, "bucket": bucket, "flags": list(flags), "targetUser": user and {"name": user}}

    assert found == [
        told("a", "EXISTING", "Bob", "OWNED_BY_YOU"),
        told("a", "NEW", "Bob"),
        told("a", "NEW", "Eve"),
        told("b", "ASSIGNED_TO_OTHER_USERS", None, "OWNED_BY_OTHER"),
        told("b", "NEW", "Dan"),
        told("c", "ASSIGNED_TO_OTHER_USERS", None, "OWNED_BY_OTHER"),
        told("c", "NEW", "Dan"),
    ]


async def test_a_token_without_a_user_adds_nobody_to_you(api: Api) -> None:
    bob, _ = await api.make_user("Bob")
    contact = await api.make_contact(PHONES[0], ownerId=bob)
    await api.make_contact(PHONES[1], ownerId=None)
    nobody = api.without_user()
    asked = "bucket targetUser { id }"

    found = await entries(nobody, rows(*PHONES[:3]), asked)

    assert found == [
        {"bucket": "ASSIGNED_TO_OTHER_USERS", "targetUser": None},
        {"bucket": "EXISTING", "targetUser": None},
        {"bucket": "NEW", "targetUser": None},
    ]
    config = {"isAssignmentEnabled": True, "assignmentType": "SELECTED_USERS", "selectedUsers": [bob]}
    found = await entries(nobody, rows(*PHONES[:3]), asked, assignmentConfig=config)
    assert found == [{"bucket": bucket, "targetUser": {"id": bob}} for bucket in ("EXISTING", "EXISTING", "NEW")]
    await own(api, contact, api.user_id)
    assert (await buckets(nobody, rows(PHONES[0])))[0] == "ASSIGNED_TO_OTHER_USERS"


async def test_what_a_switched_off_config_holds_is_ignored(api: Api) -> None:
    off: dict[str, Any] = {
        "segmentationConfig": {
            "enabled": False,
            "contactDistribution": [{"segmentId": "", "contactCount": -1}, {"segmentId": "", "contactCount": 0}],
        },
        "assignmentConfig": {
            "isAssignmentEnabled": False,
            "assignmentType": "PER_SEGMENT",
            "selectedUsers": [NOBODY, "garbage"],
            "segmentAssignments": [{"segmentId": "nowhere", "userIds": ["garbage"]}],
        },
    }

    found = await entries(api, rows(PHONES[0]), "segmentId targetUser { id }", **off)

    assert found == [{"segmentId": None, "targetUser": {"id": api.user_id}}]


# ------------------------------------------------------------------ refused as a whole

SELECTED = {"isAssignmentEnabled": True, "assignmentType": "SELECTED_USERS"}
PER_SEGMENT = {"isAssignmentEnabled": True, "assignmentType": "PER_SEGMENT"}
NO_USER = "There is no such active user."


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            {"assignmentConfig": SELECTED},
            [("REQUIRED", "Name at least one user.", "assignmentConfig", "selectedUsers")],
        ),
        (
            {"assignmentConfig": {**SELECTED, "selectedUsers": []}},
            [("REQUIRED", "Name at least one user.", "assignmentConfig", "selectedUsers")],
        ),
        (
            {"assignmentConfig": {"isAssignmentEnabled": True}},
            [("REQUIRED", "Say how users are assigned.", "assignmentConfig", "assignmentType")],
        ),
        (
            {"assignmentConfig": {**SELECTED, "selectedUsers": [NOBODY]}},
            [("NOT_FOUND", NO_USER, "assignmentConfig", "selectedUsers", "0")],
        ),
        (
            {"assignmentConfig": {**SELECTED, "selectedUsers": ["cnt_01jd8vq0c5fj2v7wq1x3ynm8za"]}},
            [
                (
                    "INVALID_ID",
                    "'cnt_01jd8vq0c5fj2v7wq1x3ynm8za' is not the id of this type: it must start with usr_.",
                    "assignmentConfig",
                    "selectedUsers",
                    "0",
                )
            ],
        ),
        (
            {
                "segmentationConfig": segments(("a", 1)),
                "assignmentConfig": {
                    **PER_SEGMENT,
                    "selectedUsers": [NOBODY],
                    "segmentAssignments": [{"segmentId": "a", "userIds": [NOBODY]}],
                },
            },
            [
                ("NOT_FOUND", NO_USER, "assignmentConfig", "selectedUsers", "0"),
                ("NOT_FOUND", NO_USER, "assignmentConfig", "segmentAssignments", "0", "userIds", "0"),
            ],
        ),
        (
            {"assignmentConfig": PER_SEGMENT},
            [
                (
                    "INVALID",
                    "Users can be assigned to segments only where segmentation is enabled.",
                    "assignmentConfig",
                    "assignmentType",
                )
            ],
        ),
        (
            {
                "segmentationConfig": segments(("a", 1)),
                "assignmentConfig": {**PER_SEGMENT, "segmentAssignments": [{"segmentId": "b", "userIds": []}]},
            },
            [
                (
                    "NOT_FOUND",
                    "contactDistribution has no such segment.",
                    "assignmentConfig",
                    "segmentAssignments",
                    "0",
                    "segmentId",
                )
            ],
        ),
        (
            {"segmentationConfig": segments(("a", -1), ("a", 1), (" ", 1), ("a\n", 1), ("x" * 101, 1))},
            [
                (
                    "INVALID",
                    "This must be 0 or more, not -1.",
                    "segmentationConfig",
                    "contactDistribution",
                    "0",
                    "contactCount",
                ),
                (
                    "INVALID",
                    "An earlier segment has this id.",
                    "segmentationConfig",
                    "contactDistribution",
                    "1",
                    "segmentId",
                ),
                ("REQUIRED", "This can't be blank.", "segmentationConfig", "contactDistribution", "2", "segmentId"),
                (
                    "INVALID",
                    "Control characters can't be part of it.",
                    "segmentationConfig",
                    "contactDistribution",
                    "3",
                    "segmentId",
                ),
                (
                    "TOO_LONG",
                    "At most 100 characters, not 101.",
                    "segmentationConfig",
                    "contactDistribution",
                    "4",
                    "segmentId",
                ),
            ],
        ),
        (
            {"campaignId": "cmp_01jd8vq0c5fj2v7wq1x3ynm8za"},
            [("NOT_FOUND", "There is no such campaign.", "campaignId")],
        ),
    ],
)
async def test_what_is_refused_as_a_whole_is_told_with_its_place_and_nothing_is_kept(
    api: Api, given: dict[str, Any], expected: list[tuple[str, ...]]
) -> None:
    before = await kept(api)

    assert await refused(api, rows(PHONES[0]), **given) == [refusal(*told) for told in expected]

    assert await kept(api) == before


async def test_a_user_who_is_not_active_or_of_another_account_can_not_be_named(api: Api, stranger: Api) -> None:
    idle, _ = await api.make_user("Idle", is_active=False)

    for user in (idle, stranger.user_id):
        errors = await refused(api, rows(PHONES[0]), assignmentConfig={**SELECTED, "selectedUsers": [user]})
        assert errors == [refusal("NOT_FOUND", NO_USER, "assignmentConfig", "selectedUsers", "0")]


async def test_an_agent_names_nobody_else(api: Api) -> None:
    eve, agent = await api.make_user("Eve")
    bob, manager = await api.make_user("Bob", Role.MANAGER)
    of_segment = {
        "segmentationConfig": segments(("a", 1)),
        "assignmentConfig": {**PER_SEGMENT, "segmentAssignments": [{"segmentId": "a", "userIds": [eve, bob]}]},
    }
    message = "Naming other users takes the role MANAGER or ADMIN."
    before = await kept(api)

    assert await refused(agent, rows(PHONES[0]), assignmentConfig={**SELECTED, "selectedUsers": [bob]}) == [
        refusal("FORBIDDEN", message, "assignmentConfig", "selectedUsers", "0")
    ]
    assert await refused(agent, rows(PHONES[0]), **of_segment) == [
        refusal("FORBIDDEN", message, "assignmentConfig", "segmentAssignments", "0", "userIds", "1")
    ]
    assert await kept(api) == before
    for caller, users in ((agent, [eve]), (manager, [eve, bob]), (api.without_user(), [eve, bob])):
        config = {**SELECTED, "selectedUsers": users}
        found = await entries(caller, rows(PHONES[0]), "targetUser { id }", assignmentConfig=config)
        assert found == [{"targetUser": {"id": eve}}]


async def test_cells_that_json_can_not_hold_are_refused(api: Api) -> None:
    text = (
        'mutation { validateCampaignContacts(input: {contacts: [{phoneNumber: "0712345678"}, '
        "{columns: {n: 123456789012345678901234567890}}]}) { review { id } errors { code path } } }"
    )

    payload = (await api.run(text))["validateCampaignContacts"]

    assert payload == {"review": None, "errors": [{"code": "INVALID", "path": ["input", "contacts", "1", "columns"]}]}
