"""An identity provider on loopback: it serves a JSON Web Key Set and issues JWTs."""

import asyncio
import hmac
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import orjson
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

from tests.support.api_client import HOUR, MONDAY

ISSUER = "https://login.example.com/"
AUDIENCE = "muster"


def new_keys() -> dict[str, Key]:
    """Returns a key for each algorithm, with the algorithm as its ID."""
    rsa = RSAKey.generate_key(2048)
    keys: dict[str, Key] = dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), rsa)
    keys |= {"ES256": ECKey.generate_key("P-256"), "ES384": ECKey.generate_key("P-384")}
    keys |= {"ES512": ECKey.generate_key("P-521"), "EdDSA": OKPKey.generate_key("Ed25519")}
    return keys


class Provider:
    """`published` is the key set that it serves; None makes it answer 503. It counts the fetches of the key set."""

    def __init__(self) -> None:
        self.published: dict[str, Key] | None = {}
        self.fetches = 0
        self.url = ""

    def issue(self, algorithm: str, key: Key, *, key_id: str | None, now: datetime = MONDAY, **claims: Any) -> str:
        """Returns a JWT that is valid for an hour. A claim that is None is left out."""
        usual: dict[str, Any] = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ada-1", "email": "ada@example.com"}
        usual |= {"iat": int(now.timestamp()), "exp": int((now + HOUR).timestamp()), "email_verified": True}
        whole = {name: value for name, value in (usual | claims).items() if value is not None}
        header = {"alg": algorithm} | ({"kid": key_id} if key_id else {})
        return jwt.encode(header, whole, key, algorithms=[algorithm])

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.fetches += 1
        status, body = b"503 Service Unavailable", b"{}"
        if self.published is not None:
            secret = OctKey.import_key("a secret of the provider that it must not publish").as_dict()
            keys = [key.as_dict(private=False) | {"kid": name, "use": "sig"} for name, key in self.published.items()]
            status, body = b"200 OK", orjson.dumps({"keys": [{"kty": "new", "kid": "?"}, secret, *keys]})
        writer.write(b"HTTP/1.1 %b\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b" % (status, len(body), body))
        await writer.drain()
        writer.close()


@asynccontextmanager
async def provider() -> AsyncIterator[Provider]:
    made = Provider()
    server = await asyncio.start_server(made.answer, "127.0.0.1", 0)
    async with server:
        made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/keys"
        yield made


def public_pem(key: Key) -> str:
    assert not isinstance(key, OctKey)
    return key.as_pem(private=False).decode()


def unsigned(token: str) -> str:
    """Returns a JWT with the same claims and the algorithm `none`."""
    return f"eyJhbGciOiJub25lIn0.{token.split('.')[1]}."


def signed_with_text(secret: str, payload: str, *, key_id: str) -> str:
    """Returns a JWT with the algorithm HS256, which an attacker signs with the text of a public key."""
    header = urlsafe_b64encode(orjson.dumps({"alg": "HS256", "kid": key_id})).rstrip(b"=").decode()
    signature = hmac.digest(secret.encode(), f"{header}.{payload}".encode(), "sha256")
    return f"{header}.{payload}.{urlsafe_b64encode(signature).rstrip(b'=').decode()}"
