"""What the mutations of the Review step answer."""

import strawberry

from schema.errors import UserError
from schema.payloads.campaign import CampaignContactSummary
from schema.payloads.contact import ERRORS
from schema.types.campaign import Campaign
from schema.types.campaign_review import CampaignReview, ReviewEntry


@strawberry.type(description="The rows, sorted; or why they were not.")
class ValidateCampaignContactsPayload:
    review: CampaignReview | None = strawberry.field(description="What was found; null where there are errors.")
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="What came into the campaign.")
class ApplyCampaignReviewPayload:
    summary: CampaignContactSummary | None = strawberry.field(
        description="The wanted rows without the changed ones, counted; null where there are errors."
    )
    changed: list[ReviewEntry] = strawberry.field(
        description=(
            "Rows that fall into another bucket than they did at the review, as they are now; they were left out, and "
            "the summary does not count them."
        )
    )
    review: CampaignReview | None = strawberry.field(description="The review, as it was made.")
    campaign: Campaign | None = strawberry.field(description="The campaign as it is now.")
    errors: list[UserError] = strawberry.field(description=ERRORS)
