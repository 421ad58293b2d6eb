"""What a review is asked with besides its rows: segments and users, checked as a whole."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from services import colleagues
from services.authentication import Caller
from services.refusal import Code, Refusal, Refused
from services.review_assignment import AssignmentType, People, Segment
from services.texts import has_control

MAX_SEGMENTS: Final = 1_000
MAX_SEGMENT_ID: Final = 100
MAX_USERS: Final = 1_000

_SEGMENTS: Final = ("segmentationConfig", "contactDistribution")
_SELECTED: Final = ("assignmentConfig", "selectedUsers")
_PER_SEGMENT: Final = ("assignmentConfig", "segmentAssignments")


@dataclass(frozen=True, slots=True)
class Assignment:
    """How rows are to be divided among users. `per_segment` are pairs of a segment's id and its users."""

    kind: AssignmentType | None
    selected: Sequence[UUID] = ()
    per_segment: Sequence[tuple[str, Sequence[UUID]]] = ()


@dataclass(frozen=True, slots=True)
class Configuration:
    """Segments, None where segmentation is off; and an assignment, None where that is."""

    segments: Sequence[Segment] | None = None
    assignment: Assignment | None = None


def people(configuration: Configuration, caller: Caller) -> People:
    """Whom the review is about. Raises Refused with all that is wrong with segments and users, but for who is there."""
    refusals = list(_wrong_segments(configuration.segments or ()))
    assignment = configuration.assignment
    if assignment is not None:
        refusals += _wrong_assignment(assignment, configuration.segments, caller)
    if refusals:
        raise Refused(*refusals)
    if assignment is None:
        return People(caller.user_id)
    by_segment: dict[str, dict[UUID, None]] = {}
    if assignment.kind is AssignmentType.PER_SEGMENT:
        for segment_id, user_ids in assignment.per_segment:
            if user_ids:
                by_segment.setdefault(segment_id, {}).update(dict.fromkeys(user_ids))
    return People(
        caller.user_id,
        is_assignment_enabled=True,
        selected=tuple(dict.fromkeys(assignment.selected)),
        by_segment={segment_id: tuple(user_ids) for segment_id, user_ids in by_segment.items()},
    )


async def unknown_users(configuration: Configuration, account_id: UUID) -> list[Refusal]:
    """NOT_FOUND for each user who is named and is no active user of the account."""
    if configuration.assignment is None:
        return []
    named = list(_named(configuration.assignment))
    found = await colleagues.named(account_id, ids=[user_id for user_id, _ in named])
    return [
        Refusal(Code.NOT_FOUND, "There is no such active user.", path)
        for user_id, path in named
        if user_id not in found.ids
    ]


def _named(assignment: Assignment) -> Iterable[tuple[UUID, tuple[str, ...]]]:
    """Every user who is named, and where."""
    for place, user_id in enumerate(assignment.selected):
        yield user_id, (*_SELECTED, str(place))
    for at, (_, user_ids) in enumerate(assignment.per_segment):
        for place, user_id in enumerate(user_ids):
            yield user_id, (*_PER_SEGMENT, str(at), "userIds", str(place))


def _wrong_segments(segments: Sequence[Segment]) -> Iterable[Refusal]:
    if len(segments) > MAX_SEGMENTS:
        yield Refusal(Code.TOO_MANY, f"At most {MAX_SEGMENTS} segments, not {len(segments)}.", _SEGMENTS)
        return
    seen: set[str] = set()
    for place, segment in enumerate(segments):
        path, name = (*_SEGMENTS, str(place)), segment.segment_id
        if not name.strip():
            yield Refusal(Code.REQUIRED, "This can't be blank.", (*path, "segmentId"))
        elif len(name) > MAX_SEGMENT_ID:
            message = f"At most {MAX_SEGMENT_ID} characters, not {len(name)}."
            yield Refusal(Code.TOO_LONG, message, (*path, "segmentId"))
        elif has_control(name):
            yield Refusal(Code.INVALID, "Control characters can't be part of it.", (*path, "segmentId"))
        elif name in seen:
            yield Refusal(Code.INVALID, "An earlier segment has this id.", (*path, "segmentId"))
        if segment.contact_count < 0:
            message = f"This must be 0 or more, not {segment.contact_count}."
            yield Refusal(Code.INVALID, message, (*path, "contactCount"))
        seen.add(name)


def _wrong_assignment(assignment: Assignment, segments: Sequence[Segment] | None, caller: Caller) -> Iterable[Refusal]:
    if assignment.kind is None:
        yield Refusal(Code.REQUIRED, "Say how users are assigned.", ("assignmentConfig", "assignmentType"))
    elif assignment.kind is AssignmentType.SELECTED_USERS and not assignment.selected:
        yield Refusal(Code.REQUIRED, "Name at least one user.", _SELECTED)
    elif assignment.kind is AssignmentType.PER_SEGMENT:
        yield from _wrong_per_segment(assignment, segments)
    named = list(_named(assignment))
    if len(named) > MAX_USERS:
        message = f"At most {MAX_USERS} users, counted wherever they are named, not {len(named)}."
        yield Refusal(Code.TOO_MANY, message, ("assignmentConfig",))
    elif not caller.may_manage:
        message = "Naming other users takes the role MANAGER or ADMIN."
        for user_id, path in named:
            if user_id != caller.user_id:
                yield Refusal(Code.FORBIDDEN, message, path)


def _wrong_per_segment(assignment: Assignment, segments: Sequence[Segment] | None) -> Iterable[Refusal]:
    if segments is None:
        message = "Users can be assigned to segments only where segmentation is enabled."
        yield Refusal(Code.INVALID, message, ("assignmentConfig", "assignmentType"))
        return
    known = {segment.segment_id for segment in segments}
    for place, (segment_id, _) in enumerate(assignment.per_segment):
        if segment_id not in known:
            path = (*_PER_SEGMENT, str(place), "segmentId")
            yield Refusal(Code.NOT_FOUND, "contactDistribution has no such segment.", path)
