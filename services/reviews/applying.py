"""Adds the rows of a review to its campaign, if their classification has not changed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from models.db import database
from models.db.database import Row
from services.accounts import active_users
from services.accounts.authentication import Caller
from services.audit.recording import AuditAction
from services.campaigns import membership as campaign_membership, table as campaign_table
from services.campaigns.membership import AddResult, CampaignRow
from services.input import json_values
from services.input.text import to_single_line
from services.refusal import Code, Refusal, Refused, refuse
from services.reviews import facts as review_facts, storage as review_storage
from services.reviews.assignment import Assignees, RoundRobin
from services.reviews.classification import NEVER_SELECTABLE, SELECTED_BY_DEFAULT, Bucket, Flag, is_selectable
from services.reviews.entries import Entry, EntryIndex
from services.reviews.validation import apply_facts, load_assignees

MAX_INDEXES: Final = 10_000
_MAX_NAME: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewChoices:
    """Selects the entries to add by bucket, optionally only some indexes, and without excluded indexes.

    With neither buckets nor indexes, these are the entries that are selected by default.
    """

    buckets: Sequence[Bucket] | None = None
    indexes: Collection[int] | None = None
    except_indexes: Collection[int] = ()
    is_protection_overridden: bool = False


@dataclass(frozen=True, slots=True)
class Applied:
    """Outcomes of the selected entries.

    `entries` are those that are still in their bucket, in order, and `results` their outcomes. `changed` are the
    others, in their current state.
    """

    campaign_id: UUID
    entries: list[Entry]
    results: list[AddResult]
    changed: list[Entry]


async def apply(
    review_id: UUID, *, campaign_id: UUID | None, choices: ReviewChoices, caller: Caller, now: datetime
) -> Applied:
    """Classifies the selected entries again, and adds those whose bucket has not changed.

    The classification is for the user who requested the review.
    An entry whose contact is already in the campaign counts as unchanged. Raises Refused; nothing is written then.
    """
    _check(choices, caller)
    return await _apply(review_id, campaign_id=campaign_id, choices=choices, caller=caller, now=now)


def _check(choices: ReviewChoices, caller: Caller) -> None:
    refusals = []
    for place, bucket in enumerate(choices.buckets or ()):
        if bucket is Bucket.PROTECTED and choices.is_protection_overridden:
            continue
        if bucket in NEVER_SELECTABLE:
            hint = " without overrideProtection" if bucket is Bucket.PROTECTED else ""
            message = f"The rows in {bucket} can't be added to a campaign{hint}."
            refusals.append(Refusal(Code.INVALID, message, ("buckets", str(place))))
    for name, indexes in (("indexes", choices.indexes), ("exceptIndexes", choices.except_indexes)):
        if indexes is not None and len(indexes) > MAX_INDEXES:
            refusals.append(
                Refusal(
                    Code.TOO_MANY, f"The list has {len(indexes)} indexes; at most {MAX_INDEXES} are allowed.", (name,)
                )
            )
    if choices.is_protection_overridden and not caller.may_manage:
        refusals.append(Refusal(Code.FORBIDDEN, "This requires the role MANAGER or ADMIN.", ("overrideProtection",)))
    if refusals:
        raise Refused(*refusals)


@database.transactional
async def _apply(
    review_id: UUID, *, campaign_id: UUID | None, choices: ReviewChoices, caller: Caller, now: datetime
) -> Applied:
    account_id = caller.account_id
    review = await _review(account_id, review_id, now)
    target_id = await _campaign(account_id, review, campaign_id)
    assignees = load_assignees(review["people"])
    await _must_be_active(account_id, assignees)

    entries = await _entries(account_id, EntryIndex(review["directory"]), choices)
    phones = [str(entry.phone_number) for entry in entries]
    await review_facts.lock(phones, account_id=account_id)
    known = await review_facts.look_up(phones, settings=caller.settings, campaign_id=target_id, now=now)
    turns = RoundRobin(assignees)
    kept: list[Entry] = []
    changed: list[Entry] = []
    for entry in entries:
        facts = known.facts(str(entry.phone_number), assignees.you(entry.segment_id))
        present = replace(entry)
        apply_facts(present, facts)
        if facts.is_in_campaign or present.bucket is entry.bucket:
            kept.append(entry)
            continue
        present.target_user_id = None
        if is_selectable(present.bucket, present.flag_bits):
            present.target_user_id = turns.next_user(facts.owner_id, present.segment_id)
        changed.append(present)
    results = await campaign_membership.add(
        [_row(entry, assignees) for entry in kept],
        campaign_id=target_id,
        settings=caller.settings,
        is_protection_overridden=choices.is_protection_overridden,
        segment_dates=_dates(review),
        action=AuditAction.APPLY_REVIEW,
        now=now,
    )
    return Applied(target_id, kept, results, changed)


async def _review(account_id: UUID, review_id: UUID, now: datetime) -> Row:
    review = await database.fetch_one(
        "SELECT campaign_id, people, segments, directory FROM campaign_review "
        "WHERE account_id = $1 AND id = $2 AND expires_at > $3",
        account_id,
        review_id,
        now,
    )
    if review is None:
        raise refuse(Code.NOT_FOUND, "There is no such review. Reviews are deleted after a day.", "reviewId")
    return review


async def _campaign(account_id: UUID, review: Row, campaign_id: UUID | None) -> UUID:
    """Returns the id of the review's target campaign."""
    of_review: UUID | None = review["campaign_id"]
    if campaign_id is not None and await campaign_table.read(account_id, campaign_id) is None:
        raise campaign_membership.not_found("campaignId")
    if of_review is None and campaign_id is None:
        raise refuse(Code.REQUIRED, "The review has no campaign. Set campaignId.", "campaignId")
    if of_review is not None and campaign_id not in (None, of_review):
        raise refuse(Code.INVALID, "The review belongs to another campaign.", "campaignId")
    return of_review or campaign_id  # type: ignore[return-value]  # one of them is not None


async def _must_be_active(account_id: UUID, assignees: Assignees) -> None:
    """Refuses a review for an inactive user, for whom its rows can't be added any more."""
    if assignees.everybody - (await active_users.load_named(account_id, ids=assignees.everybody)).ids:
        message = "The review includes a user who is no longer active. Validate the rows again."
        raise refuse(Code.WRONG_STATE, message, "reviewId")


async def _entries(account_id: UUID, directory: EntryIndex, choices: ReviewChoices) -> list[Entry]:
    """Returns the selected entries in the order of the rows."""
    buckets = SELECTED_BY_DEFAULT if choices.buckets is None else choices.buckets
    left_out = set(choices.except_indexes)
    if choices.buckets is None and choices.indexes is None:
        left_out |= set(directory.find(buckets, [Flag.OPTED_OUT]))
    indexes = [index for index in directory.find(buckets, None) if index not in left_out]
    if choices.indexes is not None:
        narrowed = set(choices.indexes)
        indexes = [index for index in indexes if index in narrowed]
    if not indexes:
        return []
    places = {directory.review_id: directory.positions(indexes)}
    entries = (await review_storage.entries_at(account_id, places))[directory.review_id]
    return [entries[index] for index in indexes]


def _row(entry: Entry, assignees: Assignees) -> CampaignRow:
    problem = json_values.problem_with(entry.columns)
    return CampaignRow(
        phone=str(entry.phone_number),
        details={"extracted_data": entry.columns},
        contact_details={"first_name": _name(entry.first_name), "last_name": _name(entry.last_name)},
        owner_id=entry.target_user_id,
        users=assignees.you(entry.segment_id),
        assignee_id=entry.target_user_id,
        segment_id=entry.segment_id,
        refusals=() if problem is None else (problem,),
    )


def _name(text: str | None) -> str | None:
    """Normalizes a name for a contact, so that an invalid name does not exclude a person from the campaign."""
    return None if text is None else to_single_line(text, limit=_MAX_NAME)


def _dates(review: Row) -> dict[str, datetime | None]:
    return {
        segment["segment_id"]: segment["scheduled_date"] and datetime.fromisoformat(segment["scheduled_date"])
        for segment in review["segments"]
    }
