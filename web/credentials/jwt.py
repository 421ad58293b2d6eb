"""Verifies the JWTs of the operator's identity provider (RFC 7519, with the advice of RFC 8725)."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from schema.ids import IdPrefix, InvalidId, decode_as
from services.accounts.authentication import Scope
from services.accounts.identities import Identity
from services.lazy_module import LazyModule
from web.credentials.jwt_keys import Keys, UnknownKey

if TYPE_CHECKING:
    from joserfc import errors as jose_errors, jws, jwt
else:
    jose_errors, jws, jwt = LazyModule("joserfc.errors"), LazyModule("joserfc.jws"), LazyModule("joserfc.jwt")

LEEWAY = timedelta(seconds=60)
"""The difference between the clocks of the provider and of this server that times of a JWT may have."""
_ALGORITHMS = "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519".split()


class InvalidJwt(Exception):
    """The JWT is not accepted. The text says why, and is safe for the client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JwtRules:
    """The values and the names of the claims. `account_claim` is None if the server has one account."""

    issuer: str
    audience: str
    account_claim: str | None = None
    user_claim: str = "email"


class JwtVerifier:
    """Verifies JWTs with the public keys of `keys`. It accepts no symmetric algorithm, and never `none`."""

    def __init__(self, keys: Keys, rules: JwtRules) -> None:
        self._keys = keys
        self._rules = rules
        # RFC 9864 renames EdDSA to Ed25519, but providers still use the old name.
        warnings.filterwarnings("ignore", "EdDSA is deprecated", jose_errors.SecurityWarning)

    async def close(self) -> None:
        await self._keys.close()

    async def verified(self, text: str, *, now: datetime) -> Identity:
        """Returns the claims of the JWT about its user.

        Raises InvalidJwt, and Unavailable if there are no keys at present.
        """
        try:
            key_id = _key_id(text)
            keys = await self._keys.with_key(key_id)
            claims = jwt.decode(text, keys, algorithms=_ALGORITHMS).claims
            self._claims_registry(now).validate(claims)
        except UnknownKey:
            raise InvalidJwt("The JWT's key is not one of the identity provider's keys.") from None
        except jose_errors.ClaimError as error:
            raise InvalidJwt(f"The JWT's claim {error.claim!r} is missing, expired or not accepted.") from None
        except jose_errors.JoseError as error:
            raise InvalidJwt(f"The JWT is not valid: {error.error}.") from None
        except ValueError:
            raise InvalidJwt("The JWT is not valid.") from None
        return self._identity(claims)

    def _claims_registry(self, now: datetime) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=int(LEEWAY.total_seconds()),
            exp={"essential": True},
            iss={"essential": True, "value": self._rules.issuer},
            aud={"essential": True, "values": [self._rules.audience]},
        )

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        rules = self._rules
        account = None
        if rules.account_claim is not None:
            try:
                account = decode_as(IdPrefix.ACCOUNT, _text(claims, rules.account_claim))
            except InvalidId:
                message = f"The JWT's claim {rules.account_claim!r} must be the ID of an account, such as acc_…"
                raise InvalidJwt(message) from None
        subject, email = claims.get("sub"), claims.get(rules.user_claim)
        if claims.get("email_verified", True) not in (True, "true"):
            email = None
        if not isinstance(email, str) and not isinstance(subject, str):
            raise InvalidJwt(f"The JWT needs a verified e-mail address in {rules.user_claim!r}, or a subject.")
        try:
            expires_at = datetime.fromtimestamp(claims["exp"], UTC)
        except (OverflowError, ValueError, OSError):
            raise InvalidJwt("The JWT's claim 'exp' is not an instant.") from None
        return Identity(
            issuer=rules.issuer,
            account_id=account,
            subject=subject if isinstance(subject, str) else None,
            email=email if isinstance(email, str) else None,
            scopes=_scopes(claims.get("scope")),
            expires_at=expires_at,
            accepted_until=expires_at + LEEWAY,
        )


def _key_id(text: str) -> str | None:
    """Returns the key ID in the header, which is not yet verified. Raises ValueError and JoseError."""
    header = jws.extract_compact(text.encode()).headers()
    key_id = header.get("kid")
    if key_id is not None and not isinstance(key_id, str):
        raise InvalidJwt("The JWT's key ID is not a text.")
    return key_id


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) else ""


def _scopes(claim: Any) -> frozenset[Scope] | None:
    """Returns the scopes of Muster that the claim `scope` names; None if it names none, as in `openid email`."""
    names = claim.split() if isinstance(claim, str) else claim if isinstance(claim, list) else ()
    found = frozenset(scope for scope in Scope if scope.value in names)
    return found or None
