"""A timer that many items share: each is due after its own time, in order, unless it is discarded."""

import asyncio

from models.db.sharing import SharedTimer
from tests.support.servers.timeouts import wait_until


async def test_each_item_is_due_after_its_time_unless_it_is_discarded() -> None:
    loop, due = asyncio.get_running_loop(), list[tuple[str, float]]()
    timer = SharedTimer[str](0.5, lambda item: due.append((item, loop.time())))
    added = {}
    for name in ("first", "discarded", "second"):
        added[name] = loop.time()
        timer.add(name)
        await asyncio.sleep(0.01)

    timer.discard("discarded")
    timer.discard("never added")
    await asyncio.sleep(0.6)
    timer.add("third")
    await asyncio.sleep(0.6)

    assert [name for name, _ in due] == ["first", "second", "third"]
    assert all(at - added[name] >= 0.499 for name, at in due if name in added)


def test_a_timer_serves_one_event_loop_after_another() -> None:
    due: list[str] = []
    timer = SharedTimer[str](0.5, due.append)

    async def add(item: str) -> None:
        timer.add(item)

    async def add_and_wait(item: str) -> None:
        timer.add(item)
        await wait_until(lambda: due)

    asyncio.run(add("of a loop that has ended"))
    asyncio.run(add_and_wait("later"))

    assert due == ["later"]
