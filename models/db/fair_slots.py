"""Fair sharing of slots, such as connections or threads, among accounts."""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Hashable, Sequence
from typing import Final

from models.db.deadline import Unavailable

SLOW_SECONDS: Final = 0.03
_REMEMBERED_KEYS: Final = 1000
_SHARED_SECONDS: Final = 1.0
_NEWEST_SHARE: Final = 0.2


class Slot:
    """A slot that is lent to a key since an instant of the monotonic clock."""

    __slots__ = ("key", "since")

    def __init__(self, key: Hashable) -> None:
        self.key = key
        self.since = time.monotonic()


class FairSlots:
    """Lends `size` slots to keys. A key gets another slot only while more slots are free than its slots count.

    A slot counts once, and `slow_count` times if its loan or the usual loan of its key takes longer than
    `SLOW_SECONDS`. The usual loan is a moving average, kept for the keys that had a slot last. One busy key therefore
    gets half of the slots at most, and fewer for slow work. Two busy keys get two thirds together, and a key without a
    slot finds a free one. Slots count once as long as nobody else took one in the last second. Waiting keys are served
    in turn, those with the fewest slots first. With `is_fair=False` any key gets any free slot.
    """

    def __init__(self, size: int, *, is_fair: bool = True, slow_count: int = 1) -> None:
        self.size = size
        self._free = size
        self._is_fair = is_fair
        self._slow_count = slow_count
        self._held: dict[Hashable, list[Slot]] = {}
        self._usual_seconds: OrderedDict[Hashable, float] = OrderedDict()
        self._waiting: OrderedDict[Hashable, deque[asyncio.Future[Slot]]] = OrderedDict()
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
        if not self._may_take(key):
            return None
        self._free -= 1
        slot = Slot(key)
        if self._last_key != key:
            self._last_key, self._shared_until = key, slot.since + _SHARED_SECONDS
        self._held.setdefault(key, []).append(slot)
        return slot

    async def take(self, key: Hashable, *, seconds: float, problem: str) -> Slot:
        """Returns a slot. Raises Unavailable with the problem after waiting `seconds`."""
        if key not in self._waiting and (slot := self.try_take(key)):
            return slot
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[Slot] = loop.create_future()
        self._waiting.setdefault(key, deque()).append(turn)
        timer = loop.call_later(seconds, _give_up, turn, problem)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self.give_back(turn.result())
            raise
        finally:
            timer.cancel()

    def give_back(self, slot: Slot) -> None:
        """Frees a slot, and hands it to the next waiting key."""
        self._free += 1
        held = self._held[slot.key]
        held.remove(slot)
        if not held:
            del self._held[slot.key]
        if self._slow_count > 1:
            self._note(slot.key, time.monotonic() - slot.since)
        while self._waiting and self._serve_next():
            pass

    def _note(self, key: Hashable, seconds: float) -> None:
        usual = self._usual_seconds.pop(key, seconds)
        self._usual_seconds[key] = usual + _NEWEST_SHARE * (seconds - usual)
        if len(self._usual_seconds) > _REMEMBERED_KEYS:
            self._usual_seconds.popitem(last=False)

    def _may_take(self, key: Hashable) -> bool:
        held = self._held.get(key, ()) if self._is_fair else ()
        if self._free <= len(held):
            return False
        return self._free > len(held) * self._slow_count or self._free > self._weight(key, held)

    def _weight(self, key: Hashable, held: Sequence[Slot]) -> int:
        now = time.monotonic()
        if now >= self._shared_until:
            return len(held)
        if self._usual_seconds.get(key, 0.0) > SLOW_SECONDS:
            return len(held) * self._slow_count
        return sum(self._slow_count if slot.since < now - SLOW_SECONDS else 1 for slot in held)

    def _count_of(self, key: Hashable) -> int:
        return len(self._held.get(key, ()))

    def _serve_next(self) -> bool:
        """Hands one slot to a waiting key; False if none may be handed out."""
        for key in sorted(self._waiting, key=self._count_of):  # stable: the key served longest ago comes first
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


def _give_up(turn: "asyncio.Future[Slot]", problem: str) -> None:
    if not turn.done():
        turn.set_exception(Unavailable(problem))
