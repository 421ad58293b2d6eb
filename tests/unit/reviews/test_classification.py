"""The rules of the Review step, one line per case, and a case for every pair of rules that could be swapped."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, strategies as st

from services.reviews.classification import (
    Bucket,
    Facts,
    Flag,
    bits,
    classify,
    flags,
    is_selectable,
    is_selected_by_default,
    named,
    protected_from_you_until,
)

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
ME, BOB, EVE = UUID(int=1), UUID(int=2), UUID(int=3)
CONTACT = UUID(int=9)
LONG_AGO = NOW - 400 * HOUR


def row(
    *,
    you: set[UUID] | None = None,
    hours: int = 24,
    is_contact: bool = True,
    owner: UUID | None = None,
    since: timedelta = 300 * HOUR,
    assignees: set[UUID] | None = None,
    inbound: datetime | None = None,
    outbound: datetime | None = None,
    **more: Any,
) -> Facts:
    """Returns the facts of a row with a contact; by default for me, with 24 hours of protection."""
    return Facts(
        frozenset({ME} if you is None else you),
        hours,
        NOW,
        contact_id=CONTACT if is_contact else None,
        owner_id=owner,
        owned_at=None if owner is None else NOW - since,
        assignee_ids=frozenset(assignees or ()),
        last_inbound_at=inbound,
        last_outbound_at=outbound,
        **more,
    )


# tests/api/reviews/test_facts.py tests the facts that depend on the database, such as which messages count.
TABLE: dict[str, tuple[Facts, Bucket]] = {
    "no contact with the number": (row(is_contact=False), Bucket.NEW),
    "the same with old messages": (row(is_contact=False, inbound=LONG_AGO, outbound=LONG_AGO), Bucket.NEW),
    "only a trashed contact has it": (row(is_contact=False, is_in_trash=True), Bucket.NEW),
    "owner me; no messages": (row(owner=ME), Bucket.EXISTING),
    "unowned and unassigned; no messages": (row(), Bucket.EXISTING),
    "owner me since 1 h (nobody is protected from themself)": (row(owner=ME, since=HOUR), Bucket.EXISTING),
    "owner bob since 23 h 59 min": (row(owner=BOB, since=24 * HOUR - MINUTE), Bucket.PROTECTED),
    "owner bob since exactly 24 h": (row(owner=BOB, since=24 * HOUR), Bucket.ASSIGNED_TO_OTHER_USERS),
    "owner bob since 1 h, H=0": (row(owner=BOB, since=HOUR, hours=0), Bucket.ASSIGNED_TO_OTHER_USERS),
    "owner bob since 1 h, I am an assignee": (row(owner=BOB, since=HOUR, assignees={ME}), Bucket.PROTECTED),
    "owner bob since 30 h, assignees me": (
        row(owner=BOB, since=30 * HOUR, assignees={ME}),
        Bucket.ASSIGNED_TO_YOU_NOT_OWNED,
    ),
    "owner bob since 30 h, assignees me and bob": (
        row(owner=BOB, since=30 * HOUR, assignees={ME, BOB}),
        Bucket.ASSIGNED_TO_YOU_NOT_OWNED,
    ),
    "unowned, assignee me": (row(assignees={ME}), Bucket.ASSIGNED_TO_YOU_NOT_OWNED),
    "unowned, assignee bob": (row(assignees={BOB}), Bucket.ASSIGNED_TO_OTHER_USERS),
    "owner me, assignee bob only": (row(owner=ME, assignees={BOB}), Bucket.ASSIGNED_TO_OTHER_USERS),
    "owner me, assignees me and bob": (row(owner=ME, assignees={ME, BOB}), Bucket.EXISTING),
    "owner bob since 30 h, an outbound message (assignment before history)": (
        row(owner=BOB, since=30 * HOUR, outbound=LONG_AGO),
        Bucket.ASSIGNED_TO_OTHER_USERS,
    ),
    "owner bob since 1 h, an inbound message": (row(owner=BOB, since=HOUR, inbound=LONG_AGO), Bucket.PROTECTED),
    "mine, outbound": (row(owner=ME, outbound=LONG_AGO), Bucket.ALREADY_MESSAGED_OUTBOUND),
    "mine, one inbound": (row(owner=ME, inbound=LONG_AGO), Bucket.ALREADY_MESSAGED_INBOUND),
    "mine, outbound then inbound": (
        row(owner=ME, outbound=LONG_AGO, inbound=LONG_AGO + HOUR),
        Bucket.ALREADY_MESSAGED_INBOUND,
    ),
    "mine, inbound then outbound": (
        row(owner=ME, inbound=LONG_AGO, outbound=LONG_AGO + HOUR),
        Bucket.ALREADY_MESSAGED_INBOUND,
    ),
    "unowned, messaged by bob": (row(outbound=LONG_AGO), Bucket.ALREADY_MESSAGED_OUTBOUND),
    "SELECTED_USERS [bob]: owner bob since 1 h": (row(you={ME, BOB}, owner=BOB, since=HOUR), Bucket.EXISTING),
    "SELECTED_USERS [bob]: owner eve since 1 h": (row(you={ME, BOB}, owner=EVE, since=HOUR), Bucket.PROTECTED),
    "SELECTED_USERS [bob]: owner eve since 30 h, assignee bob": (
        row(you={ME, BOB}, owner=EVE, since=30 * HOUR, assignees={BOB}),
        Bucket.ASSIGNED_TO_YOU_NOT_OWNED,
    ),
    "owner eve, who is no longer active, since 1 h": (row(), Bucket.EXISTING),  # the facts contain no inactive owner
    "token without a user: owner bob since 30 h": (
        row(you=set(), owner=BOB, since=30 * HOUR),
        Bucket.ASSIGNED_TO_OTHER_USERS,
    ),
    "token without a user: unowned": (row(you=set()), Bucket.EXISTING),
}


@pytest.mark.parametrize(("facts", "bucket"), TABLE.values(), ids=TABLE)
def test_a_row_falls_into_the_bucket_of_the_table(facts: Facts, bucket: Bucket) -> None:
    assert classify(facts) is bucket


MESSAGED: dict[str, Any] = {"inbound": LONG_AGO, "outbound": LONG_AGO}
# For every pair of rules: facts that match both, and the bucket of the first.
PAIRS: dict[str, tuple[Facts, Bucket]] = {
    "NEW before inbound": (row(is_contact=False, inbound=LONG_AGO), Bucket.NEW),
    "NEW before outbound": (row(is_contact=False, outbound=LONG_AGO), Bucket.NEW),
    "PROTECTED before others' (owner alone)": (row(owner=BOB, since=HOUR), Bucket.PROTECTED),
    "PROTECTED before others' (assignees)": (row(owner=BOB, since=HOUR, assignees={EVE}), Bucket.PROTECTED),
    "PROTECTED before yours, not owned": (row(owner=BOB, since=HOUR, assignees={ME, BOB}), Bucket.PROTECTED),
    "PROTECTED before inbound": (row(owner=BOB, since=HOUR, inbound=LONG_AGO), Bucket.PROTECTED),
    "PROTECTED before outbound": (row(owner=BOB, since=HOUR, outbound=LONG_AGO), Bucket.PROTECTED),
    "others' before inbound": (row(owner=BOB, inbound=LONG_AGO), Bucket.ASSIGNED_TO_OTHER_USERS),
    "others' before outbound": (row(assignees={BOB}, outbound=LONG_AGO), Bucket.ASSIGNED_TO_OTHER_USERS),
    "others' before both": (row(owner=ME, assignees={BOB}, **MESSAGED), Bucket.ASSIGNED_TO_OTHER_USERS),
    "yours, not owned, before inbound": (row(assignees={ME}, inbound=LONG_AGO), Bucket.ASSIGNED_TO_YOU_NOT_OWNED),
    "yours, not owned, before outbound": (
        row(owner=BOB, assignees={ME}, outbound=LONG_AGO),
        Bucket.ASSIGNED_TO_YOU_NOT_OWNED,
    ),
    "inbound before outbound": (row(**MESSAGED), Bucket.ALREADY_MESSAGED_INBOUND),
    # "Others work on it" and "you work on it" exclude each other, so the same facts match only one.
    "not others' where one of you is among them": (
        row(owner=BOB, assignees={ME, EVE}),
        Bucket.ASSIGNED_TO_YOU_NOT_OWNED,
    ),
    "not others' where the owner alone is not asked": (row(owner=ME, assignees={ME}), Bucket.EXISTING),
    "assignees work on it, the owner does not": (
        row(you={BOB}, owner=BOB, assignees={EVE}),
        Bucket.ASSIGNED_TO_OTHER_USERS,
    ),
}


@pytest.mark.parametrize(("facts", "bucket"), PAIRS.values(), ids=PAIRS)
def test_the_first_rule_that_holds_wins(facts: Facts, bucket: Bucket) -> None:
    assert classify(facts) is bucket


# ------------------------------------------------------------------ any facts

users = st.sampled_from([ME, BOB, EVE])
instants = st.sampled_from([None, LONG_AGO, NOW])


@st.composite
def any_facts(draw: st.DrawFn) -> Facts:
    owner = draw(st.one_of(st.none(), users))
    is_contact = draw(st.booleans())
    return Facts(
        draw(st.frozensets(users)),
        draw(st.integers(0, 720)),
        NOW,
        contact_id=CONTACT if is_contact else None,
        owner_id=owner if is_contact else None,
        owned_at=NOW - timedelta(minutes=draw(st.integers(-5, 60 * 800))) if owner and is_contact else None,
        assignee_ids=draw(st.frozensets(users)) if is_contact else frozenset(),
        last_inbound_at=draw(instants),
        last_outbound_at=draw(instants),
        is_opted_out=draw(st.booleans()),
        is_in_trash=draw(st.booleans()),
        has_unknown_network=draw(st.booleans()),
        is_in_campaign=draw(st.booleans()) and is_contact,
    )


def rules(facts: Facts) -> dict[Bucket, bool]:
    """Returns whether each rule alone matches, as docs/campaigns.md words it, in its order."""
    you, owner, assignees = facts.you, facts.owner_id, facts.assignee_ids
    work_on_it = assignees or ({owner} if owner else set())
    is_protected = (
        facts.hours > 0
        and owner is not None
        and owner not in you
        and facts.owned_at is not None
        and facts.now < facts.owned_at + timedelta(hours=facts.hours)
    )
    return {
        Bucket.NEW: facts.contact_id is None,
        Bucket.PROTECTED: is_protected,
        Bucket.ASSIGNED_TO_OTHER_USERS: bool(work_on_it) and not (you & work_on_it),
        Bucket.ASSIGNED_TO_YOU_NOT_OWNED: bool(you & assignees) and owner not in you,
        Bucket.ALREADY_MESSAGED_INBOUND: facts.last_inbound_at is not None,
        Bucket.ALREADY_MESSAGED_OUTBOUND: facts.last_outbound_at is not None,
        Bucket.EXISTING: True,
    }


@given(any_facts())
def test_any_facts_fall_into_the_one_bucket_whose_rule_is_the_first_to_hold(facts: Facts) -> None:
    assert classify(facts) is next(bucket for bucket, holds in rules(facts).items() if holds)


@given(st.lists(any_facts()))
def test_the_buckets_exclude_each_other_and_add_up(rows: list[Facts]) -> None:
    found = [classify(facts) for facts in rows]

    assert sum(found.count(bucket) for bucket in Bucket) == len(rows)
    assert {Bucket.INVALID, Bucket.DUPLICATE}.isdisjoint(found)


@given(any_facts())
def test_flags_agree_with_the_bucket(facts: Facts) -> None:
    bucket, found = classify(facts), set(named(flags(facts)))

    owned = found & {Flag.OWNED_BY_YOU, Flag.OWNED_BY_OTHER, Flag.UNOWNED}
    assert len(owned) == (0 if bucket is Bucket.NEW else 1)
    assert (Flag.PROTECTED in found) == (bucket is Bucket.PROTECTED) == (protected_from_you_until(facts) is not None)
    assert (Flag.MESSAGED_INBOUND in found) == (facts.last_inbound_at is not None)
    assert (Flag.MESSAGED_OUTBOUND in found) == (facts.last_outbound_at is not None)
    assert (Flag.OPTED_OUT in found) == facts.is_opted_out
    assert (Flag.ASSIGNED_TO_YOU in found) == bool(facts.you & facts.assignee_ids)
    assert (Flag.ASSIGNED_TO_OTHER in found) == bool(facts.assignee_ids - facts.you)
    if is_selected_by_default(bucket, flags(facts)):
        assert is_selectable(bucket, flags(facts))
        assert bucket in (Bucket.NEW, Bucket.EXISTING)


# ------------------------------------------------------------------ flags, protection, ticks


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (row(is_contact=False), []),
        (
            row(is_contact=False, is_in_trash=True, inbound=LONG_AGO, outbound=LONG_AGO, is_opted_out=True),
            [Flag.MESSAGED_OUTBOUND, Flag.MESSAGED_INBOUND, Flag.OPTED_OUT, Flag.IN_TRASH],
        ),
        (row(), [Flag.UNOWNED]),
        (row(owner=ME, since=HOUR), [Flag.OWNED_BY_YOU]),
        (row(owner=BOB, since=HOUR), [Flag.PROTECTED, Flag.OWNED_BY_OTHER]),
        (row(owner=BOB), [Flag.OWNED_BY_OTHER]),
        (row(assignees={ME}), [Flag.UNOWNED, Flag.ASSIGNED_TO_YOU]),
        (row(assignees={ME, BOB}), [Flag.UNOWNED, Flag.ASSIGNED_TO_YOU, Flag.ASSIGNED_TO_OTHER]),
        (row(owner=ME, assignees={BOB}), [Flag.OWNED_BY_YOU, Flag.ASSIGNED_TO_OTHER]),
        (
            row(is_in_campaign=True, has_unknown_network=True),
            [Flag.UNOWNED, Flag.UNKNOWN_NETWORK, Flag.ALREADY_IN_CAMPAIGN],
        ),
    ],
)
def test_flags_tell_what_else_is_true(facts: Facts, expected: list[Flag]) -> None:
    assert named(flags(facts)) == tuple(expected)
    assert flags(facts) == bits(*expected)


def test_protection_ends_exactly_after_its_hours() -> None:
    fresh = row(owner=BOB, since=24 * HOUR - timedelta(microseconds=1))

    assert protected_from_you_until(fresh) == NOW + timedelta(microseconds=1)
    assert protected_from_you_until(row(owner=BOB, since=24 * HOUR)) is None
    assert protected_from_you_until(row(owner=BOB, since=HOUR, hours=0)) is None
    assert protected_from_you_until(row(owner=ME, since=HOUR)) is None
    assert protected_from_you_until(row(owner=BOB, since=-HOUR, hours=0)) is None


def test_ticks() -> None:
    opted_out = bits(Flag.OPTED_OUT)

    assert [bucket for bucket in Bucket if is_selectable(bucket, 0)] == [
        Bucket.NEW,
        Bucket.EXISTING,
        Bucket.ALREADY_MESSAGED_OUTBOUND,
        Bucket.ALREADY_MESSAGED_INBOUND,
        Bucket.ASSIGNED_TO_YOU_NOT_OWNED,
    ]
    assert [bucket for bucket in Bucket if is_selected_by_default(bucket, 0)] == [Bucket.NEW, Bucket.EXISTING]
    assert not any(is_selectable(bucket, opted_out) for bucket in Bucket)
    assert not any(is_selected_by_default(bucket, opted_out) for bucket in Bucket)
