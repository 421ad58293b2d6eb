"""Rate limits of root fields for each token (`schema.rate_limits`), counted before an operation runs.

The headers are those of draft-ietf-httpapi-ratelimit-headers-11.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil

from schema.execution import Operation
from schema.rate_limits import Limits
from services.accounts.authentication import Caller
from services.requests import rate_limits
from services.requests.rate_limits import Limit, RateLimitState
from web.http.errors import HttpRefusal


class RateLimiting:
    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._types = tuple({kind for kind, _ in limits})  # most operations have none of these types

    async def count(self, operation: Operation, *, caller: Caller, now: datetime) -> dict[str, str]:
        """Counts the operation's limited fields, and returns the headers for its answer. Ignores @skip and @include.

        Raises HttpRefusal with 429, which has the same headers. Each field is one call, with or without an alias. A
        refusal counts no call of the refused field. Without limited fields there are no headers.
        """
        if operation.type not in self._types or not (wanted := self._wanted(operation)):
            return {}
        results = []
        for limit, calls in wanted.items():
            subject = str(caller.token_id)
            result = await rate_limits.count(limit, account_id=caller.account_id, subject=subject, calls=calls, now=now)
            results.append(result)
            if not result.is_allowed:
                raise _refusal(result, calls, _headers(results))
        return _headers(results)

    def _wanted(self, operation: Operation) -> Counter[Limit]:
        return Counter(
            self._limits[operation.type, field.name]
            for field in set(operation.root_fields)  # the same field twice under one response name is one call
            if (operation.type, field.name) in self._limits
        )


def _refusal(result: RateLimitState, calls: int, headers: dict[str, str]) -> HttpRefusal:
    limit, seconds = result.limit, _seconds(result.wait)
    message = (
        f"A token can call {limit.name} at most {limit.calls} times in {_seconds(limit.window)} s. Each call in a "
        "request counts"
    )
    if calls > limit.calls:
        message += f". A request with {calls} calls is never allowed"
    error = {"message": f"{message}.", "extensions": {"code": "RATE_LIMITED", "retryAfter": seconds}}
    return HttpRefusal(429, [error], {"Retry-After": str(seconds), **headers})


def _headers(results: Sequence[RateLimitState]) -> dict[str, str]:
    policies = [f'"{one.limit.name}";q={one.limit.calls};w={_seconds(one.limit.window)}' for one in results]
    states = [f'"{one.limit.name}";r={one.remaining};t={_seconds(one.wait)}' for one in results]
    return {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(states)}


def _seconds(span: timedelta) -> int:
    """Returns whole seconds, as HTTP headers need them: the span rounded up, and at least one."""
    return max(ceil(span.total_seconds()), 1)
