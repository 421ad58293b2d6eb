"""Sends mutations, and builds the expected errors."""

from collections.abc import Iterable
from typing import Any

from tests.support.api_client import Api

ERRORS = (
    "errors { __typename code message path "
    "... on DuplicateContact { contact { id } } ... on PhoneError { value suggestion } "
    "... on StaleContact { version current: contact { id version } } }"
)
SUMMARY = "total imported valid invalid skipped rejected created updated optedOut addedToList"
NO_ROWS = dict.fromkeys(SUMMARY.split(), 0)
"""The summary of a batch without rows."""


async def mutate(api: Api, name: str, selected: str, /, **input: Any) -> Any:
    """Returns the payload of a mutation: the selected fields and its errors."""
    kind = name[0].upper() + name[1:]
    text = f"mutation ($input: {kind}Input!) {{ {name}(input: $input) {{ {selected} {ERRORS} }} }}"
    return (await api.run(text, input=input))[name]


async def create(api: Api, selected: str, /, *, if_exists: str = "ERROR", **contact: Any) -> Any:
    """Returns the payload of createContact; `selected` is the selection on the contact."""
    asked = f"outcome contact {{ {selected} }}"
    return await mutate(api, "createContact", asked, contact=contact, ifExists=if_exists)


async def bulk_create(api: Api, selected: str, rows: list[dict[str, Any]], **options: Any) -> Any:
    """Returns the payload of bulkCreateContacts; `selected` is the selection on each row's contact."""
    of_row = f"index outcome contact {{ {selected} }} {ERRORS.replace('errors', 'error')}"
    asked = f"summary {{ {SUMMARY} }} results {{ {of_row} }}"
    return await mutate(api, "bulkCreateContacts", asked, contacts=rows, **options)


async def record_messages(api: Api, *messages: dict[str, Any], selected: str = "externalId status") -> Any:
    """Returns the payload of recordMessages; `selected` is the selection on each row's message."""
    of_row = f"index outcome message {{ {selected} }} {ERRORS.replace('errors', 'error')}"
    asked = f"summary {{ total created updated skipped failed }} results {{ {of_row} }}"
    return await mutate(api, "recordMessages", asked, messages=list(messages))


async def report(api: Api, *messages: dict[str, Any]) -> list[str]:
    """Records messages and returns their outcomes."""
    answer = await record_messages(api, *messages)
    assert answer["errors"] == []
    return [row["outcome"] for row in answer["results"]]


async def update(api: Api, contact_id: str, selected: str, /, **changes: Any) -> Any:
    """Returns the payload of updateContact; `selected` is the selection on the contact."""
    return await mutate(api, "updateContact", f"contact {{ {selected} }}", contact={"id": contact_id}, **changes)


async def contact(api: Api, contact_id: str, selected: str) -> Any:
    """Returns the selected fields of a contact, in the trash or not; None if it does not exist."""
    return (await api.run(f"query ($id: ID!) {{ contact(by: {{id: $id}}) {{ {selected} }} }}", id=contact_id))[
        "contact"
    ]


async def contacts(api: Api, selected: str, **filter: Any) -> Any:
    """Returns the selected fields of the contacts that match the filter, ordered by number."""
    text = (
        "query ($filter: ContactFilter) "
        f"{{ contacts(first: 100, filter: $filter, orderBy: [{{field: PHONE}}]) {{ nodes {{ {selected} }} }} }}"
    )
    return (await api.run(text, filter=filter))["contacts"]["nodes"]


async def list_counts(api: Api) -> dict[str, int]:
    """Returns the contactCount of every list, by name."""
    found = await api.run("{ contactLists(first: 100) { nodes { name contactCount } } }")
    return {one["name"]: one["contactCount"] for one in found["contactLists"]["nodes"]}


async def tag_counts(api: Api) -> dict[str, int]:
    """Returns the contactCount of every tag in use, by name."""
    return {tag["name"]: tag["contactCount"] for tag in (await api.run("{ tags { name contactCount } }"))["tags"]}


async def trash(api: Api, ids: Iterable[str]) -> None:
    assert (await mutate(api, "trashContacts", "count", contacts={"ids": list(ids)}))["errors"] == []


async def purge(api: Api, ids: Iterable[str]) -> None:
    payload = await mutate(api, "purgeContacts", "count", contacts={"ids": list(ids)}, fromAnywhere=True)
    assert payload["errors"] == []


def refusal(code: str, message: str, *path: str) -> dict[str, Any]:
    return {"__typename": "InputError", "code": code, "message": message, "path": ["input", *path]}


def no_number(message: str, *path: str, value: str, suggestion: str | None = None) -> dict[str, Any]:
    """Returns the error for a text that is not a valid phone number."""
    told = refusal("INVALID_PHONE_NUMBER", message, *path)
    return told | {"__typename": "PhoneError", "value": value, "suggestion": suggestion}


def taken_number(holder: str, *path: str) -> dict[str, Any]:
    told = refusal("DUPLICATE_PHONE", "Another contact has this number.", *path)
    return told | {"__typename": "DuplicateContact", "contact": {"id": holder}}


def stale(contact_id: str, version: int, *, expected: int) -> dict[str, Any]:
    """Returns the error of updateContact for a contact that has another version than expected."""
    message = f"The contact has the version {version}, not {expected}. Read it again before you change it."
    told = refusal("STALE", message, "expectedVersion")
    current = {"id": contact_id, "version": version}
    return told | {"__typename": "StaleContact", "version": version, "current": current}


def taken_external_id(holder: str, *path: str) -> dict[str, Any]:
    told = refusal("DUPLICATE_EXTERNAL_ID", "Another contact has this external id.", *path)
    return told | {"__typename": "DuplicateContact", "contact": {"id": holder}}
