"""Payloads of the mutations of campaigns."""

from enum import Enum
from typing import Annotated

import strawberry

from schema.descriptions import BATCH_ERRORS, ERRORS, INDEX, JOB, ONLY, RESULTS, SUMMARY
from schema.errors import UserError
from schema.permissions import CanReadCampaigns, CanReadExistingCampaign
from schema.types.campaign import Campaign, CampaignContact
from schema.types.job import Job

_NEW_CAMPAIGN = "The campaign after the change; null if nothing was written."
_CAMPAIGN = f"{_NEW_CAMPAIGN} Requires the scope CAMPAIGNS_READ."


@strawberry.type(description="Result of createCampaign: the new campaign.")
class CreateCampaignPayload:
    campaign: Campaign | None = strawberry.field(description=_NEW_CAMPAIGN)
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="Result of updateCampaign: the changed campaign.")
class UpdateCampaignPayload:
    campaign: Campaign | None = strawberry.field(permission_classes=[CanReadCampaigns], description=_CAMPAIGN)
    job: Job | None = strawberry.field(
        description=(
            "Background job that adds the members of the lists if they are more than 10000; null if the mutation added "
            "them or there are none."
        )
    )
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="Result of deleteCampaign. The campaign's contacts and messages still exist.")
class DeleteCampaignPayload:
    deleted_id: strawberry.ID | None = strawberry.field(
        description="ID of the deleted campaign; null if there are errors."
    )
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.enum(description="Result of one row for a campaign.")
class CampaignContactOutcome(Enum):
    CREATED = strawberry.enum_value("CREATED", description="The row added a contact to the campaign.")
    UPDATED = strawberry.enum_value("UPDATED", description="The row changed an existing entry of the campaign.")
    SKIPPED_DUPLICATE = strawberry.enum_value(
        "SKIPPED_DUPLICATE", description="The contact is already in the campaign; its entry stays unchanged."
    )
    FAILED = strawberry.enum_value("FAILED", description="The row wrote nothing; its error says why.")


@strawberry.type(description="Counts of the rows by outcome. total is the sum of the others.")
class CampaignContactSummary:
    total: int = strawberry.field(description="Number of all rows: the sum of the other counts.")
    created: int = strawberry.field(description="Number of contacts added to the campaign.")
    updated: int = strawberry.field(description="Number of rows that changed an existing entry.")
    skipped_duplicate: int = strawberry.field(
        description="Number of rows whose contact was already in the campaign and stays unchanged."
    )
    failed: int = strawberry.field(description="Number of rows that wrote nothing because of an error.")


@strawberry.type(description="Result of one row of addCampaignContacts.")
class CampaignContactResult:
    index: int = strawberry.field(description=INDEX)
    outcome: CampaignContactOutcome = strawberry.field(description="Result of the row, such as CREATED.")
    phone: str | None = strawberry.field(description="Phone number as E.164; if it cannot be read, the text as sent.")
    campaign_contact: CampaignContact | None = strawberry.field(
        permission_classes=[CanReadExistingCampaign],
        description=(
            "The contact's entry in the campaign; null if the row failed. If it existed before the call, requires the "
            "scope CAMPAIGNS_READ."
        ),
    )
    existed: strawberry.Private[bool]
    error: UserError | None = strawberry.field(
        description=(
            "Reason for the failure: INVALID_PHONE_NUMBER, AMBIGUOUS, MISSING_CONTACT, MISSING_EMAIL, OPTED_OUT, "
            "CONTACT_PROTECTED or SERVER_ERROR, or TOO_LONG or INVALID for another value. Null if the row did not fail."
        )
    )


Only = Annotated[list[CampaignContactOutcome] | None, strawberry.argument(description=ONLY)]


@strawberry.type(description="Result of addCampaignContacts, row by row.")
class AddCampaignContactsPayload:
    summary: CampaignContactSummary | None = strawberry.field(description=SUMMARY)
    results_: strawberry.Private[list[CampaignContactResult]]
    campaign: Campaign | None = strawberry.field(permission_classes=[CanReadCampaigns], description=_CAMPAIGN)
    errors: list[UserError] = strawberry.field(description=BATCH_ERRORS)

    def _results(self, only: Only = strawberry.UNSET) -> list[CampaignContactResult]:
        if only is None or only is strawberry.UNSET:
            return self.results_
        return [result for result in self.results_ if result.outcome in only]

    results: list[CampaignContactResult] = strawberry.field(resolver=_results, description=RESULTS)


@strawberry.type(description="Result of removeCampaignContacts.")
class RemoveCampaignContactsPayload:
    count: int | None = strawberry.field(
        description="Number of contacts removed from the campaign; null if a background job removes them."
    )
    campaign: Campaign | None = strawberry.field(permission_classes=[CanReadCampaigns], description=_CAMPAIGN)
    job: Job | None = strawberry.field(default=None, description=JOB)
    errors: list[UserError] = strawberry.field(description=ERRORS)
