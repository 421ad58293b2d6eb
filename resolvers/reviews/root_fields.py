"""The review of campaign contacts: classifies rows, returns kept reviews, and adds reviewed rows to a campaign."""

from collections.abc import Sequence
from typing import Annotated, Any, cast
from uuid import UUID

import strawberry
from strawberry import UNSET

from models.db.sql import MARK, Sql
from resolvers.campaigns.membership import summary
from resolvers.campaigns.queries import shown
from resolvers.decoding import as_top_level, decode_id, decode_ids, given, misfits
from resolvers.query.row_queries import of_id, row
from resolvers.query.tables import CAMPAIGN_REVIEWS
from schema.context import Context, Info
from schema.errors import to_user_errors
from schema.execution import Selection, selection
from schema.ids import Prefix
from schema.inputs.campaign_review import (
    ApplyCampaignReviewInput,
    AssignmentConfigInput,
    ReviewContactInput,
    SegmentationConfigInput,
    ValidateCampaignContactsInput,
)
from schema.payloads.campaign_review import ApplyCampaignReviewPayload, ValidateCampaignContactsPayload
from schema.types.campaign_review import CampaignReview
from services.refusal import Refused
from services.reviews import application as review_application, validation as reviewing
from services.reviews.application import Wanted
from services.reviews.assignment import AssignmentType, Segment
from services.reviews.classification import Bucket
from services.reviews.configuration import Assignment, Configuration
from services.reviews.entries import Review
from services.reviews.validation import GivenRow

ReviewId = Annotated[strawberry.ID, strawberry.argument(description="ID of the campaign review; starts with rev_.")]
Validate = Annotated[
    ValidateCampaignContactsInput,
    strawberry.argument(description="Rows to classify, and the users who would message them."),
]
Apply = Annotated[
    ApplyCampaignReviewInput, strawberry.argument(description="Review, and the rows to add to its campaign.")
]


async def campaign_review(info: Info, id: ReviewId) -> CampaignReview | None:
    with as_top_level():
        review_id = decode_id(Prefix.CAMPAIGN_REVIEW, id, "id")
    return await _kept(info, selection(info), review_id)


async def validate_campaign_contacts(info: Info, input: Validate) -> ValidateCampaignContactsPayload:
    context = info.context
    try:
        review = await reviewing.validate(
            _rows(input.contacts),
            caller=context.caller,
            campaign_id=_campaign_id(input.campaign_id),
            region=given(input.region),
            configuration=Configuration(
                segments=_segments(given(input.segmentation_config)),
                assignment=_assignment(given(input.assignment_config)),
            ),
            now=context.now,
        )
    except Refused as refused:
        return ValidateCampaignContactsPayload(review=None, errors=to_user_errors(refused.refusals, "input"))
    return ValidateCampaignContactsPayload(review=_at_hand(review), errors=[])


async def apply_campaign_review(info: Info, input: Apply) -> ApplyCampaignReviewPayload:
    context, asked = info.context, selection(info)
    try:
        review_id = decode_id(Prefix.CAMPAIGN_REVIEW, input.review_id, "reviewId")
        applied = await review_application.apply(
            review_id,
            campaign_id=_campaign_id(input.campaign_id),
            wanted=Wanted(
                buckets=_buckets(given(input.buckets)),
                indexes=given(input.indexes),
                except_indexes=given(input.except_indexes) or (),
                is_protection_overridden=input.override_protection,
            ),
            caller=context.caller,
            now=context.now,
        )
    except Refused as refused:
        errors = to_user_errors(refused.refusals, "input")
        return ApplyCampaignReviewPayload(summary=None, changed=[], review=None, campaign=None, errors=errors)
    return ApplyCampaignReviewPayload(
        summary=summary(applied.placed),
        changed=cast(Any, applied.changed),
        review=await _kept(info, asked.under("review"), review_id),
        campaign=await shown(info, asked.under("campaign"), applied.campaign_id),
        errors=[],
    )


def _rows(rows: Sequence[ReviewContactInput]) -> list[GivenRow]:
    # Inline instead of calls of `given`, because there can be 10,000 rows.
    return [
        GivenRow(
            None if row.phone_number is UNSET else row.phone_number,
            None if row.first_name is UNSET else row.first_name,
            None if row.last_name is UNSET else row.last_name,
            row.columns or {},
            misfits(row)[0] if row.misfits else None,
        )
        for row in rows
    ]


def _campaign_id(text: str | None) -> UUID | None:
    return None if given(text) is None else decode_id(Prefix.CAMPAIGN, str(text), "campaignId")


def _buckets(wanted: Sequence[Any] | None) -> list[Bucket] | None:
    return None if wanted is None else [Bucket(bucket.value) for bucket in wanted]


def _segments(config: SegmentationConfigInput | None) -> list[Segment] | None:
    """Returns the segments; None if segmentation is off. Then its other fields are ignored."""
    if config is None or not config.enabled:
        return None
    return [
        Segment(segment.segment_id, segment.contact_count, given(segment.scheduled_date))
        for segment in given(config.contact_distribution) or ()
    ]


def _assignment(config: AssignmentConfigInput | None) -> Assignment | None:
    """Returns the assignment; None if assignment is off. Then its other fields are ignored.

    Raises Refused with INVALID_ID.
    """
    if config is None or not config.is_assignment_enabled:
        return None
    kind, path = given(config.assignment_type), ("assignmentConfig", "segmentAssignments")
    return Assignment(
        kind=None if kind is None else AssignmentType(kind.value),
        selected=decode_ids(Prefix.USER, given(config.selected_users) or (), "assignmentConfig", "selectedUsers"),
        per_segment=[
            (one.segment_id, decode_ids(Prefix.USER, one.user_ids, *path, str(place), "userIds"))
            for place, one in enumerate(given(config.segment_assignments) or ())
        ],
    )


def _at_hand(review: Review) -> CampaignReview:
    """Returns a new review as a row. Its entries are read from the review, not from the database."""
    found = {
        "id": review.id,
        "campaign_id": review.campaign_id,
        "counts": review.counts,
        "directory": review,
        "created_at": review.created_at,
        "expires_at": review.expires_at,
    }
    return cast(CampaignReview, found)


def is_kept(context: Context) -> Sql:
    """Returns the condition that a review has not expired. Expired reviews are invisible even before the purge."""
    return Sql(f"campaign_review.expires_at > {MARK}", (context.now,))


async def _kept(info: Info, asked: Selection, review_id: UUID) -> CampaignReview | None:
    if not asked:
        return None
    where = of_id(CAMPAIGN_REVIEWS, info.context.account_id, review_id) & is_kept(info.context)
    return cast(CampaignReview | None, await row(CAMPAIGN_REVIEWS, asked.columns, where))
