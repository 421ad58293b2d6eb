"""The public keys of the operator's identity provider: one fixed key, or a key set that is fetched and cached."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import orjson
import structlog

from models.db.application import create_detached_task
from models.db.deadline import Unavailable
from models.db.task_cancelling import cancel
from services.lazy_module import LazyModule
from web.logs import described

if TYPE_CHECKING:
    import httpx2
    from joserfc import errors as jose_errors, jwk
else:
    httpx2, jose_errors, jwk = LazyModule("httpx2"), LazyModule("joserfc.errors"), LazyModule("joserfc.jwk")

log = structlog.get_logger()

FRESH_SECONDS = 600.0
"""The age at which the keys are fetched again, while requests still use the cached ones."""
KEPT_SECONDS = 24 * 3600.0
"""How long the server uses cached keys while the provider can't be reached."""
RETRY_SECONDS = 10.0
"""The shortest time between two fetches, whatever key IDs clients send."""
_FETCH_SECONDS = 5.0
_MOST_BYTES = 1_000_000
_KEY_TYPES = ("RSA", "EC", "OKP")
_LEAST_RSA_BITS = 2048


class UnknownKey(Exception):
    """The provider has no key with the ID."""


class Keys(ABC):
    """A source of public keys."""

    @abstractmethod
    async def with_key(self, key_id: str | None) -> jwk.KeyBase:
        """Returns the keys, which include the one with this ID. Raises UnknownKey, and Unavailable without any keys."""

    @abstractmethod
    async def close(self) -> None:
        """Ends background work."""


class FixedKey(Keys):
    """One key, from PEM. Raises ValueError if the text is no public RSA, EC or Ed25519 key."""

    def __init__(self, pem: str) -> None:
        self._key = _public_key(pem)

    async def with_key(self, key_id: str | None) -> jwk.KeyBase:
        return self._key

    async def close(self) -> None:
        pass


class FetchedKeys(Keys):
    """A JSON Web Key Set at an address. Keys are fetched when first needed, when they age, and for an unknown ID."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._keys: jwk.KeySet | None = None
        self._fetched_at = self._tried_at = float("-inf")
        self._fetching: asyncio.Task[None] | None = None

    async def with_key(self, key_id: str | None) -> jwk.KeyBase:
        now = time.monotonic()
        if self._keys is None or now - self._fetched_at > KEPT_SECONDS or not self._has(key_id):
            await self._refreshed()
        elif now - self._fetched_at > FRESH_SECONDS:
            self._refresh()
        if self._keys is None or time.monotonic() - self._fetched_at > KEPT_SECONDS:
            raise Unavailable("The keys of the identity provider could not be fetched.")
        if not self._has(key_id):
            raise UnknownKey
        return self._keys

    async def close(self) -> None:
        if self._fetching is not None:
            await cancel(self._fetching)

    def _has(self, key_id: str | None) -> bool:
        assert self._keys is not None
        return len(self._keys.keys) == 1 if key_id is None else any(key.kid == key_id for key in self._keys)

    async def _refreshed(self) -> None:
        """Waits for a fetch that runs or may begin now."""
        if (fetching := self._refresh()) is not None:
            await asyncio.shield(fetching)

    def _refresh(self) -> asyncio.Task[None] | None:
        """Returns the running fetch. Begins one if the last began long enough ago; otherwise returns None."""
        if self._fetching is not None and not self._fetching.done():
            return self._fetching
        now = time.monotonic()
        if now - self._tried_at < RETRY_SECONDS:
            return None
        self._tried_at = now
        self._fetching = create_detached_task(self._fetch())
        return self._fetching

    async def _fetch(self) -> None:
        try:
            async with asyncio.timeout(_FETCH_SECONDS):
                self._keys = _key_set(await self._body())
            self._fetched_at = time.monotonic()
        except Exception as error:  # noqa: BLE001  # the cached keys are still good, and the next fetch may succeed
            log.warning("the keys of the identity provider could not be fetched", exception=described(error))

    async def _body(self) -> bytes:
        """Returns the answer's body. Raises ValueError if it is not 200 or too large."""
        body = bytearray()
        async with (
            httpx2.AsyncClient(timeout=_FETCH_SECONDS) as client,
            client.stream("GET", self._url, headers={"Accept": "application/json"}) as response,
        ):
            if response.status_code != 200:
                raise ValueError(f"the status is {response.status_code}")
            async for part in response.aiter_bytes():
                body += part
                if len(body) > _MOST_BYTES:
                    raise ValueError("the key set is too large")
        return bytes(body)


def _key_set(body: bytes) -> jwk.KeySet:
    """Returns the usable public keys for signatures. Raises ValueError if there is none."""
    found = orjson.loads(body)
    keys = []
    for each in found.get("keys", ()) if isinstance(found, dict) else ():
        if isinstance(each, dict) and each.get("kty") in _KEY_TYPES and each.get("use", "sig") == "sig":
            try:
                key = jwk.import_key(each)
                if not _is_weak(key):
                    keys.append(key)
            except (jose_errors.JoseError, ValueError, TypeError):
                continue  # a key of a kind that this library does not know
    if not keys:
        raise ValueError("the key set has no usable key")
    return jwk.KeySet(keys)


def _public_key(pem: str) -> jwk.Key:
    for kind in _KEY_TYPES:
        try:
            key = jwk.JWKRegistry.import_key(pem, kind)
        except (jose_errors.JoseError, ValueError, TypeError, AttributeError):
            continue
        if not key.is_private and not _is_weak(key):
            return key
    raise ValueError(f"must be a public key in PEM: RSA of at least {_LEAST_RSA_BITS} bits, EC or Ed25519")


def _is_weak(key: jwk.Key) -> bool:
    return isinstance(key, jwk.RSAKey) and key.public_key.key_size < _LEAST_RSA_BITS
