"""The review of campaign contacts: classifies rows, returns kept reviews, and adds reviewed rows to a campaign."""

from collections.abc import Sequence
from typing import Annotated, Any, cast
from uuid import UUID

import strawberry
from strawberry import UNSET

from models.db.sql import MARK, Sql
from resolvers.campaigns.membership import PlacedRow, load_results, summary
from resolvers.campaigns.queries import load_selected
from resolvers.decoding import as_top_level, decode_id, decode_ids, misfits, or_none
from resolvers.query.row_queries import of_id, row
from resolvers.query.tables import CAMPAIGN_REVIEWS
from schema.context import Context, Info
from schema.errors import to_user_errors
from schema.execution import Selection, selection
from schema.ids import IdPrefix
from schema.inputs.campaign_review import (
    ApplyCampaignReviewInput,
    AssignmentConfigInput,
    ReviewContactInput,
    SegmentationConfigInput,
    ValidateCampaignContactsInput,
)
from schema.payloads.campaign_review import ApplyCampaignReviewPayload, ValidateCampaignContactsPayload
from schema.types.campaign_review import CampaignReview
from services.accounts.authentication import Scope
from services.refusal import Refused
from services.reviews import applying as review_application, validation as review_validation
from services.reviews.applying import Applied, ReviewChoices
from services.reviews.assignment import AssignmentType, Segment
from services.reviews.classification import Bucket
from services.reviews.configuration import Assignment, Configuration
from services.reviews.entries import Review
from services.reviews.validation import ReviewRowInput

ReviewId = Annotated[strawberry.ID, strawberry.argument(description="ID of the campaign review; starts with rev_.")]
Validate = Annotated[
    ValidateCampaignContactsInput,
    strawberry.argument(description="Rows to classify, and the users who would message them."),
]
Apply = Annotated[
    ApplyCampaignReviewInput, strawberry.argument(description="Review, and the rows to add to its campaign.")
]


READ_SCOPES = (Scope.CAMPAIGNS_READ, Scope.CONTACTS_READ)
"""The scopes that reading a review requires."""


async def campaign_review(info: Info, id: ReviewId) -> CampaignReview | None:
    with as_top_level():
        review_id = decode_id(IdPrefix.CAMPAIGN_REVIEW, id, "id")
    return await _unexpired(info, selection(info), review_id)


async def validate_campaign_contacts(info: Info, input: Validate) -> ValidateCampaignContactsPayload:
    context = info.context
    try:
        review = await review_validation.validate(
            _rows(input.contacts),
            caller=context.caller,
            campaign_id=_campaign_id(input.campaign_id),
            region=or_none(input.region),
            configuration=Configuration(
                segments=_segments(or_none(input.segmentation_config)),
                assignment=_assignment(or_none(input.assignment_config)),
            ),
            now=context.now,
        )
    except Refused as refused:
        return ValidateCampaignContactsPayload(review=None, errors=to_user_errors(refused.refusals, "input"))
    return ValidateCampaignContactsPayload(review=_from_memory(review), errors=[])


async def apply_campaign_review(info: Info, input: Apply) -> ApplyCampaignReviewPayload:
    context, selected = info.context, selection(info)
    try:
        review_id = decode_id(IdPrefix.CAMPAIGN_REVIEW, input.review_id, "reviewId")
        applied = await review_application.apply(
            review_id,
            campaign_id=_campaign_id(input.campaign_id),
            choices=ReviewChoices(
                buckets=_buckets(or_none(input.buckets)),
                indexes=or_none(input.indexes),
                except_indexes=or_none(input.except_indexes) or (),
                is_protection_overridden=input.override_protection,
            ),
            caller=context.caller,
            now=context.now,
        )
    except Refused as refused:
        errors = to_user_errors(refused.refusals, "input")
        return ApplyCampaignReviewPayload(
            summary=None, results_=[], changed=[], review=None, campaign=None, errors=errors
        )
    may_read = all(map(context.caller.may, READ_SCOPES))
    return ApplyCampaignReviewPayload(
        summary=summary(applied.results),
        results_=await load_results(info, selected.under("results"), _placed(applied, may_read=may_read)),
        changed=cast(Any, applied.changed) if may_read else [],
        review=await _unexpired(info, selected.under("review"), review_id),
        campaign=await load_selected(info, selected.under("campaign"), applied.campaign_id),
        errors=[],
    )


def _placed(applied: Applied, *, may_read: bool) -> list[PlacedRow]:
    return [
        PlacedRow(entry.index, entry.phone_number if may_read else None, ("reviewId",), result)
        for entry, result in zip(applied.entries, applied.results, strict=True)
    ]


def _rows(rows: Sequence[ReviewContactInput]) -> list[ReviewRowInput]:
    # Inline instead of calls of `given`, because there can be 10,000 rows.
    return [
        ReviewRowInput(
            None if row.phone_number is UNSET else row.phone_number,
            None if row.first_name is UNSET else row.first_name,
            None if row.last_name is UNSET else row.last_name,
            row.columns or {},
            misfits(row)[0] if row.misfits else None,
        )
        for row in rows
    ]


def _campaign_id(text: str | None) -> UUID | None:
    return None if or_none(text) is None else decode_id(IdPrefix.CAMPAIGN, str(text), "campaignId")


def _buckets(buckets: Sequence[Any] | None) -> list[Bucket] | None:
    return None if buckets is None else [Bucket(bucket.value) for bucket in buckets]


def _segments(config: SegmentationConfigInput | None) -> list[Segment] | None:
    """Returns the segments; None if segmentation is off. Then its other fields are ignored."""
    if config is None or not config.enabled:
        return None
    return [
        Segment(segment.segment_id, segment.contact_count, or_none(segment.scheduled_date))
        for segment in or_none(config.contact_distribution) or ()
    ]


def _assignment(config: AssignmentConfigInput | None) -> Assignment | None:
    """Returns the assignment; None if assignment is off. Then its other fields are ignored.

    Raises Refused with INVALID_ID.
    """
    if config is None or not config.is_assignment_enabled:
        return None
    kind, path = or_none(config.assignment_type), ("assignmentConfig", "segmentAssignments")
    return Assignment(
        kind=None if kind is None else AssignmentType(kind.value),
        selected=decode_ids(IdPrefix.USER, or_none(config.selected_users) or (), "assignmentConfig", "selectedUsers"),
        per_segment=[
            (one.segment_id, decode_ids(IdPrefix.USER, one.user_ids, *path, str(place), "userIds"))
            for place, one in enumerate(or_none(config.segment_assignments) or ())
        ],
    )


def _from_memory(review: Review) -> CampaignReview:
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


def is_unexpired(context: Context) -> Sql:
    """Returns the condition that a review has not expired. Expired reviews are invisible even before the purge."""
    return Sql(f"campaign_review.expires_at > {MARK}", (context.now,))


async def _unexpired(info: Info, selected: Selection, review_id: UUID) -> CampaignReview | None:
    if not selected:
        return None
    where = of_id(CAMPAIGN_REVIEWS, info.context.account_id, review_id) & is_unexpired(info.context)
    return cast(CampaignReview | None, await row(CAMPAIGN_REVIEWS, selected.columns, where))
