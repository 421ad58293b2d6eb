"""Accounts share slots: a busy one leaves room for others, and waiting ones are served in turn."""

import asyncio

import pytest

from models.db.deadline import Unavailable
from models.db.fair_slots import SLOW_SECONDS, FairSlots

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


def test_slow_slots_count_more() -> None:
    turns = FairSlots(10, slow_count=4)
    first, second = turns.try_take("busy"), turns.try_take("busy")
    assert first
    assert second

    for slot in (first, second):
        slot.since -= 2 * SLOW_SECONDS
    assert taken(turns, "busy", 10) == 0
    assert taken(turns, "other", 10) == 4
    turns.give_back(first)
    assert taken(turns, "busy", 10) == 1  # one slow slot counts as four, and five are free
    turns.give_back(second)
    assert taken(turns, "busy", 10) == 2


def test_without_fairness_one_takes_all() -> None:
    assert taken(FairSlots(3, is_fair=False), "busy", 5) == 3


async def test_waiting_accounts_are_served_in_turn() -> None:
    turns = FairSlots(1)
    first = turns.try_take("first")
    assert first
    served: list[str] = []

    async def work(name: str) -> None:
        slot = await turns.take(name, seconds=5, problem=PROBLEM)
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
        await turns.take("second", seconds=0.01, problem=PROBLEM)

    turns.give_back(first)
    assert turns.try_take("third")


async def test_one_that_is_cancelled_while_it_waits_takes_no_slot() -> None:
    turns = FairSlots(1)
    first = turns.try_take("first")
    assert first
    waiting = asyncio.create_task(turns.take("second", seconds=5, problem=PROBLEM))
    await asyncio.sleep(0)

    turns.give_back(first)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    assert turns.try_take("third")
