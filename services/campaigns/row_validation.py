"""Parses and validates the input rows of a campaign. Pure functions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from services.accounts.settings import AccountSettings
from services.campaigns.membership import CampaignRow
from services.input import json_values
from services.input.field_readers import Field, a_text, read_fields
from services.input.phone_input import number
from services.refusal import Refusal, Refused

MAX_NAME = 200
MAX_CONTEXT = 10_000
MAX_EXTERNAL_ID = 200


def _object(value: Mapping[str, Any]) -> Mapping[str, Any]:
    if (problem := json_values.problem_with(value)) is not None:
        raise Refused(problem)
    return value


_DETAILS = {
    "name": Field("name", a_text(MAX_NAME), is_nullable=True),
    "context": Field("context", a_text(MAX_CONTEXT, is_multiline=True), is_nullable=True),
    "extracted_data": Field("extractedData", _object, is_nullable=True),
    "external_id": Field("externalId", a_text(MAX_EXTERNAL_ID), is_nullable=True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignRowInput:
    """An input row. `details` contains the given fields among name, context, extracted_data and external_id."""

    phone: str | None
    region: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


def read_row(given: CampaignRowInput, settings: AccountSettings, user_id: UUID | None) -> CampaignRow:
    """Parses a row that a user (None: an integration) adds to a campaign. Errors are in its `refusals`.

    If a contact must be created for the row, it also gets the row's name.
    """
    refusals: list[Refusal] = []
    phone = ""
    try:
        phone = number(given.phone, region=given.region, settings=settings, path="contact")
    except Refused as refused:
        refusals += refused.refusals
    details: dict[str, Any] = {}
    try:
        details = read_fields(given.details, _DETAILS)
    except Refused as refused:
        refusals += refused.refusals
    return CampaignRow(
        phone=phone,
        details=details,
        contact_details={"name": details.get("name")},
        owner_id=user_id,
        users=() if user_id is None else (user_id,),
        refusals=refusals,
    )
