"""The endpoint over HTTP: authentication, and requests by GET."""

from datetime import timedelta

import httpx2
import pytest

from server import create_app
from services.accounts import tokens
from settings import Settings
from tests.support.api_client import DAY, MONDAY, counted_statements
from tests.support.servers.http_client import ANSWER, QUERY, SOMEBODYS_NUMBER, HttpServer, code_of, running_http_server
from web.http.media_types import JSON

# ------------------------------------------------------------------ who gets in


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "api-key", "API-Key"])
async def test_a_token_is_taken_under_either_scheme(site: HttpServer, scheme: str) -> None:
    response = await site.post(Authorization=f"{scheme} {site.secret}")

    assert (response.status_code, response.json()) == (200, ANSWER)


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer nonsense", "Basic YTpi", "api-key \x7f", "Bearer muster_x y"]
)
async def test_no_token_or_a_bad_one_is_401(site: HttpServer, authorization: str) -> None:
    response = await site.post(Authorization=authorization)

    assert (response.status_code, code_of(response)) == (401, "UNAUTHENTICATED")
    assert response.headers["www-authenticate"].startswith('Bearer realm="muster"')
    assert "data" not in response.json()


async def test_a_token_ends_when_it_expires(site: HttpServer) -> None:
    site.at(MONDAY + DAY - timedelta(seconds=1))
    before = await site.post()
    site.at(MONDAY + DAY)
    after = await site.post()

    assert (before.status_code, after.status_code) == (200, 401)


async def test_a_revoked_token_is_refused_by_the_process_that_revoked_it_at_once(site: HttpServer) -> None:
    assert (await site.post()).status_code == 200

    await tokens.revoke(account_id=site.account_id, token_id=site.token_id, now=MONDAY)

    assert (await site.post()).status_code == 401


async def test_a_token_is_looked_up_once_in_a_while(site: HttpServer) -> None:
    await site.post()
    with counted_statements() as again:
        await site.post()
    site.at(MONDAY + timedelta(seconds=5))
    with counted_statements() as later:
        await site.post()

    assert len([sql for sql in again if "secret_hash" in sql]) == 0
    assert len([sql for sql in later if "secret_hash" in sql]) == 1


async def test_without_the_cache_every_request_looks_its_token_up(database_url: str) -> None:
    async with running_http_server(database_url, token_cache_seconds=0) as site:
        await site.post()
        await tokens.revoke(account_id=site.account_id, token_id=site.token_id, now=MONDAY)

        assert (await site.post()).status_code == 401


# ------------------------------------------------------------------ GET


async def test_a_query_can_be_sent_by_get(site: HttpServer) -> None:
    parameters = {"query": "query ($n: Int) { contacts(first: $n) { totalCount } }", "variables": '{"n": 5}'}

    response = await site.client.get("/graphql", params=parameters, headers={**site.headers, "Accept": JSON})

    assert (response.status_code, response.json()) == (200, {"data": {"contacts": {"totalCount": 0}}})


async def test_a_mutation_can_not_be_sent_by_get(site: HttpServer) -> None:
    mutation = f'mutation {{ optOut(input: {{phone: "{SOMEBODYS_NUMBER}"}}) {{ errors {{ code }} }} }}'

    response = await site.client.get("/graphql", params={"query": mutation}, headers={**site.headers, "Accept": JSON})

    assert (response.status_code, code_of(response), response.headers["allow"]) == (405, "BAD_USER_INPUT", "POST")
    assert (await site.post(query="{ optOuts { totalCount } }")).json() == {"data": {"optOuts": {"totalCount": 0}}}


@pytest.mark.parametrize("parameters", [{"query": QUERY, "variables": "{"}, {"query": QUERY, "variables": "[]"}, {}])
async def test_a_get_that_can_not_be_read_is_400(site: HttpServer, parameters: dict[str, str]) -> None:
    response = await site.client.get("/graphql", params=parameters, headers={**site.headers, "Accept": JSON})

    assert (response.status_code, code_of(response)) == (400, "BAD_USER_INPUT")


async def test_other_methods_are_405(site: HttpServer) -> None:
    response = await site.client.put("/graphql", headers=site.headers)

    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")


async def test_an_unknown_address_or_method_is_an_error_in_json(site: HttpServer) -> None:
    nothing = await site.client.get("/nothing")
    method = await site.client.post("/healthz")
    file = await site.client.get("/docs/nothing.md")

    assert [(each.status_code, code_of(each)) for each in (nothing, method, file)] == [
        (404, "BAD_USER_INPUT"),
        (405, "BAD_USER_INPUT"),
        (404, "BAD_USER_INPUT"),
    ]
    assert {*method.headers["allow"].split(", ")} == {"GET", "HEAD"}


@pytest.mark.parametrize("accept", ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "*/*"])
async def test_a_browser_gets_graphiql_without_a_token(site: HttpServer, accept: str) -> None:
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
