"""A server with an account, called over HTTP without a socket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx2
import orjson

from server import create_app
from services.accounts import management as accounts, tokens, users
from services.accounts.authentication import Role, Scope
from settings import Settings
from tests.support.api_client import DAY, MONDAY
from web.asgi_app import Muster
from web.http.media_types import GRAPHQL, JSON

QUERY = "{ viewer { account { name } } }"
ANSWER = {"data": {"viewer": {"account": {"name": "Acme"}}}}
SOMEBODYS_NUMBER = "+254712345678"


@dataclass
class HttpServer:
    """A running server with one account, a token of its administrator, and a client."""

    app: Muster
    client: httpx2.AsyncClient
    account_id: UUID
    user_id: UUID
    token_id: UUID
    secret: str
    headers: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.headers = {"Authorization": f"Bearer {self.secret}"}

    def at(self, now: datetime) -> None:
        self.app.clock = lambda: now

    async def post(self, content: Any = None, *, query: str = QUERY, **headers: str) -> httpx2.Response:
        body = content if isinstance(content, bytes) else orjson.dumps(content or {"query": query})
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post("/graphql", content=body, headers={"Content-Type": JSON, **self.headers, **named})


@asynccontextmanager
async def running_http_server(database_url: str, **settings: Any) -> AsyncIterator[HttpServer]:
    app = create_app(Settings(database_url=database_url, **settings))
    app.clock = lambda: MONDAY
    transport = httpx2.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://muster.test", headers={"Accept": GRAPHQL}) as client,
    ):
        account_id = await accounts.create(name="Acme", default_region="KE", now=MONDAY)
        user_id = await users.create(
            account_id=account_id, email="ada@example.com", name="Ada", role=Role.ADMIN, now=MONDAY
        )
        token_id, secret = await tokens.create(
            account_id=account_id,
            name="test",
            user_id=user_id,
            scopes=list(Scope),
            expires_at=MONDAY + DAY,
            now=MONDAY,
        )
        yield HttpServer(app, client, account_id, user_id, token_id, secret)


def code_of(response: httpx2.Response) -> str:
    [error] = response.json()["errors"]
    return str(error["extensions"]["code"])
