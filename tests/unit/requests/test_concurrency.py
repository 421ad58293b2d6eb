"""The slots of tokens: a limited number of a token's operations run concurrently, the others wait in its queue."""

import asyncio
from uuid import UUID

import pytest

from models.db.deadline import ClientDisconnected
from web.http.concurrency import Concurrency, ConcurrencyLimits, Turn
from web.http.errors import HttpRefusal

TOKEN = UUID(int=1)
OTHER = UUID(int=2)


def full(**limits: float) -> Concurrency:
    """Slots of which both of TOKEN's are taken."""
    slots = Concurrency(ConcurrencyLimits(**{"at_once": 2, "queued": 3, "queue_seconds": 60, **limits}))  # type: ignore[arg-type]
    assert slots.take(TOKEN)
    assert slots.take(TOKEN)
    return slots


async def waiting(slots: Concurrency, *, is_refusable: bool = True) -> asyncio.Task[None]:
    task = asyncio.create_task(slots.wait_for(TOKEN, Turn(), is_refusable=is_refusable))
    await asyncio.sleep(0)
    return task


async def test_a_token_has_so_many_slots_and_another_one_its_own() -> None:
    slots = full()

    assert not slots.take(TOKEN)
    assert slots.take(OTHER)


async def test_those_that_wait_are_served_in_their_order() -> None:
    slots = full()
    first, second = await waiting(slots), await waiting(slots)

    slots.give_back(TOKEN)
    await asyncio.sleep(0)
    after_one = (first.done(), second.done(), slots.take(TOKEN))
    slots.give_back(TOKEN)
    await asyncio.sleep(0)

    assert after_one == (True, False, False)
    assert second.done()


async def test_a_full_queue_refuses_at_once_and_says_when_to_come_again() -> None:
    slots = full(queue_seconds=7.5)
    queue = [await waiting(slots) for _ in range(3)]

    with pytest.raises(HttpRefusal) as refused:
        await slots.wait_for(TOKEN, Turn())

    [error] = refused.value.errors
    assert (refused.value.status, refused.value.headers) == (429, {"Retry-After": "8"})
    assert error["extensions"] == {"code": "RATE_LIMITED", "retryAfter": 8}
    assert not any(task.done() for task in queue)
    for task in queue:
        task.cancel()


async def test_waiting_for_too_long_is_refused_and_leaves_the_queue() -> None:
    slots = full(queued=1, queue_seconds=0.02)

    with pytest.raises(HttpRefusal):
        await slots.wait_for(TOKEN, Turn())
    with pytest.raises(HttpRefusal):  # its place in the queue is free again
        await slots.wait_for(TOKEN, Turn())
    slots.give_back(TOKEN)

    assert slots.take(TOKEN)


async def test_events_wait_without_an_end_and_leave_the_places_to_operations() -> None:
    slots = full(queued=1, queue_seconds=0.02)
    events = [await waiting(slots, is_refusable=False) for _ in range(5)]
    operation = await waiting(slots)

    await asyncio.sleep(0.1)
    is_refused = isinstance(operation.exception(), HttpRefusal)
    still_wait = not any(task.done() for task in events)
    for _ in events:
        slots.give_back(TOKEN)
    await asyncio.gather(*events)

    assert (is_refused, still_wait) == (True, True)


async def test_a_client_that_leaves_leaves_the_queue() -> None:
    slots = full()

    turn = Turn()
    leaving = asyncio.create_task(slots.wait_for(TOKEN, turn))
    await asyncio.sleep(0)
    behind = await waiting(slots)
    turn.end(ClientDisconnected())
    with pytest.raises(ClientDisconnected):
        await leaving
    slots.give_back(TOKEN)
    await behind

    assert not slots.take(TOKEN)


async def test_a_slot_is_not_lost_with_a_client_that_leaves_as_it_gets_it() -> None:
    slots = full()
    leaving, behind = await waiting(slots), await waiting(slots)

    slots.give_back(TOKEN)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    await behind

    assert leaving.cancelled()


async def test_all_leave_at_once() -> None:
    slots = full()
    turns = [Turn() for _ in range(3)]
    leaving = [asyncio.create_task(slots.wait_for(TOKEN, turn)) for turn in turns]
    await asyncio.sleep(0)
    for turn in turns:
        turn.end(ClientDisconnected())
    slots.give_back(TOKEN)
    slots.give_back(TOKEN)
    results = await asyncio.gather(*leaving, return_exceptions=True)

    assert [type(result) for result in results] == [ClientDisconnected] * 3
    assert len(slots) == 0


async def test_tokens_that_run_nothing_are_not_remembered() -> None:
    slots = full()
    for number in range(1000):
        token_id = UUID(int=1000 + number)
        slots.take(token_id)
        slots.give_back(token_id)
    slots.give_back(TOKEN)
    one_left = len(slots)
    slots.give_back(TOKEN)

    assert (one_left, len(slots)) == (1, 0)


async def test_without_a_limit_nobody_waits_and_nothing_is_remembered() -> None:
    slots = Concurrency(ConcurrencyLimits(at_once=0))

    assert all(slots.take(TOKEN) for _ in range(100))
    slots.give_back(TOKEN)
    assert len(slots) == 0
