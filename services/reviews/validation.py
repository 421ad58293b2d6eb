"""The Review step: classifies the rows of a file into buckets and stores the result for one day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from models.db import database
from services.accounts.authentication import Caller
from services.accounts.settings import AccountSettings
from services.campaigns import table as campaign_table
from services.input.phone_input import check_region, read_number, refusal_of
from services.phones.numbers import PhoneProblem, identity
from services.refusal import Code, Refusal, Refused, refuse
from services.reviews import configuration as review_configuration, facts as review_facts, storage as review_storage
from services.reviews.assignment import Assignees, RoundRobin, Segment, assign_segments
from services.reviews.classification import Bucket, Facts, classify, flags, is_selectable, protected_from_you_until
from services.reviews.configuration import Configuration
from services.reviews.entries import Entry, Review
from services.reviews.storage import Unstorable

MAX_ROWS: Final = 10_000


@dataclass(slots=True)  # not frozen: a call creates up to 10,000 instances, and frozen ones are slower to create
class ReviewRowInput:
    """A row of the caller's file. `columns` contains its other cells. `refusal` is an error that was found earlier."""

    phone_number: str | None
    first_name: str | None
    last_name: str | None
    columns: dict[str, Any]
    refusal: Refusal | None = None


async def validate(
    rows: Sequence[ReviewRowInput],
    *,
    caller: Caller,
    campaign_id: UUID | None,
    region: str | None,
    configuration: Configuration,
    now: datetime,
) -> Review:
    """Classifies the rows for the caller, and stores and returns the review. No other data of the account changes.

    Raises Refused, and then stores nothing.
    """
    settings = caller.settings
    _check_rows(rows, region)
    assignees = review_configuration.people(configuration, caller)
    await _check_names(settings.account_id, campaign_id, configuration)

    review = Review(database.uuid7(now), campaign_id, now, [])
    segments = configuration.segments or ()
    review.people, review.segments = dump_assignees(assignees), [_kept_segment(segment) for segment in segments]
    review.entries = read_entries(review.id, rows, region or settings.default_region, settings)
    candidates = [entry for entry in review.entries if entry.bucket is Bucket.NEW]
    for entry, segment_id in zip(candidates, assign_segments(segments, len(candidates)), strict=True):
        entry.segment_id = segment_id
    known = await review_facts.look_up(
        [str(entry.phone_number) for entry in candidates], settings=settings, campaign_id=campaign_id, now=now
    )
    _sort(candidates, known, assignees)
    _copy_to_duplicates(review.entries)
    try:
        await review_storage.store(settings.account_id, review)
    except Unstorable as error:
        path = ("contacts", str(error.index), "columns")
        raise refuse(Code.INVALID, "Whole numbers must fit into 64 bits.", *path) from None
    return review


def _check_rows(rows: Sequence[ReviewRowInput], region: str | None) -> None:
    if not rows:
        raise refuse(Code.REQUIRED, "There must be at least one row.", "contacts")
    if len(rows) > MAX_ROWS:
        raise refuse(Code.TOO_MANY, f"At most {MAX_ROWS} rows, not {len(rows)}.", "contacts")
    check_region(region)


async def _check_names(account_id: UUID, campaign_id: UUID | None, configuration: Configuration) -> None:
    refusals: list[Refusal] = []
    if campaign_id is not None and await campaign_table.read(account_id, campaign_id) is None:
        refusals.append(Refusal(Code.NOT_FOUND, "There is no such campaign.", ("campaignId",)))
    refusals += await review_configuration.unknown_users(configuration, account_id)
    if refusals:
        raise Refused(*refusals)


def read_entries(
    review_id: UUID, rows: Sequence[ReviewRowInput], region: str | None, settings: AccountSettings
) -> list[Entry]:
    """Parses the rows' numbers. Each entry is INVALID or DUPLICATE, or else NEW until it is classified."""
    seen: dict[str, int] = {}
    entries = []
    for index, row in enumerate(rows):
        entry = Entry(review_id, index, Bucket.NEW, None, row.first_name, row.last_name, row.columns)
        entries.append(entry)
        if row.refusal is not None:
            _refuse(entry, row, row.refusal)
            continue
        number = read_number(row.phone_number, region=region, settings=settings)
        if isinstance(number, PhoneProblem):
            _refuse(entry, row, refusal_of(number).under("phoneNumber"))
            continue
        entry.phone_number = number
        first = seen.setdefault(identity(number), index)
        if first != index:
            entry.bucket, entry.duplicate_of_index = Bucket.DUPLICATE, first
    return entries


def _refuse(entry: Entry, row: ReviewRowInput, refusal: Refusal) -> None:
    entry.bucket = Bucket.INVALID
    entry.phone_number = refusal.value if row.phone_number is None else row.phone_number
    entry.problem = (refusal.code.value, refusal.message, refusal.value, refusal.suggestion, *refusal.path)


def _sort(candidates: Sequence[Entry], known: review_facts.Known, assignees: Assignees) -> None:
    """Sets the bucket, flags, facts and target user of each candidate."""
    turns = RoundRobin(assignees)
    you = {segment_id: assignees.you(segment_id) for segment_id in {entry.segment_id for entry in candidates}}
    for entry in candidates:
        facts = known.facts(str(entry.phone_number), you[entry.segment_id])
        apply_facts(entry, facts)
        if is_selectable(entry.bucket, entry.flag_bits):
            entry.target_user_id = turns.next_user(facts.owner_id, entry.segment_id)


def apply_facts(entry: Entry, facts: Facts) -> None:
    """Sets the fields of an entry that follow from the facts, except the target user."""
    entry.bucket = classify(facts)
    entry.flag_bits = flags(facts)
    entry.contact_id = facts.contact_id
    entry.protected_until = protected_from_you_until(facts)
    entry.last_inbound_at = facts.last_inbound_at
    entry.last_outbound_at = facts.last_outbound_at


def _copy_to_duplicates(entries: Sequence[Entry]) -> None:
    """Copies the flags and facts of the first row with a number to the other rows with that number."""
    for entry in entries:
        if entry.duplicate_of_index is not None:
            first = entries[entry.duplicate_of_index]
            entry.flag_bits, entry.contact_id = first.flag_bits, first.contact_id
            entry.protected_until = first.protected_until
            entry.last_inbound_at, entry.last_outbound_at = first.last_inbound_at, first.last_outbound_at


# ------------------------------------------------------------------ stored input of a review


def dump_assignees(assignees: Assignees) -> dict[str, Any]:
    return {
        "caller": _text(assignees.caller_id),
        "is_assignment_enabled": assignees.is_assignment_enabled,
        "selected": [str(user_id) for user_id in assignees.selected],
        "by_segment": {segment: [str(user_id) for user_id in of] for segment, of in assignees.by_segment.items()},
    }


def load_assignees(stored: Mapping[str, Any]) -> Assignees:
    return Assignees(
        UUID(stored["caller"]) if stored["caller"] else None,
        is_assignment_enabled=stored["is_assignment_enabled"],
        selected=tuple(map(UUID, stored["selected"])),
        by_segment={segment: tuple(map(UUID, user_ids)) for segment, user_ids in stored["by_segment"].items()},
    )


def _kept_segment(segment: Segment) -> dict[str, Any]:
    date = segment.scheduled_date
    return {"segment_id": segment.segment_id, "scheduled_date": date and date.isoformat()}


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
