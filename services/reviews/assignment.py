"""Assigns a review's rows: segments, the users of each segment, and one user per row. Pure.

docs/campaigns.md has the rules in words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import repeat
from uuid import UUID


class AssignmentType(StrEnum):
    SELECTED_USERS = "SELECTED_USERS"
    PER_SEGMENT = "PER_SEGMENT"


@dataclass(frozen=True, slots=True)
class Segment:
    """A slice of a campaign's contacts: the first `contact_count` that no earlier segment contains."""

    segment_id: str
    contact_count: int
    scheduled_date: datetime | None = None


def assign_segments(segments: Sequence[Segment], count: int) -> list[str | None]:
    """Returns the segment of each of `count` rows, in order. The last segment contains all remaining rows."""
    if not segments:
        return [None] * count
    segment_ids: list[str | None] = []
    for segment in segments[:-1]:
        segment_ids += repeat(segment.segment_id, min(segment.contact_count, count - len(segment_ids)))
    segment_ids += repeat(segments[-1].segment_id, count - len(segment_ids))
    return segment_ids


@dataclass(frozen=True, slots=True)
class Assignees:
    """The users of a review.

    `caller_id` is the user who requested it; None for an integration. `selected` are the distinct users among whom rows
    are divided. `by_segment` contains the users of segments with separate users. Without assignment, there is only the
    caller.
    """

    caller_id: UUID | None
    is_assignment_enabled: bool = False
    selected: tuple[UUID, ...] = ()
    by_segment: Mapping[str, tuple[UUID, ...]] = field(default_factory=dict)

    def selected_for(self, segment_id: str | None) -> tuple[UUID, ...]:
        """Returns the users among whom the rows of a segment are divided."""
        if segment_id is not None and (own := self.by_segment.get(segment_id)):
            return own
        return self.selected

    def you(self, segment_id: str | None) -> frozenset[UUID]:
        """Returns the users on whose behalf a row of a segment would be messaged."""
        caller = () if self.caller_id is None else (self.caller_id,)
        return frozenset((*caller, *self.selected_for(segment_id))) if self.is_assignment_enabled else frozenset(caller)

    @property
    def everybody(self) -> frozenset[UUID]:
        """All users of the review."""
        everyone = self.you(None).union(self.selected if self.is_assignment_enabled else ())
        return everyone.union(*self.by_segment.values()) if self.is_assignment_enabled else everyone


class RoundRobin:
    """Assigns each selectable row to the one user on whose behalf it would be messaged, in the order of the rows."""

    def __init__(self, assignees: Assignees) -> None:
        self._people = assignees
        self._taken: dict[str | None, int] = {}

    def next_user(self, owner_id: UUID | None, segment_id: str | None) -> UUID | None:
        """Returns the contact's owner if the row's segment has that user, and otherwise the segment's users in turn."""
        assignees = self._people
        if not assignees.is_assignment_enabled:
            return assignees.caller_id
        selected = assignees.selected_for(segment_id)
        if not selected:
            return assignees.caller_id
        if owner_id in selected:
            return owner_id
        place = segment_id if segment_id in assignees.by_segment else None
        turn = self._taken[place] = self._taken.get(place, -1) + 1
        return selected[turn % len(selected)]
