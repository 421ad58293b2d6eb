"""validateCampaignContacts refuses invalid requests as a whole, with the path of each error."""

from typing import Any

import pytest

from services.accounts.authentication import Role
from tests.support.api_client import Api
from tests.support.mutations import refusal
from tests.support.review_requests import NOBODY, PHONES, entries, rows, segments, validation_errors
from tests.support.snapshot import stored_rows

SELECTED = {"isAssignmentEnabled": True, "assignmentType": "SELECTED_USERS"}
PER_SEGMENT = {"isAssignmentEnabled": True, "assignmentType": "PER_SEGMENT"}
NO_USER = "There is no such active user."


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            {"assignmentConfig": SELECTED},
            [("REQUIRED", "At least one user is required.", "assignmentConfig", "selectedUsers")],
        ),
        (
            {"assignmentConfig": {**SELECTED, "selectedUsers": []}},
            [("REQUIRED", "At least one user is required.", "assignmentConfig", "selectedUsers")],
        ),
        (
            {"assignmentConfig": {"isAssignmentEnabled": True}},
            [("REQUIRED", "The assignment type is missing. Set assignmentType.", "assignmentConfig", "assignmentType")],
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
                    "Users can be assigned to segments only if segmentation is enabled.",
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
                    "An earlier segment has the same id. Use unique ids.",
                    "segmentationConfig",
                    "contactDistribution",
                    "1",
                    "segmentId",
                ),
                ("REQUIRED", "This can't be blank.", "segmentationConfig", "contactDistribution", "2", "segmentId"),
                (
                    "INVALID",
                    "Control characters are not allowed.",
                    "segmentationConfig",
                    "contactDistribution",
                    "3",
                    "segmentId",
                ),
                (
                    "TOO_LONG",
                    "The value has 101 characters; at most 100 are allowed.",
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
    before = await stored_rows(api)

    assert await validation_errors(api, rows(PHONES[0]), **given) == [refusal(*told) for told in expected]

    assert await stored_rows(api) == before


async def test_a_user_who_is_not_active_or_of_another_account_can_not_be_named(api: Api, stranger: Api) -> None:
    idle, _ = await api.make_user("Idle", is_active=False)

    for user in (idle, stranger.user_id):
        errors = await validation_errors(api, rows(PHONES[0]), assignmentConfig={**SELECTED, "selectedUsers": [user]})
        assert errors == [refusal("NOT_FOUND", NO_USER, "assignmentConfig", "selectedUsers", "0")]


async def test_an_agent_names_nobody_else(api: Api) -> None:
    eve, agent = await api.make_user("Eve")
    bob, manager = await api.make_user("Bob", Role.MANAGER)
    of_segment = {
        "segmentationConfig": segments(("a", 1)),
        "assignmentConfig": {**PER_SEGMENT, "segmentAssignments": [{"segmentId": "a", "userIds": [eve, bob]}]},
    }
    message = "Naming other users requires the role MANAGER or ADMIN."
    before = await stored_rows(api)

    assert await validation_errors(agent, rows(PHONES[0]), assignmentConfig={**SELECTED, "selectedUsers": [bob]}) == [
        refusal("FORBIDDEN", message, "assignmentConfig", "selectedUsers", "0")
    ]
    assert await validation_errors(agent, rows(PHONES[0]), **of_segment) == [
        refusal("FORBIDDEN", message, "assignmentConfig", "segmentAssignments", "0", "userIds", "1")
    ]
    assert await stored_rows(api) == before
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
