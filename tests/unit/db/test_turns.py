"""Accounts share slots: a busy one leaves room for others, and waiting ones are served in turn."""

import asyncio

import pytest

from models.db.deadline import Unavailable
from models.db.fair_slots import SLOW_SECONDS, FairSlots, Slot, limited

PROBLEM = "All slots are in use."


def taken(turns: FairSlots, key: str, times: int) -> int:
    """Returns the number of slots that the key gets in a row."""
    return sum(turns.try_take(key) is not None for _ in range(times))


@pytest.mark.parametrize(("size", "share"), [(1, 1), (2, 1), (3, 2), (4, 2), (10, 5)])
def test_one_busy_account_leaves_slots_to_others(size: int, share: int) -> None:
    turns = FairSlots(size)

    assert taken(turns, "busy", size) == share
    assert (turns.try_take("other") is not None) is (size > 1)


def test_several_busy_accounts_leave_one_to_a_newcomer() -> None:
    turns = FairSlots(10)

    assert [taken(turns, name, 10) for name in ("a", "b", "c")] == [5, 3, 1]
    assert turns.try_take("newcomer")


def shared(size: int = 10, usual_count: int = 4) -> FairSlots:
    """Returns slots of which another key has just had one."""
    turns = FairSlots(size, slow_count=4, usual_count=usual_count)
    turns.give_back(lent(turns, "another", seconds=0))
    return turns


def lent(turns: FairSlots, key: str | None, *, seconds: float) -> Slot:
    """Returns a slot that the key has had for some seconds."""
    slot = turns.try_take(key)
    assert slot
    slot.since -= seconds
    return slot


def test_a_slow_loan_counts_more() -> None:
    turns = shared()
    for _ in range(2):
        lent(turns, "busy", seconds=2 * SLOW_SECONDS)

    assert taken(turns, "busy", 10) == 0
    assert taken(turns, "other", 10) == 4


def test_a_key_whose_loans_are_usually_slow_gets_fewer_from_the_start() -> None:
    turns = shared()
    turns.give_back(lent(turns, "slow", seconds=2 * SLOW_SECONDS))
    turns.give_back(lent(turns, "quick", seconds=0))

    assert taken(turns, "slow", 10) == 2  # eight are free then, and two count as eight
    assert taken(turns, "quick", 10) == 4


def test_usual_slow_work_counts_more_than_one_slow_loan() -> None:
    turns = shared(usual_count=10)
    turns.give_back(lent(turns, "slow", seconds=2 * SLOW_SECONDS))
    lent(turns, "quick", seconds=2 * SLOW_SECONDS)

    assert taken(turns, "slow", 10) == 1
    assert turns.try_take("quick"), "one slow loan keeps other work of its key waiting"


def test_a_key_that_becomes_quick_gets_more_again() -> None:
    turns = shared()
    turns.give_back(lent(turns, "busy", seconds=2 * SLOW_SECONDS))
    for _ in range(10):
        turns.give_back(lent(turns, "busy", seconds=0))

    assert taken(turns, "busy", 10) == 5


def test_only_the_keys_that_had_a_slot_last_are_remembered() -> None:
    turns = shared()
    turns.give_back(lent(turns, "slow", seconds=2 * SLOW_SECONDS))
    for number in range(1000):
        turns.give_back(lent(turns, str(number), seconds=0))

    assert taken(turns, "slow", 10) == 5


def test_a_key_that_is_alone_is_not_slowed_down() -> None:
    turns = shared()
    turns.give_back(lent(turns, "slow", seconds=2 * SLOW_SECONDS))
    turns._shared_until = 0  # a second has passed

    assert taken(turns, "slow", 10) == 5


def test_work_of_no_account_slows_no_account_down() -> None:
    turns = FairSlots(10, slow_count=4, usual_count=10)
    for key in ("slow", None, "slow", None):
        turns.give_back(lent(turns, key, seconds=2 * SLOW_SECONDS))

    assert taken(turns, "slow", 10) == 5


def test_without_fairness_one_takes_all() -> None:
    assert taken(FairSlots(3, is_fair=False), "busy", 5) == 3


async def test_waiting_accounts_are_served_in_turn() -> None:
    turns = FairSlots(1)
    first = turns.try_take("first")
    assert first
    served: list[str] = []

    async def work(name: str) -> None:
        slot = await turns.take(name, limited(5, PROBLEM))
        served.append(name)
        turns.give_back(slot)

    waiting = [asyncio.create_task(work(name)) for name in ("busy", "busy", "busy", "other")]
    await asyncio.sleep(0)
    turns.give_back(first)
    await asyncio.gather(*waiting)

    assert served == ["busy", "other", "busy", "busy"]


async def test_waiting_ends_after_its_time() -> None:
    turns = FairSlots(1)
    first = turns.try_take("first")
    assert first

    with pytest.raises(Unavailable, match=PROBLEM):
        await turns.take("second", limited(0.01, PROBLEM))

    turns.give_back(first)
    assert turns.try_take("third")


async def test_one_that_is_cancelled_while_it_waits_takes_no_slot() -> None:
    turns = FairSlots(1)
    first = turns.try_take("first")
    assert first
    waiting = asyncio.create_task(turns.take("second", limited(5, PROBLEM)))
    await asyncio.sleep(0)

    turns.give_back(first)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    assert turns.try_take("third")
