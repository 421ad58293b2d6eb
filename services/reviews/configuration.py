"""Validates the segments and users of a review request as a whole."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from services.accounts import active_users
from services.accounts.authentication import Caller
from services.input.text import has_control
from services.refusal import Code, Refusal, Refused
from services.reviews.assignment import Assignees, AssignmentType, Segment

MAX_SEGMENTS: Final = 1_000
MAX_SEGMENT_ID: Final = 100
MAX_USERS: Final = 1_000

_SEGMENTS: Final = ("segmentationConfig", "contactDistribution")
_SELECTED: Final = ("assignmentConfig", "selectedUsers")
_PER_SEGMENT: Final = ("assignmentConfig", "segmentAssignments")


@dataclass(frozen=True, slots=True)
class Assignment:
    """The division of rows among users. `per_segment` contains pairs of a segment's id and its users."""

    kind: AssignmentType | None
    selected: Sequence[UUID] = ()
    per_segment: Sequence[tuple[str, Sequence[UUID]]] = ()


@dataclass(frozen=True, slots=True)
class Configuration:
    """Segments and assignment of a review; each is None if disabled."""

    segments: Sequence[Segment] | None = None
    assignment: Assignment | None = None


def people(configuration: Configuration, caller: Caller) -> Assignees:
    """Returns the users of the review.

    Raises Refused with all errors in segments and users. `unknown_users` checks whether the users exist.
    """
    refusals = list(_wrong_segments(configuration.segments or ()))
    assignment = configuration.assignment
    if assignment is not None:
        refusals += _wrong_assignment(assignment, configuration.segments, caller)
    if refusals:
        raise Refused(*refusals)
    if assignment is None:
        return Assignees(caller.user_id)
    by_segment: dict[str, dict[UUID, None]] = {}
    if assignment.kind is AssignmentType.PER_SEGMENT:
        for segment_id, user_ids in assignment.per_segment:
            if user_ids:
                by_segment.setdefault(segment_id, {}).update(dict.fromkeys(user_ids))
    return Assignees(
        caller.user_id,
        is_assignment_enabled=True,
        selected=tuple(dict.fromkeys(assignment.selected)),
        by_segment={segment_id: tuple(user_ids) for segment_id, user_ids in by_segment.items()},
    )


async def unknown_users(configuration: Configuration, account_id: UUID) -> list[Refusal]:
    """Returns NOT_FOUND for each named user who is not an active user of the account."""
    if configuration.assignment is None:
        return []
    named = list(_named(configuration.assignment))
    active = await active_users.load_named(account_id, ids=[user_id for user_id, _ in named])
    return [
        Refusal(Code.NOT_FOUND, "There is no such active user.", path)
        for user_id, path in named
        if user_id not in active.ids
    ]


def _named(assignment: Assignment) -> Iterable[tuple[UUID, tuple[str, ...]]]:
    """Yields every named user with the path in the input."""
    for place, user_id in enumerate(assignment.selected):
        yield user_id, (*_SELECTED, str(place))
    for at, (_, user_ids) in enumerate(assignment.per_segment):
        for place, user_id in enumerate(user_ids):
            yield user_id, (*_PER_SEGMENT, str(at), "userIds", str(place))


def _wrong_segments(segments: Sequence[Segment]) -> Iterable[Refusal]:
    if len(segments) > MAX_SEGMENTS:
        yield Refusal(
            Code.TOO_MANY, f"The request has {len(segments)} segments; at most {MAX_SEGMENTS} are allowed.", _SEGMENTS
        )
        return
    seen: set[str] = set()
    for place, segment in enumerate(segments):
        path, name = (*_SEGMENTS, str(place)), segment.segment_id
        if not name.strip():
            yield Refusal(Code.REQUIRED, "This can't be blank.", (*path, "segmentId"))
        elif len(name) > MAX_SEGMENT_ID:
            message = f"The value has {len(name)} characters; at most {MAX_SEGMENT_ID} are allowed."
            yield Refusal(Code.TOO_LONG, message, (*path, "segmentId"))
        elif has_control(name):
            yield Refusal(Code.INVALID, "Control characters are not allowed.", (*path, "segmentId"))
        elif name in seen:
            yield Refusal(Code.INVALID, "An earlier segment has the same id. Use unique ids.", (*path, "segmentId"))
        if segment.contact_count < 0:
            message = f"This must be 0 or more, not {segment.contact_count}."
            yield Refusal(Code.INVALID, message, (*path, "contactCount"))
        seen.add(name)


def _wrong_assignment(assignment: Assignment, segments: Sequence[Segment] | None, caller: Caller) -> Iterable[Refusal]:
    if assignment.kind is None:
        yield Refusal(
            Code.REQUIRED, "The assignment type is missing. Set assignmentType.", ("assignmentConfig", "assignmentType")
        )
    elif assignment.kind is AssignmentType.SELECTED_USERS and not assignment.selected:
        yield Refusal(Code.REQUIRED, "At least one user is required.", _SELECTED)
    elif assignment.kind is AssignmentType.PER_SEGMENT:
        yield from _wrong_per_segment(assignment, segments)
    named = list(_named(assignment))
    if len(named) > MAX_USERS:
        message = f"The assignment names {len(named)} users, counting repetitions; at most {MAX_USERS} are allowed."
        yield Refusal(Code.TOO_MANY, message, ("assignmentConfig",))
    elif not caller.may_manage:
        message = "Naming other users requires the role MANAGER or ADMIN."
        for user_id, path in named:
            if user_id != caller.user_id:
                yield Refusal(Code.FORBIDDEN, message, path)


def _wrong_per_segment(assignment: Assignment, segments: Sequence[Segment] | None) -> Iterable[Refusal]:
    if segments is None:
        message = "Users can be assigned to segments only if segmentation is enabled."
        yield Refusal(Code.INVALID, message, ("assignmentConfig", "assignmentType"))
        return
    known = {segment.segment_id for segment in segments}
    for place, (segment_id, _) in enumerate(assignment.per_segment):
        if segment_id not in known:
            path = (*_PER_SEGMENT, str(place), "segmentId")
            yield Refusal(Code.NOT_FOUND, "contactDistribution has no such segment.", path)
