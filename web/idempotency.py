"""Idempotency-Key: a request with a mutation that is sent again under its key is answered as it was the first time.

Every answer is kept but one with status 500: what such a request wrote is undone, so that it can be sent again and is
then done anew. A request that is refused before it runs (its token, its text, its variables, a rate limit) uses no key
up.
"""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import orjson

from services import idempotency
from services.authentication import Caller
from services.idempotency import KEPT_FOR, MAX_KEY, Answer, KeyInUse, KeyReused
from web.refusals import refuse
from web.requests import GraphQLRequest

_RETRY_AFTER_SECONDS = 1
REPLAYED = {"idempotency": {"replayed": True}}
"""The extensions of an answer that was kept from the first time."""


class _Failed(Exception):
    """Nothing of what it did is to stay."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


async def answer_once(
    header: str,
    request: GraphQLRequest,
    run: Callable[[], Awaitable[Answer]],
    *,
    is_outside: bool = False,
    caller: Caller,
    now: datetime,
) -> tuple[Answer, bool]:
    """What `run` answers, or has answered before, and which of the two. It is run in a transaction, and maybe more
    than once.

    `is_outside`: all that it does is done outside the database.

    Raises HttpRefusal with 400 for what is no key, and 409; and whatever `run` raises.
    """
    key = _checked(header)

    async def run_or_fail() -> Answer:
        answer = await run()
        if answer.status >= 500:
            raise _Failed(answer)
        return answer

    try:
        answer, is_replayed = await idempotency.once(
            account_id=caller.account_id,
            key=key,
            request_hash=_hash(request, caller),
            run=run_or_fail,
            is_outside=is_outside,
            now=now,
        )
    except _Failed as failed:
        return failed.answer, False
    except KeyReused:
        hours = KEPT_FOR.total_seconds() / 3600
        message = f"This Idempotency-Key came with another request in the last {hours:.0f} hours."
        raise refuse(409, message, code="IDEMPOTENCY_KEY_REUSED") from None
    except KeyInUse:
        message = "The first request with this Idempotency-Key is still running: send it again later."
        raise refuse(409, message, code="IDEMPOTENCY_KEY_IN_USE", Retry_After=str(_RETRY_AFTER_SECONDS)) from None
    return answer, is_replayed


def _checked(header: str) -> str:
    if not 1 <= len(header) <= MAX_KEY:
        raise refuse(400, f"An Idempotency-Key has 1 to {MAX_KEY} characters.")
    return header


def _hash(request: GraphQLRequest, caller: Caller) -> str:
    """Of what is asked: the text, the variables in any order of their names, the content of files. And of what the
    caller may do: whoever may do less is not given the answer of somebody who may do more."""
    asked = [request.query, request.operation_name, request.variables, sorted(caller.scopes)]
    options = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS
    return hashlib.sha256(orjson.dumps(asked, option=options, default=_file)).hexdigest()


def _file(value: Any) -> Any:
    """An uploaded file among the variables."""
    return [value.file_name, value.sha256]
