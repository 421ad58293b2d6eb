"""Payloads of the mutations of the Review step."""

from typing import Annotated

import strawberry

from schema.descriptions import ERRORS
from schema.errors import UserError
from schema.payloads.campaign import CampaignContactOutcome, CampaignContactResult, CampaignContactSummary
from schema.permissions import CanReadCampaigns, CanReadContacts
from schema.types.campaign import Campaign
from schema.types.campaign_review import CampaignReview, ReviewEntry

_NOT_ADDED = (CampaignContactOutcome.SKIPPED_DUPLICATE, CampaignContactOutcome.FAILED)
Only = Annotated[
    list[CampaignContactOutcome] | None,
    strawberry.argument(description="Returns only results with these outcomes; SKIPPED_DUPLICATE and FAILED if unset."),
]


@strawberry.type(description="Result of validateCampaignContacts: the review.")
class ValidateCampaignContactsPayload:
    review: CampaignReview | None = strawberry.field(description="The classified rows; null if there are errors.")
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="Result of applyCampaignReview: the rows added to the campaign, and the rows left out.")
class ApplyCampaignReviewPayload:
    summary: CampaignContactSummary | None = strawberry.field(
        description="Counts of the selected rows without `changed`; null if there are errors."
    )
    results_: strawberry.Private[list[CampaignContactResult]]
    changed: list[ReviewEntry] = strawberry.field(
        description=(
            "Rows that are now in another bucket than at the review, in their current state. They were not added, and "
            "summary does not count them. Empty without the scopes CAMPAIGNS_READ and CONTACTS_READ."
        )
    )
    review: CampaignReview | None = strawberry.field(
        permission_classes=[CanReadCampaigns, CanReadContacts],
        description=(
            "The review as it was created; null if there are errors. Requires the scopes CAMPAIGNS_READ and "
            "CONTACTS_READ."
        ),
    )
    campaign: Campaign | None = strawberry.field(
        permission_classes=[CanReadCampaigns],
        description="The campaign after the change; null if there are errors. Requires the scope CAMPAIGNS_READ.",
    )
    errors: list[UserError] = strawberry.field(description=ERRORS)

    def _results(self, only: Only = strawberry.UNSET) -> list[CampaignContactResult]:
        wanted = _NOT_ADDED if only is None or only is strawberry.UNSET else only
        return [result for result in self.results_ if result.outcome in wanted]

    results: list[CampaignContactResult] = strawberry.field(
        resolver=_results,
        description=(
            "The selected rows that were not added and the reasons, in row order, without `changed`. index is the one "
            "of the review. phone is null without the scopes CAMPAIGNS_READ and CONTACTS_READ."
        ),
    )
