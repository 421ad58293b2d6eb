"""Rows, segments and users of a review, and the errors for a whole request."""

from typing import Any

from services.phones.numbers import PhonePolicy
from tests.support.api_client import HOUR, Api
from tests.support.mutations import refusal
from tests.support.review_requests import (
    COUNTS,
    LISTS,
    NOBODY,
    PHONES,
    assign_users,
    buckets,
    entries,
    rows,
    segments,
    set_owner,
    validate,
    validation_errors,
)
from tests.support.snapshot import stored_rows

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
        "A spreadsheet shortened the number to scientific notation, and its last digits are lost. "
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
    before = await stored_rows(api)

    assert await validation_errors(api, []) == [refusal("REQUIRED", "There must be at least one row.", "contacts")]
    too_many = await validation_errors(api, rows(*["x"] * 10_001))
    assert too_many == [refusal("TOO_MANY", "At most 10000 rows, not 10001.", "contacts")]
    assert await validation_errors(api, rows("0712345678"), region="XX") == [
        refusal("INVALID", "'XX' is not a region that libphonenumber knows.", "region")
    ]
    assert await stored_rows(api) == before
    review = await validate(api, rows(*["x"] * 10_000), COUNTS)
    assert review["counts"] == {
        **dict.fromkeys(("total", *LISTS, "optedOut"), 0),
        "total": 10_000,
        "invalidContacts": 10_000,
    }


# ------------------------------------------------------------------ segments and users


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
    await assign_users(api, sixth, bob)
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
    await set_owner(api, contact, api.user_id)
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
