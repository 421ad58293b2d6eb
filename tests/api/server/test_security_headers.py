"""Browsers guess no media type, and run on a page only what the page names."""

from tests.support.servers.http_client import HttpServer
from tests.support.servers.running_server import running_server

FAST = "web.http.fast_path:DirectProtocol"
PATHS = {
    "/": 307,
    "/console": 200,
    "/console/contacts": 200,
    "/graphql?query={__typename}": 401,
    "/healthz": 200,
    "/readyz": 200,
    "/exports/job_1": 404,
    "/schema.graphql": 200,
    "/schema.json": 200,
    "/llms.txt": 200,
    "/readme.md": 200,
    "/docs/concepts.md": 200,
    "/static/graphiql.js": 200,
    "/examples/import": 200,
    "/examples/import/index.html": 200,
    "/nowhere": 404,
}


async def test_every_answer_forbids_sniffing_and_every_page_has_a_policy(database_url: str) -> None:
    async with (
        running_server(database_url, jobs=0, demo_token="muster_shown", http=FAST) as served,
        served.client() as client,
    ):
        answers = [(path, await client.get(path, headers={"Authorization": ""})) for path in PATHS]
        graphiql = await client.get("/graphql", headers={"Accept": "text/html"})
        fast = await client.post("/graphql", json={"query": "{ __typename }"})
        unreadable = await client.get("/healthz", headers={"Host": "a", "X-Long": "x" * 100_000})

    assert {path: answer.status_code for path, answer in answers} == PATHS
    assert unreadable.status_code == 431
    every = [*answers, ("GraphiQL", graphiql), ("the fast path", fast), ("a refused head", unreadable)]
    assert [path for path, answer in every if answer.headers.get_list("x-content-type-options") != ["nosniff"]] == []
    pages = {path: answer for path, answer in every if answer.headers.get("content-type", "").startswith("text/html")}
    assert pages.keys() == {
        "/console",
        "/console/contacts",
        "/examples/import",
        "/examples/import/index.html",
        "GraphiQL",
    }
    for answer in pages.values():
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'self'; ")
        assert {"frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"} <= set(policy.split("; "))
        assert "unsafe-eval" not in policy


async def test_an_answer_to_a_failure_forbids_sniffing(site: HttpServer) -> None:
    response = await site.post(b"{")

    assert (response.status_code, response.headers["x-content-type-options"]) == (400, "nosniff")
