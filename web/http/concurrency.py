"""Limits the number of operations of a token that run concurrently in this process. The others wait in a queue."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from math import ceil
from uuid import UUID

from web.http.errors import HttpRefusal


@dataclass(frozen=True, slots=True)
class ConcurrencyLimits:
    at_once: int = 10
    """Operations of a token that run concurrently; 0 for any number."""
    queued: int = 100
    """Operations of a token that can wait in its queue."""
    queue_seconds: float = 5.0
    """The longest time that an operation waits."""


class Turn:
    """An operation's place in a queue. It is done when the operation has a slot, or leaves the queue."""

    __slots__ = ("future",)

    def __init__(self) -> None:
        self.future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def end(self, reason: Exception) -> None:
        """Leaves the queue. The operation raises the reason."""
        if not self.future.done():
            self.future.set_exception(reason)


@dataclass(slots=True, eq=False)
class _Token:
    running: int = 0
    refusable: int = 0
    """Operations in the queue that count towards its limit."""
    queue: deque[Turn] = field(default_factory=deque)


class Concurrency:
    """The slots of all tokens. It keeps only tokens with a running operation.

    An operation gets a slot from `take` or `wait_for`, and returns it with `give_back`.
    """

    def __init__(self, limits: ConcurrencyLimits) -> None:
        self._limits = limits
        self._tokens: dict[UUID, _Token] = {}

    def __len__(self) -> int:
        """Returns the number of tokens with a running operation."""
        return len(self._tokens)

    def take(self, token_id: UUID) -> bool:
        """Takes a slot if one is free. Returns True if it did."""
        if not self._limits.at_once:
            return True
        token = self._tokens.get(token_id)
        if token is None:
            token = self._tokens[token_id] = _Token()
        elif token.running >= self._limits.at_once:
            return False
        token.running += 1
        return True

    async def wait_for(self, token_id: UUID, turn: Turn, *, is_refusable: bool = True) -> None:
        """Waits for a slot, first come, first served. Call it after `take` has returned False.

        Raises HttpRefusal with 429 if the queue is full or the wait takes too long, unless `is_refusable` is False.
        Raises the reason of `turn.end`.
        """
        token = self._tokens[token_id]
        if is_refusable and token.refusable >= self._limits.queued:
            raise self._refusal()
        token.queue.append(turn)
        token.refusable += is_refusable
        timer = self._timer(turn) if is_refusable else None
        try:
            await turn.future
        except BaseException:
            if turn in token.queue:
                token.queue.remove(turn)
            elif not turn.future.cancelled() and turn.future.exception() is None:
                self.give_back(token_id)
            raise
        finally:
            token.refusable -= is_refusable
            if timer is not None:
                timer.cancel()

    def _timer(self, turn: Turn) -> asyncio.TimerHandle:
        loop = asyncio.get_running_loop()
        return loop.call_later(self._limits.queue_seconds, lambda: turn.end(self._refusal()))

    def give_back(self, token_id: UUID) -> None:
        """Returns a slot. The first operation in the queue that still waits gets it."""
        if not self._limits.at_once:
            return
        token = self._tokens[token_id]
        while token.queue:
            turn = token.queue.popleft()
            if not turn.future.done():
                turn.future.set_result(None)
                return
        token.running -= 1
        if not token.running:
            del self._tokens[token_id]

    def _refusal(self) -> HttpRefusal:
        limits, seconds = self._limits, max(ceil(self._limits.queue_seconds), 1)
        message = (
            f"The token has too many operations. At most {limits.at_once} run at the same time, and {limits.queued} "
            f"more wait, for at most {limits.queue_seconds:g} s. Send the request again after {seconds} s."
        )
        error = {"message": message, "extensions": {"code": "RATE_LIMITED", "retryAfter": seconds}}
        return HttpRefusal(429, [error], {"Retry-After": str(seconds)})
