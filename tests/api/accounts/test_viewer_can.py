"""`viewer.can` is true for the operations that the server allows to the caller, and false for those that it refuses."""

from typing import Any

import pytest

from schema.types.viewer import Permissions
from services.accounts.authentication import Role, Scope
from tests.support.api_client import Api
from tests.support.imports import uploaded

NOBODY = "usr_01jd8vq0c5fj2v7wq1x3ynm8za"
CONTACT = "cnt_01jd8vq0c5fj2v7wq1x3ynm8za"
CAMPAIGN = "cmp_01jd8vq0c5fj2v7wq1x3ynm8za"
_ERRORS = "{ errors { code } }"
_PURGE = "purgeContacts(input: {contacts: {ids: []}, fromAnywhere: true})"
_REVIEW = (
    'validateCampaignContacts(input: {{contacts: [{{phoneNumber: "0712345678"}}], assignmentConfig: {{'
    'isAssignmentEnabled: true, assignmentType: SELECTED_USERS, selectedUsers: ["{}"]}}}})'
)
OPERATIONS = {
    "readContacts": "{ contacts(first: 1) { nodes { id } } }",
    "writeContacts": f"mutation {{ trashContacts(input: {{contacts: {{ids: []}}}}) {_ERRORS} }}",
    "bulkByFilter": f"mutation {{ trashContacts(input: {{contacts: {{matching: {{filter: {{}}}}}}}}) {_ERRORS} }}",
    "purgeFromAnywhere": f"mutation {{ {_PURGE} {_ERRORS} }}",
    "importContacts": f"mutation ($file: Upload!) {{ importContacts(input: {{file: $file}}) {_ERRORS} }}",
    "exportContacts": f"mutation {{ exportContacts(input: {{format: CSV}}) {_ERRORS} }}",
    "readCampaigns": "{ campaigns(first: 1) { nodes { id } } }",
    "writeCampaigns": f'mutation {{ deleteCampaign(input: {{id: "{CAMPAIGN}"}}) {_ERRORS} }}',
    "assignOthersInReview": f"mutation {{ {_REVIEW.format(NOBODY)} {_ERRORS} }}",
    "readMessages": "{ messages(first: 1) { nodes { id } } }",
    "writeMessages": f"mutation {{ recordMessages(input: {{messages: []}}) {_ERRORS} }}",
    "administer": "{ tokens { nodes { id } } }",
}
OVERRIDES = (
    f'mutation {{ assignContacts(input: {{contacts: {{ids: ["{CONTACT}"]}}, overrideProtection: true}}) {_ERRORS} }}',
    f'mutation {{ addCampaignContacts(input: {{campaignId: "{CAMPAIGN}", contacts: [{{contact: "0712345678"}}], '
    f"overrideProtection: true}}) {_ERRORS} }}",
)
SCOPES = [tuple(Scope), (), *((one,) for one in Scope), (Scope.CONTACTS_READ, Scope.CONTACTS_WRITE)]


async def is_refused(api: Api, text: str) -> bool:
    file = {"file": uploaded(b"phone\n0712345678\n")} if "$file" in text else {}
    answer = await api.ask(text, **file)
    for given in file.values():
        given.remove()
    payloads = [payload for payload in (answer.data or {}).values() if payload]
    in_payloads = [error["code"] for payload in payloads for error in payload.get("errors") or ()]
    assert set(answer.codes) <= {"FORBIDDEN"}
    return "FORBIDDEN" in {*answer.codes, *in_payloads}


async def can(api: Api) -> Any:
    names = " ".join([*OPERATIONS, "overrideProtection"])
    return (await api.run(f"{{ viewer {{ can {{ {names} }} }} }}"))["viewer"]["can"]


@pytest.mark.parametrize("role", [*Role, None])
async def test_what_a_caller_can_do_is_what_is_not_refused(api: Api, role: Role | None) -> None:
    caller = api.without_user() if role is None else (await api.make_user("Bob", role))[1]
    for scopes in SCOPES:
        allowed = caller.with_scopes(*(set(scopes) & caller.caller.scopes))

        found = {name: not await is_refused(allowed, text) for name, text in OPERATIONS.items()}
        overridden = not all([await is_refused(allowed, text) for text in OVERRIDES])

        assert (scopes, await can(allowed)) == (scopes, {**found, "overrideProtection": overridden})


def test_every_permission_is_tried() -> None:
    names = {name.replace("_", "") for name in Permissions.__annotations__}
    assert names == {name.lower() for name in [*OPERATIONS, "overrideProtection"]}
