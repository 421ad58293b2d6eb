"""Idempotency-Key: a mutation that is sent again with the same key gets the answer of the first request.

Answers with a status of 500 or more are not stored. The server rolls back the changes of such a request, so that the
client can send it again. A request that is refused before it runs (because of its token, its text, its variables or a
rate limit) does not use up the key.
"""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import orjson

from services.accounts.authentication import Caller
from services.requests import idempotency
from services.requests.idempotency import KEPT_FOR, MAX_KEY, Answer, AnswerPurged, KeyInUse, KeyReused
from web.http.errors import refuse
from web.http.requests import GraphQLRequest

_RETRY_AFTER_SECONDS = 1
REPLAYED = {"idempotency": {"replayed": True}}
"""The extensions of a stored answer."""


class _Failed(Exception):
    """Rolls back the changes of the request."""

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
    """Returns the answer of `run`, or the stored one, and whether it is the stored one.

    `run` is called in a transaction, possibly more than once. `is_outside`: all effects of `run` are outside the
    database.

    Raises HttpRefusal with 400 for an invalid key, and with 409 for a key in use or reused. Exceptions of `run` pass
    through.
    """
    key = _checked(header)

    async def run_or_fail() -> Answer:
        answer = await run()
        if answer.status >= 500:
            raise _Failed(answer)
        return answer

    try:
        answer, is_replayed = await idempotency.run_once(
            account_id=caller.account_id,
            owner_id=caller.user_id or caller.token_id,
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
        message = f"This Idempotency-Key was sent with another request in the last {hours:.0f} hours. Use a new key."
        raise refuse(409, message, code="IDEMPOTENCY_KEY_REUSED") from None
    except AnswerPurged:
        message = (
            "The server has executed the request with this Idempotency-Key. Its answer was deleted, because contacts "
            "were purged later."
        )
        raise refuse(409, message, code="IDEMPOTENCY_KEY_REUSED") from None
    except KeyInUse:
        message = "The first request with this Idempotency-Key is still running. Send the request again later."
        raise refuse(409, message, code="IDEMPOTENCY_KEY_IN_USE", Retry_After=str(_RETRY_AFTER_SECONDS)) from None
    return answer, is_replayed


def _checked(header: str) -> str:
    if not 1 <= len(header) <= MAX_KEY:
        raise refuse(400, f"The Idempotency-Key has {len(header)} characters; 1 to {MAX_KEY} are allowed.")
    return header


def _hash(request: GraphQLRequest, caller: Caller) -> str:
    """Returns a hash of the request: its text, its variables in any order, its files, and the caller's rights.

    The role and scopes are included so that a caller with fewer rights does not get the answer to a caller with more.
    """
    asked = [request.query, request.operation_name, request.variables, caller.role, sorted(caller.scopes)]
    options = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS
    return hashlib.sha256(orjson.dumps(asked, option=options, default=_file)).hexdigest()


def _file(value: Any) -> Any:
    """Returns the hashed parts of an uploaded file among the variables."""
    return [value.file_name, value.sha256]
