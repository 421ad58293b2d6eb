"""Limits the concurrent operations of each token in this process. Further operations wait in the token's queue."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from math import ceil
from uuid import UUID

from models.deadline import interruptible
from web.refusals import HttpRefusal


@dataclass(frozen=True, slots=True)
class ConcurrencyLimits:
    at_once: int = 10
    """The highest number of concurrent operations of a token; 0 for no limit."""
    queued: int = 100
    """The highest number of waiting operations of a token."""
    queue_seconds: float = 5.0
    """The longest wait of an operation."""


@dataclass(slots=True, eq=False)
class _Token:
    running: int = 0
    refusable: int = 0
    """The number of waiting operations that count against the queue's limit."""
    queue: deque[asyncio.Future[None]] = field(default_factory=deque)


class Concurrency:
    """The slots of all tokens. It stores only tokens that have a running operation.

    The caller of `take` or `wait_for` frees the slot with `give_back`.
    """

    def __init__(self, limits: ConcurrencyLimits) -> None:
        self._limits = limits
        self._tokens: dict[UUID, _Token] = {}

    def __len__(self) -> int:
        """Returns the number of tokens that have a running operation."""
        return len(self._tokens)

    def take(self, token_id: UUID) -> bool:
        """Takes a slot, and returns whether one was free."""
        if not self._limits.at_once:
            return True
        token = self._tokens.get(token_id)
        if token is None:
            token = self._tokens[token_id] = _Token()
        elif token.running >= self._limits.at_once:
            return False
        token.running += 1
        return True

    async def wait_for(self, token_id: UUID, *, is_refusable: bool = True) -> None:
        """Waits for a slot, first come, first served, after `take` has returned False.

        With `is_refusable`, raises HttpRefusal with 429 if the queue is full or the wait takes too long. Raises the
        reason of the deadline when the deadline ends.
        """
        token = self._tokens[token_id]
        if is_refusable and token.refusable >= self._limits.queued:
            raise self._refusal()
        slot: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        token.queue.append(slot)
        token.refusable += is_refusable
        try:
            with interruptible():
                async with asyncio.timeout(self._limits.queue_seconds if is_refusable else None):
                    await slot
        except BaseException as error:
            if slot.done() and not slot.cancelled():
                self.give_back(token_id)
            elif slot in token.queue:
                token.queue.remove(slot)
            if isinstance(error, TimeoutError):
                raise self._refusal() from None
            raise
        finally:
            token.refusable -= is_refusable

    def give_back(self, token_id: UUID) -> None:
        """Frees a slot, and passes it to the first operation in the queue that still waits."""
        if not self._limits.at_once:
            return
        token = self._tokens[token_id]
        while token.queue:
            slot = token.queue.popleft()
            if not slot.done():
                slot.set_result(None)
                return
        token.running -= 1
        if not token.running:
            del self._tokens[token_id]

    def _refusal(self) -> HttpRefusal:
        limits, seconds = self._limits, max(ceil(self._limits.queue_seconds), 1)
        message = (
            f"A token can run at most {limits.at_once} operations at once. "
            f"At most {limits.queued} more wait, each for at most {limits.queue_seconds:g} s. Send the request later."
        )
        error = {"message": message, "extensions": {"code": "RATE_LIMITED", "retryAfter": seconds}}
        return HttpRefusal(429, [error], {"Retry-After": str(seconds)})
