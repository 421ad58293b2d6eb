"""Payloads of the mutations of the Review step."""

import strawberry

from schema.descriptions import ERRORS
from schema.errors import UserError
from schema.payloads.campaign import CampaignContactSummary
from schema.permissions import CanReadCampaigns, CanReadContacts
from schema.types.campaign import Campaign
from schema.types.campaign_review import CampaignReview, ReviewEntry


@strawberry.type(description="Result of validateCampaignContacts: the review.")
class ValidateCampaignContactsPayload:
    review: CampaignReview | None = strawberry.field(description="The classified rows; null if there are errors.")
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="Result of applyCampaignReview: the rows added to the campaign, and the rows left out.")
class ApplyCampaignReviewPayload:
    summary: CampaignContactSummary | None = strawberry.field(
        description="Counts of the selected rows without `changed`; null if there are errors."
    )
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
