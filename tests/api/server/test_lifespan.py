"""Everything around the endpoint: request ids, CORS, health, stored documents, and the shutdown."""

import asyncio
import io
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest

from models.db.notifications import Listener
from models.db.task_cancelling import cancel
from server import create_app
from services.jobs import queue as jobs
from services.subscriptions.feed import Feed
from settings import Settings
from tests.support.api_client import MONDAY
from tests.support.servers.http_client import HttpServer, running_http_server
from web.http.media_types import JSON
from web.webhooks.operator import Webhooks


async def test_each_answer_has_a_request_id(site: HttpServer) -> None:
    ours = await site.post()
    theirs = await site.post(X_Request_Id="trace-1")
    insane = await site.post(X_Request_Id='"><script>')

    assert theirs.headers["x-request-id"] == "trace-1"
    assert len(ours.headers["x-request-id"]) == len(insane.headers["x-request-id"]) == 32


async def test_instants_are_written_in_utc(site: HttpServer) -> None:
    response = await site.post(query="{ viewer { account { createdAt } } }")

    assert response.json() == {"data": {"viewer": {"account": {"createdAt": "2026-01-05T09:30:00Z"}}}}


async def test_other_origins_are_let_in_by_setting(database_url: str) -> None:
    async with running_http_server(
        database_url, cors_origins="https://app.example.com", cors_headers="X-Page, x-b3"
    ) as site:
        preflight = await site.client.options(
            "/graphql",
            headers={
                "Origin": "https://app.example.com",
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization,content-type,idempotency-key,graphql-preflight,"
                "apollo-require-preflight,x-requested-with,traceparent,tracestate,baggage,sentry-trace,"
                "apollographql-client-name,apollographql-client-version,x-page,x-b3",
            },
        )
        other = {"Origin": "https://evil.test", "Access-Control-Request-Method": "DELETE"}
        forbidden = await site.client.options("/graphql", headers=other)
        known = await site.post(Origin="https://app.example.com")
        refused = await site.post(Origin="https://app.example.com", Authorization="")
        unknown = await site.post(Origin="https://evil.test")

    assert preflight.status_code == 200
    assert (forbidden.status_code, forbidden.json()["errors"][0]["extensions"]) == (400, {"code": "FORBIDDEN"})
    assert "origin, method" in forbidden.json()["errors"][0]["message"]
    for response in (known, refused):
        assert response.headers["access-control-allow-origin"] == "https://app.example.com"
        assert "X-Request-Id" in response.headers["access-control-expose-headers"]
    assert "access-control-allow-origin" not in unknown.headers


async def test_without_the_setting_no_origin_is_let_in(site: HttpServer) -> None:
    response = await site.post(Origin="https://app.example.com")

    assert "access-control-allow-origin" not in response.headers


async def test_the_server_says_that_it_lives_and_that_it_is_ready(site: HttpServer) -> None:
    assert (await site.client.get("/healthz")).json() == {"status": "ok"}
    assert (await site.client.get("/readyz")).json() == {"status": "ready", "reads": True, "writes": True}


async def test_a_server_without_tables_lives_and_is_not_ready(tmp_path: Any) -> None:
    app = create_app(Settings(database_url=f"sqlite:///{tmp_path}/empty.db"))
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://x") as client,
    ):
        live, ready = await client.get("/healthz"), await client.get("/readyz")

    assert (live.status_code, ready.status_code) == (200, 503)
    assert "python -m muster migrate" in ready.json()["reason"]


async def test_a_server_whose_database_is_away_lives_and_is_not_ready() -> None:
    app = create_app(Settings(database_url="postgres://nobody:secret@127.0.0.1:1/nothing"))
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://x") as client,
    ):
        ready = await client.get("/readyz")

    assert ready.status_code == 503
    assert "secret" not in ready.text


async def test_what_cant_be_stopped_keeps_nothing_else_going(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = []

    def failing(name: str) -> Callable[[Any], Awaitable[None]]:
        async def stop(_: Any) -> None:
            stopped.append(name)
            raise OSError(name)

        return stop

    for one in (Webhooks, Listener, Feed):
        monkeypatch.setattr(one, "stop", failing(one.__name__))
    app = create_app(Settings(database_url=database_url))
    app.clock = lambda: MONDAY
    before = asyncio.all_tasks()

    with pytest.raises(OSError, match="Feed"):
        async with app.router.lifespan_context(app):
            tasks = {task for task in asyncio.all_tasks() - before if "Worker" in repr(task)}

    assert stopped == ["Webhooks", "Listener", "Feed"]
    assert tasks
    assert all(task.done() for task in tasks)
    assert jobs.queued_callbacks() == []
    left = asyncio.all_tasks() - before
    await cancel(*left)


async def test_the_schema_and_an_index_of_the_documentation_are_open(site: HttpServer) -> None:
    sdl = await site.client.get("/schema.graphql")
    introspection = await site.client.get("/schema.json")
    index = await site.client.get("/llms.txt")

    assert "type Query {" in sdl.text
    assert introspection.json()["data"]["__schema"]["queryType"] == {"name": "Query", "kind": "OBJECT"}
    assert index.text.startswith("# Muster")
    links = [part.partition(")")[0] for part in index.text.split("](http://muster.test")[1:]]
    assert len(links) > 10
    for link in links:
        assert (await site.client.get(link, headers={"Accept": "*/*"})).status_code == 200, link


async def test_a_client_that_goes_away_leaves_nothing_behind(site: HttpServer, log: io.StringIO) -> None:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"content-type", JSON.encode()), (b"authorization", f"Bearer {site.secret}".encode())]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "query_string": b"",
        "headers": headers,
        "state": {},
    }
    await site.app(scope, receive, send)

    assert sent == []
    assert log.getvalue() == ""
    assert (await site.post()).status_code == 200
