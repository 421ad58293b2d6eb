"""Every mutation that writes something writes one row of the audit log, and so does the end of every job."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from tests.support.api_client import HOUR, Api
from tests.support.day_of_changes import LEFT_OUT, day_of_changes
from tests.support.imports import run_jobs
from tests.support.mutations import mutate
from tests.support.operations import root_fields
from tests.support.snapshot import stored_rows

FIELDS = """
id action subjectId count summary user { id } token { id } job { id } requestId ipAddress occurredAt
"""
EVENTS = f"""
query ($first: Int, $after: String, $filter: AuditEventFilter) {{
  auditEvents(first: $first, after: $after, filter: $filter) {{
    totalCount nodes {{ {FIELDS} }} pageInfo {{ endCursor hasNextPage }}
  }}
}}
"""
ID_OR_ENUM = re.compile(r"[a-z]{3}_[0-9a-z]{26}|[A-Z_]+|[A-Z]{2}")
SECOND = timedelta(seconds=1)
COMMON = {"contact", "contacts", "file", "phone", "name"}
NO_DATA = {"audit_event", "campaign_review", "campaign_review_part", "rate_limit"}
"""The tables whose rows are no data of the account for the audit log."""


async def events_of(api: Api, **arguments: Any) -> Any:
    """Returns a page of the audit log."""
    return (await api.run(EVENTS, **arguments))["auditEvents"]


def texts(value: Any) -> Iterator[str]:
    """Yields the texts of a client in a value, but for ids, enum values and single letters."""
    if isinstance(value, str):
        if len(value) > 1 and not ID_OR_ENUM.fullmatch(value):
            yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)


async def call(api: Api, name: str, given: dict[str, Any]) -> list[Any]:
    kind = f"{name[0].upper()}{name[1:]}Input"
    text = f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ errors {{ code message path }} }} }}"
    errors: list[Any] = (await api.run(text, input=given))[name]["errors"]
    return errors


async def test_each_mutation_that_wrote_something_is_one_row_and_no_other_is_any(api: Api) -> None:
    changes = await day_of_changes(api)
    made = await mutate(api, "createToken", "token { id }", name="Short-lived", scopes=["ADMIN"])
    changes.append(("revokeToken", {"id": made["token"]["id"]}))
    personal = {text for _, given in changes for text in texts(given)} - COMMON
    later, names = api.later(HOUR), dict[str, set[str]]()
    before = await stored_rows(api)

    for name, given in changes:
        for _ in range(2):  # what is repeated often writes nothing
            later = later.later(SECOND)
            errors = await call(later, name, given)
            after = await stored_rows(api)
            found = [row for row in after["audit_event"] if row not in before["audit_event"]]
            is_written = any(after[table] != before[table] for table in after.keys() - NO_DATA)
            assert (name, len(found), bool(errors) and is_written) == (name, int(is_written), False)
            for row in found:
                names.setdefault(name, set()).add(row["action"])
                assert (row["user_id"], row["token_id"]) == (api.caller.user_id, api.caller.token_id)
                assert (row["request_id"], row["ip_address"], row["occurred_at"]) == ("test", "192.0.2.7", later.now)
                assert not re.search(r"\d{5}", row["summary"])
                assert not [text for text in personal if re.search(rf"\b{re.escape(text)}\b", row["summary"])]
            before = after
        if name == "importContacts":
            await run_jobs(later)
            before = await stored_rows(api)

    assert names.keys() | {"validateCampaignContacts", *LEFT_OUT} == set(root_fields("Mutation"))
    assert all(len(actions) == 1 for actions in names.values())
    actions = {name: action for name, [action] in names.items()}
    assert actions == {
        **dict.fromkeys(("createContact", "bulkCreateContacts", "createContactList", "createCampaign"), "CREATE"),
    }
