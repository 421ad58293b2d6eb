"""Runs the Review step."""

from collections.abc import Sequence
from typing import Any

from models.db import database
from tests.support.api_client import MONDAY, Api
from tests.support.mutations import mutate
from tests.support.rows import insert

NOBODY = "usr_01jd8vq0c5fj2v7wq1x3ynm8za"
PHONES = [f"071200000{place}" for place in range(10)]

LISTS = {
    "newContacts": "NEW",
    "existingContacts": "EXISTING",
    "assignedToOtherUsers": "ASSIGNED_TO_OTHER_USERS",
    "alreadyMessagedOutbound": "ALREADY_MESSAGED_OUTBOUND",
    "alreadyMessagedInbound": "ALREADY_MESSAGED_INBOUND",
    "assignedToYouNotOwned": "ASSIGNED_TO_YOU_NOT_OWNED",
    "protectedContacts": "PROTECTED",
    "invalidContacts": "INVALID",
    "duplicateContacts": "DUPLICATE",
}
"""The lists of a review, each with its bucket."""
COUNTS = f"counts {{ total {' '.join(LISTS)} optedOut }}"
ENTRY = """
id index bucket phoneNumber firstName lastName columns contact { id } flags protectedUntil lastInboundAt lastOutboundAt
segmentId targetUser { id } isSelectedByDefault isSelectable duplicateOfIndex
error { __typename code message path ... on PhoneError { value suggestion } }
"""
BY_BUCKET = " ".join(f"{name} {{ {ENTRY} }}" for name in LISTS)


def rows(*phones: str | None) -> list[dict[str, Any]]:
    """Returns rows that have only a phone number."""
    return [{"phoneNumber": phone} for phone in phones]


async def validate(api: Api, contacts: Sequence[Any], selected: str = f"id {COUNTS}", **more: Any) -> Any:
    """Returns the selected fields of the review of these rows."""
    payload = await mutate(api, "validateCampaignContacts", f"review {{ {selected} }}", contacts=contacts, **more)
    assert payload["errors"] == []
    return payload["review"]


async def validation_errors(api: Api, contacts: Sequence[Any], **more: Any) -> list[Any]:
    """Returns the errors of validateCampaignContacts for a refused request."""
    payload = await mutate(api, "validateCampaignContacts", "review { id }", contacts=contacts, **more)
    assert payload["review"] is None
    return list(payload["errors"])


async def entries(api: Api, contacts: Sequence[Any], selected: str, **more: Any) -> list[Any]:
    """Returns the selected fields of each row's entry, in row order."""
    review = await validate(api, contacts, f"entries(first: 100) {{ nodes {{ {selected} }} }}", **more)
    return list(review["entries"]["nodes"])


async def buckets(api: Api, contacts: Sequence[Any], **more: Any) -> list[str]:
    """Returns the bucket of each row."""
    return [entry["bucket"] for entry in await entries(api, contacts, "bucket", **more)]


async def apply(api: Api, review_id: str, selected: str = "", **more: Any) -> Any:
    """Returns the payload of applyCampaignReview."""
    asked = (
        "summary { total created updated skippedDuplicate failed } changed { index bucket } "
        f"campaign {{ contactCount }} {selected}"
    )
    return await mutate(api, "applyCampaignReview", asked, reviewId=review_id, **more)


async def store_message_times(api: Api, phone: str, **instants: Any) -> None:
    """Stores the instants of a number's last messages, as recordMessages does."""
    await insert("phone_history", account_id=api.account_id, phone=phone, **instants)


async def set_owner(api: Api, contact_id: str, owner_id: str | None) -> None:
    """Sets or clears a contact's owner at the caller's time."""
    payload = await mutate(api, "assignContacts", "count", contacts={"ids": [contact_id]}, ownerId=owner_id)
    assert payload["errors"] == []


async def assign_users(api: Api, contact_id: str, *user_ids: str) -> None:
    payload = await mutate(api, "assignContacts", "count", contacts={"ids": [contact_id]}, addAssigneeIds=user_ids)
    assert payload["errors"] == []


async def count_of(table: str, api: Api) -> int:
    row = await database.fetch_one(f"SELECT count(*) FROM {table} WHERE account_id = $1", api.account_id)
    assert row is not None
    return int(row[0])


AT = MONDAY


def segments(*pairs: tuple[str, int]) -> dict[str, Any]:
    return {
        "enabled": True,
        "contactDistribution": [{"segmentId": name, "contactCount": count} for name, count in pairs],
    }
