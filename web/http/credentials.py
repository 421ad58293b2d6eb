"""Identifies callers by `Authorization: Bearer <secret>` or `Authorization: api-key <secret>`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.accounts.authentication import Caller, authenticate
from web.http.errors import HttpRefusal, refuse

_SCHEMES = ("bearer", "api-key")
_CHALLENGE = 'Bearer realm="muster"'


async def caller_of(authorization: bytes | None, *, now: datetime) -> Caller:
    """Returns the caller that an Authorization header names. Raises HttpRefusal with 401."""
    if not authorization:
        raise _unauthenticated("The token is missing. Send 'Authorization: Bearer <secret>'.", _CHALLENGE)
    scheme, _, secret = authorization.decode("latin-1").strip().partition(" ")
    secret = secret.strip()
    if scheme.lower() not in _SCHEMES or not secret:
        raise _unauthenticated("The Authorization header must be 'Bearer <secret>' or 'api-key <secret>'.", _CHALLENGE)
    caller = await authenticate(secret, now=now)
    if caller is None:
        message = "The token is unknown, expired or revoked, or its user is no longer active."
        raise _unauthenticated(message, f'{_CHALLENGE}, error="invalid_token"')
    return caller


def of_connection(parameters: Mapping[str, Any]) -> bytes | None:
    """Returns the Authorization in a socket's connection_params; its name may have any letter case."""
    for name, value in parameters.items():
        if name.lower() == "authorization" and isinstance(value, str):
            return value.encode("latin-1", "replace")
    return None


def _unauthenticated(message: str, challenge: str) -> HttpRefusal:
    return refuse(401, message, code="UNAUTHENTICATED", WWW_Authenticate=challenge)
