"""Sends rows to addCampaignContacts and returns the result of each row."""

from typing import Any

from tests.support.api_client import Api
from tests.support.mutations import mutate

PLACE = "name context extractedData externalId contact { phone name owner { name } } assignee { name } segmentId"
SUMMARY = "total created updated skippedDuplicate failed"
ERROR = "error { __typename code message path ... on PhoneError { value suggestion } }"
PROTECTED = "The contact was recently assigned to another user and is protected."


async def add(api: Api, campaign: str, *rows: dict[str, Any], selected: str = "", **options: Any) -> Any:
    """Returns the payload of addCampaignContacts; `selected` is the selection on each row's campaignContact."""
    place = f"campaignContact {{ {selected} }}" if selected else ""
    asked = (
        f"summary {{ {SUMMARY} }} results {{ index outcome phone {place} {ERROR} }} "
        "campaign { contactCount contacts { totalCount } }"
    )
    return await mutate(api, "addCampaignContacts", asked, campaignId=campaign, contacts=list(rows), **options)


async def outcomes(api: Api, campaign: str, *rows: dict[str, Any], **options: Any) -> list[str]:
    """Returns each row's outcome, or the error code of a failed row."""
    payload = await add(api, campaign, *rows, **options)
    assert payload["errors"] == []
    return [row["error"]["code"] if row["error"] else row["outcome"] for row in payload["results"]]


def row_result(index: int, outcome: str, phone: str | None, error: Any = None) -> dict[str, Any]:
    return {"index": index, "outcome": outcome, "phone": phone, "error": error}


def refused_batch(error: Any) -> dict[str, Any]:
    return {"summary": None, "results": [], "campaign": None, "errors": [error]}
