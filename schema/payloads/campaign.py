"""What mutations of campaigns answer."""

from enum import Enum
from typing import Annotated

import strawberry

from schema.errors import UserError
from schema.payloads.contact import ERRORS, JOB
from schema.types.campaign import Campaign, CampaignContact
from schema.types.job import Job

_CAMPAIGN = "The campaign as it is now; null where nothing was written."


@strawberry.type(description="A campaign, made or not.")
class CreateCampaignPayload:
    campaign: Campaign | None = strawberry.field(description=_CAMPAIGN)
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="A campaign, changed or not.")
class UpdateCampaignPayload:
    campaign: Campaign | None = strawberry.field(description=_CAMPAIGN)
    job: Job | None = strawberry.field(
        description=(
            "The job that takes the lists' members in, where they are more than 10000; else they are in already."
        )
    )
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="A campaign, deleted or not. Its contacts and its messages stay.")
class DeleteCampaignPayload:
    deleted_id: strawberry.ID | None = strawberry.field(description="The id that the campaign had.")
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.enum(description="How a row for a campaign ended.")
class CampaignContactOutcome(Enum):
    CREATED = strawberry.enum_value("CREATED", description="The contact came into the campaign.")
    UPDATED = strawberry.enum_value("UPDATED", description="It was there already and took the row over.")
    SKIPPED_DUPLICATE = strawberry.enum_value(
        "SKIPPED_DUPLICATE", description="It was there already and stays as it is."
    )
    FAILED = strawberry.enum_value("FAILED", description="Nothing of the row was written; its error says why.")


@strawberry.type(description="The rows, counted by how they ended.")
class CampaignContactSummary:
    total: int = strawberry.field(description="The rows given: the sum of the others.")
    created: int = strawberry.field(description="Contacts that came into the campaign.")
    updated: int = strawberry.field(description="Rows that a contact in the campaign took over.")
    skipped_duplicate: int = strawberry.field(description="Rows whose contact was there already and stays as it is.")
    failed: int = strawberry.field(description="Rows of which nothing was written.")


@strawberry.type(description="How one row ended.")
class CampaignContactResult:
    index: int = strawberry.field(description="The row's place in the input, from 0.")
    outcome: CampaignContactOutcome = strawberry.field(description="How it ended.")
    phone: str | None = strawberry.field(description="The number as read, in E.164; else as given.")
    campaign_contact: CampaignContact | None = strawberry.field(
        description="The contact's place in the campaign; null where the row failed."
    )
    error: UserError | None = strawberry.field(
        description=(
            "Why it failed: INVALID_PHONE_NUMBER, MISSING_CONTACT, MISSING_EMAIL, OPTED_OUT, CONTACT_PROTECTED or "
            "SERVER_ERROR; TOO_LONG or INVALID for any other value that can't be kept."
        )
    )


Only = Annotated[
    list[CampaignContactOutcome] | None, strawberry.argument(description="Only rows that ended in one of these.")
]


@strawberry.type(description="How each row ended.")
class AddCampaignContactsPayload:
    summary: CampaignContactSummary | None = strawberry.field(
        description="All rows counted; null where none was looked at."
    )
    results_: strawberry.Private[list[CampaignContactResult]]
    campaign: Campaign | None = strawberry.field(description=_CAMPAIGN)
    errors: list[UserError] = strawberry.field(description="What is wrong with the batch as a whole.")

    def _results(self, only: Only = strawberry.UNSET) -> list[CampaignContactResult]:
        if only is None or only is strawberry.UNSET:
            return self.results_
        return [result for result in self.results_ if result.outcome in only]

    results: list[CampaignContactResult] = strawberry.field(
        resolver=_results, description="The rows in input order, or those that ended so."
    )


@strawberry.type(description="What left a campaign.")
class RemoveCampaignContactsPayload:
    count: int | None = strawberry.field(description="Contacts that were in it. Null where a job goes on with it.")
    campaign: Campaign | None = strawberry.field(description=_CAMPAIGN)
    job: Job | None = strawberry.field(default=None, description=JOB)
    errors: list[UserError] = strawberry.field(description=ERRORS)
