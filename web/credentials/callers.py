"""Identifies callers by an API token, or by a JWT of the operator's identity provider."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.accounts.authentication import SECRET_START, Caller, authenticate, callers, fingerprint_of
from services.accounts.identities import UnknownIdentity, authenticate_identity
from web.credentials.jwt import InvalidJwt, JwtVerifier
from web.http.errors import HttpRefusal, refuse

_SCHEMES = ("bearer", "api-key")
_CHALLENGE = 'Bearer realm="muster"'
_INVALID = f'{_CHALLENGE}, error="invalid_token"'


class Credentials:
    """Looks up callers. `jwt` verifies JWTs; without it the server accepts API tokens only."""

    def __init__(self, jwt: JwtVerifier | None = None) -> None:
        self._jwt = jwt

    async def close(self) -> None:
        if self._jwt is not None:
            await self._jwt.close()

    async def caller_of(self, authorization: bytes | None, *, now: datetime) -> Caller:
        """Returns the caller that an Authorization header names.

        The header is `Bearer <secret>`, `api-key <secret>` or `Bearer <JWT>`. Raises HttpRefusal with 401.
        """
        if not authorization:
            raise _unauthenticated("The token is missing. Send 'Authorization: Bearer <secret>'.", _CHALLENGE)
        fingerprint = fingerprint_of(authorization)
        if (known := callers().get(fingerprint, now=now)) is not None:
            return known
        scheme, _, secret = authorization.decode("latin-1").strip().partition(" ")
        scheme, secret = scheme.lower(), secret.strip()
        if scheme not in _SCHEMES or not secret:
            message = "The Authorization header must be 'Bearer <secret>' or 'api-key <secret>'."
            raise _unauthenticated(message, _CHALLENGE)
        is_jwt = scheme == "bearer" and secret.count(".") == 2 and not secret.startswith(SECRET_START)
        if self._jwt is not None and is_jwt:
            return await self._of_jwt(self._jwt, secret, fingerprint, now)
        caller = await authenticate(secret, now=now, fingerprint=fingerprint)
        if caller is None:
            message = "The token is unknown, expired or revoked, or its user is no longer active."
            raise _unauthenticated(message, _INVALID)
        return caller

    async def _of_jwt(self, verifier: JwtVerifier, text: str, fingerprint: bytes, now: datetime) -> Caller:
        try:
            return await authenticate_identity(await verifier.verified(text, now=now), fingerprint, now=now)
        except (InvalidJwt, UnknownIdentity) as problem:
            raise _unauthenticated(str(problem), _INVALID) from None


def of_connection(parameters: Mapping[str, Any]) -> bytes | None:
    """Returns the Authorization in a socket's connection_params; its name may have any letter case."""
    for name, value in parameters.items():
        if name.lower() == "authorization" and isinstance(value, str):
            return value.encode("latin-1", "replace")
    return None


def _unauthenticated(message: str, challenge: str) -> HttpRefusal:
    return refuse(401, message, code="UNAUTHENTICATED", WWW_Authenticate=challenge)
