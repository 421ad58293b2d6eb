"""Segments, "you" and target users, as in docs/campaigns.md."""

from uuid import UUID

from hypothesis import given, strategies as st

from services.reviews.assignment import Assignees, RoundRobin, Segment, assign_segments

ME, BOB, EVE, DAN = (UUID(int=number) for number in range(1, 5))


def test_segments_are_filled_in_row_order_and_the_last_takes_what_is_left() -> None:
    segments = [Segment("a", 2), Segment("b", 0), Segment("c", 1), Segment("d", 1)]

    assert assign_segments(segments, 6) == ["a", "a", "c", "d", "d", "d"]
    assert assign_segments(segments, 2) == ["a", "a"]
    assert assign_segments(segments, 1) == ["a"]
    assert assign_segments(segments, 0) == []


def test_without_segments_no_row_has_one() -> None:
    assert assign_segments([], 3) == [None, None, None]


@given(st.lists(st.integers(0, 20), min_size=1, max_size=6), st.integers(0, 60))
def test_every_segment_but_the_last_takes_at_most_its_number(counts: list[int], rows: int) -> None:
    segments = [Segment(str(place), count) for place, count in enumerate(counts)]

    found = assign_segments(segments, rows)

    assert len(found) == rows
    assert found == sorted(found, key=lambda name: int(str(name)))
    taken = [found.count(segment.segment_id) for segment in segments]
    ahead = [min(count, max(rows - sum(counts[:place]), 0)) for place, count in enumerate(counts[:-1])]
    assert taken == [*ahead, rows - sum(ahead)]


def test_you_are_the_caller_alone_with_assignment_off() -> None:
    people = Assignees(ME, is_assignment_enabled=False, selected=(BOB,))

    assert people.you(None) == {ME}
    assert people.everybody == {ME}
    assert RoundRobin(people).next_user(BOB, None) == ME


def test_a_token_without_a_user_adds_nobody() -> None:
    assert Assignees(None).you(None) == frozenset()
    assert RoundRobin(Assignees(None)).next_user(BOB, None) is None
    assert Assignees(None, is_assignment_enabled=True, selected=(BOB,)).you(None) == {BOB}


def test_selected_users_take_turns_and_owners_keep_theirs() -> None:
    people = Assignees(ME, is_assignment_enabled=True, selected=(BOB, EVE))
    turns = RoundRobin(people)

    assert people.you("any") == {ME, BOB, EVE}
    taken = [turns.next_user(owner, None) for owner in (None, EVE, DAN, ME, None, BOB, None)]
    assert taken == [BOB, EVE, EVE, BOB, EVE, BOB, BOB]


def test_a_segment_with_users_of_its_own_is_theirs_and_any_other_the_selected_ones() -> None:
    people = Assignees(ME, is_assignment_enabled=True, selected=(DAN,), by_segment={"a": (BOB, EVE), "b": (EVE, BOB)})
    turns = RoundRobin(people)

    assert [people.you(segment) for segment in ("a", "c", None)] == [{ME, BOB, EVE}, {ME, DAN}, {ME, DAN}]
    assert people.everybody == {ME, BOB, EVE, DAN}
    rows = [(None, "a"), (None, "a"), (DAN, "a"), (None, "b"), (None, "c"), (BOB, "c")]
    assert [turns.next_user(owner, segment) for owner, segment in rows] == [BOB, EVE, BOB, EVE, DAN, DAN]


def test_where_nobody_is_selected_for_a_segment_its_rows_are_the_callers() -> None:
    people = Assignees(ME, is_assignment_enabled=True, by_segment={"a": (BOB,)})

    assert people.you("b") == {ME}
    assert [RoundRobin(people).next_user(None, segment) for segment in ("a", "b")] == [BOB, ME]
