"""Fair sharing of slots, such as connections or threads, among accounts."""

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import Hashable

from models.db.deadline import Unavailable


class FairSlots:
    """Lends `size` slots to keys. A key gets another slot only while more slots are free than the key has.

    One busy key therefore gets half of the slots at most, two busy keys get two thirds together, and a key without a
    slot finds a free one. Waiting keys are served in turn, those with the fewest slots first. With `is_fair=False` any
    key gets any free slot.
    """

    def __init__(self, size: int, *, is_fair: bool = True) -> None:
        self._free = size
        self._is_fair = is_fair
        self._held: Counter[Hashable] = Counter()
        self._waiting: OrderedDict[Hashable, deque[asyncio.Future[None]]] = OrderedDict()

    def try_take(self, key: Hashable) -> bool:
        """Takes a slot if the key may have one now."""
        if not self._may_take(key):
            return False
        self._free -= 1
        self._held[key] += 1
        return True

    async def take(self, key: Hashable, *, seconds: float, problem: str) -> None:
        """Takes a slot. Raises Unavailable with the problem after waiting `seconds`."""
        if key not in self._waiting and self.try_take(key):
            return
        loop = asyncio.get_running_loop()
        turn = loop.create_future()
        self._waiting.setdefault(key, deque()).append(turn)
        timer = loop.call_later(seconds, _give_up, turn, problem)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self.give_back(key)
            raise
        finally:
            timer.cancel()

    def give_back(self, key: Hashable) -> None:
        """Frees a slot of the key, and hands it to the next waiting key."""
        self._free += 1
        self._held[key] -= 1
        if not self._held[key]:
            del self._held[key]
        while self._waiting and self._serve_next():
            pass

    def _may_take(self, key: Hashable) -> bool:
        return self._free > (self._held[key] if self._is_fair else 0)

    def _serve_next(self) -> bool:
        """Hands one slot to a waiting key; False if none may be handed out."""
        for key in sorted(self._waiting, key=self._held.__getitem__):  # stable: the key served longest ago comes first
            queue = self._waiting[key]
            while queue and queue[0].done():  # timed out or cancelled
                queue.popleft()
            if not queue:
                del self._waiting[key]
            elif self.try_take(key):
                queue.popleft().set_result(None)
                if queue:
                    self._waiting.move_to_end(key)
                else:
                    del self._waiting[key]
                return True
        return False


def _give_up(turn: "asyncio.Future[None]", problem: str) -> None:
    if not turn.done():
        turn.set_exception(Unavailable(problem))
