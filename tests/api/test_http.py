"""The endpoint over HTTP: who gets in, what is refused with which status, and what is said of failures."""

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
import orjson
import pytest
from starlette.applications import Starlette

from models.notifications import Listener
from server import create_app
from services import accounts, jobs, phone_numbers, tokens, users
from services.authentication import Role, Scope
from services.contact_feed import ContactFeed
from settings import Settings
from tests.api_client import DAY, MONDAY, counted_statements
from web.media_types import GRAPHQL, JSON
from web.webhooks import Webhooks

QUERY = "{ viewer { account { name } } }"
ANSWER = {"data": {"viewer": {"account": {"name": "Acme"}}}}
SOMEBODYS_NUMBER = "+254712345678"


@dataclass
class Site:
    """A running server with one account, a token of its administrator, and a client."""

    app: Starlette
    client: httpx2.AsyncClient
    account_id: UUID
    user_id: UUID
    token_id: UUID
    secret: str
    headers: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.headers = {"Authorization": f"Bearer {self.secret}"}

    def at(self, now: datetime) -> None:
        self.app.state.clock = lambda: now

    async def post(self, content: Any = None, *, query: str = QUERY, **headers: str) -> httpx2.Response:
        body = content if isinstance(content, bytes) else orjson.dumps(content or {"query": query})
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post("/graphql", content=body, headers={"Content-Type": JSON, **self.headers, **named})


@asynccontextmanager
async def running(database_url: str, **settings: Any) -> AsyncIterator[Site]:
    app = create_app(Settings(database_url=database_url, **settings))
    app.state.clock = lambda: MONDAY
    transport = httpx2.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://muster.test") as client,
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
        yield Site(app, client, account_id, user_id, token_id, secret)


@pytest.fixture
async def site(database_url: str) -> AsyncIterator[Site]:
    async with running(database_url) as site:
        yield site


def code_of(response: httpx2.Response) -> str:
    [error] = response.json()["errors"]
    return str(error["extensions"]["code"])


# ------------------------------------------------------------------ who gets in


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "api-key", "API-Key"])
async def test_a_token_is_taken_under_either_scheme(site: Site, scheme: str) -> None:
    response = await site.post(Authorization=f"{scheme} {site.secret}")

    assert (response.status_code, response.json()) == (200, ANSWER)


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer nonsense", "Basic YTpi", "api-key \x7f", "Bearer muster_x y"]
)
async def test_no_token_or_a_bad_one_is_401(site: Site, authorization: str) -> None:
    response = await site.post(Authorization=authorization)

    assert (response.status_code, code_of(response)) == (401, "UNAUTHENTICATED")
    assert response.headers["www-authenticate"].startswith('Bearer realm="muster"')
    assert "data" not in response.json()


async def test_a_token_ends_when_it_expires(site: Site) -> None:
    site.at(MONDAY + DAY - timedelta(seconds=1))
    before = await site.post()
    site.at(MONDAY + DAY)
    after = await site.post()

    assert (before.status_code, after.status_code) == (200, 401)


async def test_a_revoked_token_is_refused_by_the_process_that_revoked_it_at_once(site: Site) -> None:
    assert (await site.post()).status_code == 200

    await tokens.revoke(account_id=site.account_id, token_id=site.token_id, now=MONDAY)

    assert (await site.post()).status_code == 401


async def test_a_token_is_looked_up_once_in_a_while(site: Site) -> None:
    await site.post()
    with counted_statements() as again:
        await site.post()
    site.at(MONDAY + timedelta(seconds=5))
    with counted_statements() as later:
        await site.post()

    assert len([sql for sql in again if "secret_hash" in sql]) == 0
    assert len([sql for sql in later if "secret_hash" in sql]) == 1


async def test_without_the_cache_every_request_looks_its_token_up(database_url: str) -> None:
    async with running(database_url, token_cache_seconds=0) as site:
        await site.post()
        await tokens.revoke(account_id=site.account_id, token_id=site.token_id, now=MONDAY)

        assert (await site.post()).status_code == 401


# ------------------------------------------------------------------ media types


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (GRAPHQL, GRAPHQL),
        (JSON, JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (f"{JSON}, text/plain, */*", JSON),
        (f"{GRAPHQL}, {JSON};q=0.9", GRAPHQL),
        (f"{JSON}, {GRAPHQL}", GRAPHQL),
        (f"{GRAPHQL};q=0.5, {JSON}", JSON),
        (f"{GRAPHQL};q=0, */*", JSON),
        (f"{JSON};q=0, application/*;q=0.2", GRAPHQL),
        (f"{GRAPHQL}; charset=utf-8", GRAPHQL),
        ("Application/JSON", JSON),
    ],
)
async def test_the_answers_type_is_what_the_client_asks_for(site: Site, accept: str, media_type: str) -> None:
    response = await site.post(Accept=accept)

    assert (response.status_code, response.json()) == (200, ANSWER)
    assert response.headers["content-type"] == f"{media_type}; charset=utf-8"


@pytest.mark.parametrize("accept", ["text/plain", f"{JSON};q=0, {GRAPHQL};q=0", "image/*", f"{JSON};q=nonsense"])
async def test_where_neither_type_is_accepted_it_is_406(site: Site, accept: str) -> None:
    response = await site.post(Accept=accept)

    assert (response.status_code, code_of(response)) == (406, "BAD_USER_INPUT")


async def test_without_an_accept_header_it_is_the_type_of_the_specification(site: Site) -> None:
    del site.client.headers["accept"]

    response = await site.post()

    assert response.headers["content-type"] == f"{GRAPHQL}; charset=utf-8"


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/graphql", "multipart/mixed; boundary=x", f"{JSON}; charset=latin-1"],
)
async def test_a_body_that_is_not_json_by_its_type_is_415(site: Site, content_type: str) -> None:
    response = await site.post(Content_Type=content_type)

    assert (response.status_code, code_of(response)) == (415, "BAD_USER_INPUT")


@pytest.mark.parametrize("content_type", [f"{JSON}; charset=utf-8", f'{JSON};charset="UTF-8"', "Application/Json"])
async def test_json_in_utf_8_is_taken(site: Site, content_type: str) -> None:
    assert (await site.post(Content_Type=content_type)).status_code == 200


# ------------------------------------------------------------------ requests that can't be executed


@pytest.mark.parametrize("media_type", [GRAPHQL, JSON])
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "BAD_USER_INPUT"),
        (b"{", "BAD_USER_INPUT"),
        (b'"text"', "BAD_USER_INPUT"),
        (b"\xff{}", "BAD_USER_INPUT"),
        ([{"query": QUERY}], "BAD_USER_INPUT"),
        ({"variables": {}}, "BAD_USER_INPUT"),
        ({"query": 5}, "BAD_USER_INPUT"),
        ({"query": QUERY, "variables": []}, "BAD_USER_INPUT"),
        ({"query": QUERY, "variables": "{}"}, "BAD_USER_INPUT"),
        ({"query": QUERY, "operationName": 5}, "BAD_USER_INPUT"),
        ({"query": QUERY, "operationName": "Other"}, "BAD_USER_INPUT"),
        ({"query": QUERY, "extensions": []}, "BAD_USER_INPUT"),
        ({"query": "query A { viewer { id } } query B { viewer { id } }"}, "BAD_USER_INPUT"),
        ({"query": ""}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "query ($n: Int!) { contacts(first: $n) { totalCount } }"}, "BAD_USER_INPUT"),
        (
            {"query": "query ($n: Int!) { contacts(first: $n) { totalCount } }", "variables": {"n": "many"}},
            "BAD_USER_INPUT",
        ),
    ],
)
async def test_what_can_not_be_executed_is_400(site: Site, content: Any, code: str, media_type: str) -> None:
    response = await site.post(content, Accept=media_type)

    assert (response.status_code, code_of(response)) == (400, code)
    assert "data" not in response.json()


async def test_a_null_where_a_default_is_not_meant_is_the_callers_mistake(site: Site) -> None:
    query = 'query ($text: String = "0712 345 678") { phoneLookup(text: $text) { phone } }'

    response = await site.post({"query": query, "variables": {"text": None}})

    assert (response.status_code, code_of(response)) == (400, "BAD_USER_INPUT")


@pytest.mark.parametrize("key", [{}, {"id": None}, {"id": "cnt_01jd8vq0c5fj2v7wq1x3ynm8za", "phone": "0712 345 678"}])
async def test_a_key_that_is_not_exactly_one_is_the_callers_mistake(site: Site, key: Any, log: io.StringIO) -> None:
    query = "query ($key: ContactKey!) { contact(by: $key) { id } }"

    response = await site.post({"query": query, "variables": {"key": key}})

    assert (response.status_code, code_of(response)) == (400, "BAD_USER_INPUT")
    assert log.getvalue() == ""


async def test_a_body_beyond_the_limit_is_413(database_url: str) -> None:
    async with running(database_url, max_body_bytes=1000) as site:
        small = await site.post({"query": QUERY.ljust(900)})
        large = await site.post({"query": QUERY.ljust(1000)})

        async def parts() -> AsyncIterator[bytes]:
            for _ in range(3):
                yield b" " * 500

        streamed = await site.client.post("/graphql", content=parts(), headers={**site.headers, "Content-Type": JSON})

    assert (small.status_code, large.status_code, streamed.status_code) == (200, 413, 413)
    assert (code_of(large), code_of(streamed)) == ("BAD_USER_INPUT", "BAD_USER_INPUT")


async def test_a_text_of_too_many_tokens_is_refused_before_it_is_parsed(database_url: str) -> None:
    async with running(database_url, max_query_tokens=100) as site:
        response = await site.post(query="{ viewer {" + " id" * 200 + " } }")

    assert (response.status_code, code_of(response)) == (400, "GRAPHQL_PARSE_FAILED")


async def test_what_fragments_could_blow_up_is_answered_quickly(site: Site) -> None:
    spreads = "".join(f"fragment F{n} on Viewer {{ ...F{n + 1} ...F{n + 1} }} " for n in range(25))

    response = await site.post(query=f"{{ viewer {{ ...F0 }} }} {spreads} fragment F25 on Viewer {{ id }}")

    assert response.status_code == 200
    assert response.elapsed < timedelta(seconds=2)


# ------------------------------------------------------------------ GET


async def test_a_query_can_be_sent_by_get(site: Site) -> None:
    parameters = {"query": "query ($n: Int) { contacts(first: $n) { totalCount } }", "variables": '{"n": 5}'}

    response = await site.client.get("/graphql", params=parameters, headers={**site.headers, "Accept": JSON})

    assert (response.status_code, response.json()) == (200, {"data": {"contacts": {"totalCount": 0}}})


async def test_a_mutation_can_not_be_sent_by_get(site: Site) -> None:
    mutation = f'mutation {{ optOut(input: {{phone: "{SOMEBODYS_NUMBER}"}}) {{ errors {{ code }} }} }}'

    response = await site.client.get("/graphql", params={"query": mutation}, headers={**site.headers, "Accept": JSON})

    assert (response.status_code, code_of(response), response.headers["allow"]) == (405, "BAD_USER_INPUT", "POST")
    assert (await site.post(query="{ optOuts { totalCount } }")).json() == {"data": {"optOuts": {"totalCount": 0}}}


@pytest.mark.parametrize("parameters", [{"query": QUERY, "variables": "{"}, {"query": QUERY, "variables": "[]"}, {}])
async def test_a_get_that_can_not_be_read_is_400(site: Site, parameters: dict[str, str]) -> None:
    response = await site.client.get("/graphql", params=parameters, headers={**site.headers, "Accept": JSON})

    assert (response.status_code, code_of(response)) == (400, "BAD_USER_INPUT")


async def test_other_methods_are_405(site: Site) -> None:
    response = await site.client.put("/graphql", headers=site.headers)

    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")


@pytest.mark.parametrize("accept", ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "*/*"])
async def test_a_browser_gets_graphiql_without_a_token(site: Site, accept: str) -> None:
    response = await site.client.get("/graphql", headers={"Accept": accept})

    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "query FindContacts" in response.text
    assert "frame-ancestors 'none'" in response.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("host", "is_shown"),
    [("127.0.0.1:8000", True), ("localhost:8000", True), ("localhost", True), ("evil.test", False)],
)
async def test_the_demos_token_is_shown_under_a_loopback_name_alone(host: str, is_shown: bool) -> None:
    app = create_app(Settings(), demo_token="muster_demo_secret")
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://x") as client:
        response = await client.get("/graphql", headers={"Host": host})

    assert ("muster_demo_secret" in response.text) is is_shown


# ------------------------------------------------------------------ errors of executed operations


async def test_what_a_token_may_not_do_is_403(site: Site) -> None:
    _, secret = await tokens.create(
        account_id=site.account_id,
        name="reader",
        user_id=None,
        scopes=[Scope.CONTACTS_READ],
        expires_at=None,
        now=MONDAY,
    )

    alone = await site.post(query="{ tokens { totalCount } }", Authorization=f"Bearer {secret}")
    beside = await site.post(query="{ tokens { totalCount } viewer { id } }", Authorization=f"Bearer {secret}")

    assert (alone.status_code, code_of(alone), alone.json()["data"]) == (403, "FORBIDDEN", {"tokens": None})
    assert (beside.status_code, code_of(beside)) == (200, "FORBIDDEN")
    assert beside.json()["data"]["viewer"] is not None


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ contacts(first: 101) { totalCount } }", "BAD_USER_INPUT"),
        ("{ contacts(first: 0) { totalCount } }", "BAD_USER_INPUT"),
        ("{ contacts(last: -1) { totalCount } }", "BAD_USER_INPUT"),
        ("{ contacts(offset: 10001) { totalCount } }", "BAD_USER_INPUT"),
        ('{ contacts(after: "garbage") { nodes { id } } }', "BAD_USER_INPUT"),
        ('{ contactList(id: "cnt_01jd8vq0c5fj2v7wq1x3ynm8za") { id } }', "INVALID_ID"),
        ('{ node(id: "garbage") { id } }', "INVALID_ID"),
    ],
)
async def test_input_that_can_not_be_taken_is_400_with_its_place(site: Site, query: str, code: str) -> None:
    response = await site.post(query=query)

    assert (response.status_code, code_of(response)) == (400, code)
    [error] = response.json()["errors"]
    assert error["path"]
    assert error["locations"]


async def test_a_failure_is_masked_and_logged_once_without_what_was_typed(
    site: Site, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(text: str, **_: Any) -> None:
        raise KeyError(text)

    monkeypatch.setattr(phone_numbers, "look_up", fail)
    query = f'query Secret {{ Wanjiru: phoneLookup(text: "{SOMEBODYS_NUMBER}") {{ phone }} }}'

    response = await site.post(query=query, X_Request_Id="find-me")

    assert response.status_code == 500
    assert response.headers["x-request-id"] == "find-me"
    [error] = response.json()["errors"]
    assert error["message"] == "Internal server error"
    assert error["extensions"] == {"code": "INTERNAL_SERVER_ERROR", "requestId": "find-me"}
    [line] = log.getvalue().splitlines()
    event = orjson.loads(line)
    assert (event["level"], event["request_id"], event["path"]) == ("error", "find-me", "(alias)")
    assert "builtins.KeyError" in event["exception"]
    assert "resolvers/numbers.py" in event["exception"]
    for word in (SOMEBODYS_NUMBER, "Wanjiru", "Secret", "phoneLookup(", site.secret):
        assert word not in line


async def test_a_failure_outside_of_fields_is_masked_and_logged_once(
    site: Site, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any, **__: Any) -> None:
        raise ConnectionError(SOMEBODYS_NUMBER)

    monkeypatch.setattr("web.credentials.authenticate", fail)

    response = await site.post()

    assert response.status_code == 500
    assert code_of(response) == "INTERNAL_SERVER_ERROR"
    [line] = log.getvalue().splitlines()
    assert orjson.loads(line)["request_id"] == response.headers["x-request-id"]
    assert SOMEBODYS_NUMBER not in line


async def test_a_text_that_postgresql_can_not_hold_is_no_failure(site: Site, log: io.StringIO) -> None:
    query = "query ($search: String) { contacts(filter: {search: $search}) { totalCount } }"

    response = await site.post({"query": query, "variables": {"search": "a\0b"}})

    assert response.status_code in (200, 400)
    assert log.getvalue() == ""


# ------------------------------------------------------------------ around the endpoint


async def test_each_answer_has_a_request_id(site: Site) -> None:
    ours = await site.post()
    theirs = await site.post(X_Request_Id="trace-1")
    insane = await site.post(X_Request_Id='"><script>')

    assert theirs.headers["x-request-id"] == "trace-1"
    assert len(ours.headers["x-request-id"]) == len(insane.headers["x-request-id"]) == 32


async def test_instants_are_written_in_utc(site: Site) -> None:
    response = await site.post(query="{ viewer { account { createdAt } } }")

    assert response.json() == {"data": {"viewer": {"account": {"createdAt": "2026-01-05T09:30:00Z"}}}}


async def test_other_origins_are_let_in_by_setting(database_url: str) -> None:
    async with running(database_url, cors_origins="https://app.example.com") as site:
        preflight = await site.client.options(
            "/graphql",
            headers={
                "Origin": "https://app.example.com",
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization,content-type,idempotency-key,graphql-preflight,"
                "apollo-require-preflight,x-requested-with",
            },
        )
        known = await site.post(Origin="https://app.example.com")
        refused = await site.post(Origin="https://app.example.com", Authorization="")
        unknown = await site.post(Origin="https://evil.test")

    assert preflight.status_code == 200
    for response in (known, refused):
        assert response.headers["access-control-allow-origin"] == "https://app.example.com"
        assert "X-Request-Id" in response.headers["access-control-expose-headers"]
    assert "access-control-allow-origin" not in unknown.headers


async def test_without_the_setting_no_origin_is_let_in(site: Site) -> None:
    response = await site.post(Origin="https://app.example.com")

    assert "access-control-allow-origin" not in response.headers


async def test_the_server_says_that_it_lives_and_that_it_is_ready(site: Site) -> None:
    assert (await site.client.get("/healthz")).json() == {"status": "ok"}
    assert (await site.client.get("/readyz")).json() == {"status": "ready"}


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

    for one in (Webhooks, Listener, ContactFeed):
        monkeypatch.setattr(one, "stop", failing(one.__name__))
    app = create_app(Settings(database_url=database_url))
    app.state.clock = lambda: MONDAY
    before = asyncio.all_tasks()

    with pytest.raises(OSError, match="ContactFeed"):
        async with app.router.lifespan_context(app):
            tasks = {task for task in asyncio.all_tasks() - before if "Worker" in repr(task)}

    assert stopped == ["Webhooks", "Listener", "ContactFeed"]
    assert tasks
    assert all(task.done() for task in tasks)
    assert jobs.wakers == []
    left = asyncio.all_tasks() - before
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


async def test_the_schema_and_an_index_of_the_documentation_are_open(site: Site) -> None:
    sdl = await site.client.get("/schema.graphql")
    introspection = await site.client.get("/schema.json")
    index = await site.client.get("/llms.txt")

    assert "type Query {" in sdl.text
    assert introspection.json()["data"]["__schema"]["queryType"] == {"name": "Query", "kind": "OBJECT"}
    assert index.text.startswith("# Muster")
    links = [part.partition(")")[0] for part in index.text.split("](http://muster.test")[1:]]
    assert len(links) > 10
    for link in links:
        assert (await site.client.get(link)).status_code == 200, link


async def test_a_client_that_goes_away_leaves_nothing_behind(site: Site, log: io.StringIO) -> None:
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
