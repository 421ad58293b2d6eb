"""Fair sharing of slots, such as connections or threads, among accounts."""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import Final

from models.db.deadline import Unavailable
from models.db.sharing import SharedTimer

SLOW_SECONDS: Final = 0.03
_REMEMBERED_KEYS: Final = 1000
_SHARED_SECONDS: Final = 1.0
_NEWEST_SHARE: Final = 0.2


Turn = asyncio.Future["Slot"]
Limit = Callable[[Turn], Callable[[], object]]
"""Begins the time limit of a caller that waits for its turn. Returns the function that ends it."""


class Slot:
    """A slot that is lent to a key since an instant of the monotonic clock."""

    __slots__ = ("key", "since")

    def __init__(self, key: Hashable) -> None:
        self.key = key
        self.since = time.monotonic()


class FairSlots:
    """Lends `size` slots to keys. A key gets another slot only while more slots are free than its slots count.

    A slot counts once, and `slow_count` times if its loan takes longer than `SLOW_SECONDS`. It counts `usual_count`
    times if the usual loan of its key does, a moving average that is kept for the keys that had a slot last. One busy
    key therefore gets half of the slots at most, and fewer for slow work. Two busy keys get two thirds together, and a
    key without a slot finds a free one. Slots count once as long as no other key took one in the last second. The key
    None is work of no account, such as a look for jobs, and is not another key in this sense. Waiting keys are served
    in turn, those with the fewest slots first. With `is_fair=False` any key gets any free slot.
    """

    def __init__(self, size: int, *, is_fair: bool = True, slow_count: int = 1, usual_count: int = 1) -> None:
        self.size = size
        self._free = size
        self._is_fair = is_fair
        self._slow_count = slow_count
        self._usual_count = max(slow_count, usual_count)
        self._held: dict[Hashable, list[Slot]] = {}
        self._usual_seconds: dict[Hashable, float] = {}
        self._waiting: OrderedDict[Hashable, deque[Turn]] = OrderedDict()
        self._last_key: Hashable = None
        self._shared_until = 0.0

    @property
    def in_use(self) -> int:
        """Returns the number of lent slots."""
        return self.size - self._free

    @property
    def waiting(self) -> int:
        """Returns the number of callers that wait for a slot."""
        return sum(not turn.done() for queue in tuple(self._waiting.values()) for turn in tuple(queue))

    def try_take(self, key: Hashable) -> Slot | None:
        """Returns a slot if the key may have one now."""
        held = self._held.get(key)
        count = len(held) if held is not None and self._is_fair else 0
        free = self._free
        if free <= count:
            return None
        slot = Slot(key)
        if free <= count * self._usual_count and free <= self._weight(key, held or (), slot.since):
            return None
        self._free -= 1
        if key is not None and key != self._last_key:
            if self._last_key is not None:
                self._shared_until = slot.since + _SHARED_SECONDS
            self._last_key = key
        if held is None:
            self._held[key] = [slot]
        else:
            held.append(slot)
        return slot

    async def take(self, key: Hashable, limit: Limit) -> Slot:
        """Returns a slot, after waiting for it. Raises the exception that the time limit sets (`limited`)."""
        if key not in self._waiting and (slot := self.try_take(key)):
            return slot
        turn: Turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, deque()).append(turn)
        end_limit = limit(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self.give_back(turn.result())
            raise
        finally:
            end_limit()

    def give_back(self, slot: Slot) -> None:
        """Frees a slot, and hands it to the next waiting key."""
        self._free += 1
        held = self._held[slot.key]
        held.remove(slot)
        if not held:
            del self._held[slot.key]
        if self._usual_count > 1:
            self._note(slot.key, time.monotonic() - slot.since)
        while self._waiting and self._serve_next():
            pass

    def _note(self, key: Hashable, seconds: float) -> None:
        known = self._usual_seconds
        usual = known.pop(key, seconds)
        known[key] = usual + _NEWEST_SHARE * (seconds - usual)
        if len(known) > _REMEMBERED_KEYS:
            del known[next(iter(known))]

    def _weight(self, key: Hashable, held: Sequence[Slot], now: float) -> int:
        if now >= self._shared_until:
            return len(held)
        if self._usual_seconds.get(key, 0.0) > SLOW_SECONDS:
            return len(held) * self._usual_count
        return sum(self._slow_count if slot.since < now - SLOW_SECONDS else 1 for slot in held)

    def _count_of(self, key: Hashable) -> int:
        return len(self._held.get(key, ()))

    def _serve_next(self) -> bool:
        """Hands one slot to a waiting key; False if none may be handed out."""
        keys = list(self._waiting)
        if len(keys) > 1:
            keys.sort(key=self._count_of)  # stable: the key served longest ago comes first
        for key in keys:
            queue = self._waiting[key]
            while queue and queue[0].done():  # timed out or cancelled
                queue.popleft()
            if not queue:
                del self._waiting[key]
            elif slot := self.try_take(key):
                queue.popleft().set_result(slot)
                if queue:
                    self._waiting.move_to_end(key)
                else:
                    del self._waiting[key]
                return True
        return False


def limited(seconds: float, problem: str) -> Limit:
    """Returns a time limit for many callers. `take` raises Unavailable with the problem after the limit."""
    timer = SharedTimer[Turn](seconds, partial(_give_up, problem))

    def begin(turn: Turn) -> Callable[[], object]:
        timer.add(turn)
        return partial(timer.discard, turn)

    return begin


def limited_once(seconds: float, problem: str) -> Limit:
    """Returns the same for one caller."""
    return lambda turn: asyncio.get_running_loop().call_later(seconds, _give_up, problem, turn).cancel


def _give_up(problem: str, turn: Turn) -> None:
    if not turn.done():
        turn.set_exception(Unavailable(problem))
