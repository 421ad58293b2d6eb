"""Trusted documents and Apollo's persisted queries, over HTTP, WebSockets and server-sent events."""

import hashlib
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import orjson
import pytest
from structlog.testing import capture_logs

from server import create_app
from services.accounts import management as accounts, tokens
from services.accounts.authentication import Scope
from settings import BadSettings, Settings
from tests.support.api_client import MONDAY
from tests.support.servers.http_client import ANSWER, QUERY, HttpServer, code_of, running_http_server
from tests.support.servers.running_server import running_server
from web.documents.persisted import PersistedQueries

OTHER = "{ viewer { scopes } }"
PROGRESS = "subscription Progress($id: ID!) { jobProgress(id: $id) { id } }"
CREATE = 'mutation { createContact(input: {contact: {phone: "0712000001"}}) { outcome } }'
NOT_FOUND = [{"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}]
NOT_SUPPORTED = [{"message": "PersistedQueryNotSupported", "extensions": {"code": "PERSISTED_QUERY_NOT_SUPPORTED"}}]


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def persisted(hash_: Any, version: Any = 1) -> dict[str, Any]:
    return {"persistedQuery": {"version": version, "sha256Hash": hash_}}


async def get(site: HttpServer, *, headers: dict[str, str] | None = None, **parameters: Any) -> httpx2.Response:
    encoded = {
        name: each if isinstance(each, str) else orjson.dumps(each).decode() for name, each in parameters.items()
    }
    accept = {"Accept": "application/graphql-response+json"}
    return await site.client.get("/graphql", params=encoded, headers=accept | site.headers | (headers or {}))


# ------------------------------------------------------------------ persisted queries


async def test_a_query_is_registered_with_its_text_and_then_found_by_its_hash(site: HttpServer) -> None:
    by_hash = {"extensions": persisted(sha256(QUERY)), "variables": {}}

    unknown = await site.post(by_hash)
    wrong = await site.post(by_hash | {"query": OTHER})
    invalid = await site.post({"query": "{ nothing }", "extensions": persisted(sha256("{ nothing }"))})
    registered = await site.post(by_hash | {"query": QUERY})
    by_post = await site.post(by_hash)
    by_get = await get(site, extensions=persisted(sha256(QUERY)), operationName="")
    still_unknown = await site.post({"extensions": persisted(sha256("{ nothing }"))})

    assert (unknown.status_code, unknown.json()) == (200, {"errors": NOT_FOUND})
    assert (wrong.status_code, code_of(wrong)) == (400, "BAD_USER_INPUT")
    assert code_of(invalid) == "GRAPHQL_VALIDATION_FAILED"
    assert [each.json() for each in (registered, by_post, by_get)] == [ANSWER] * 3
    assert (by_get.headers["cache-control"], by_get.headers.get("etag")) == ("no-store", None)
    assert still_unknown.json() == {"errors": NOT_FOUND}


async def test_a_mutation_by_hash_keeps_its_idempotency_key_and_is_refused_by_get(site: HttpServer) -> None:
    named = {"extensions": persisted(sha256(CREATE))}

    first = await site.post(named | {"query": CREATE}, Idempotency_Key="a")
    again = await site.post(named, Idempotency_Key="a")
    by_get = await get(site, **named)

    assert first.json() == {"data": {"createContact": {"outcome": "CREATED"}}}
    assert again.json() == first.json() | {"extensions": {"idempotency": {"replayed": True}}}
    assert by_get.status_code == 405


async def test_the_queries_of_an_account_are_its_own(site: HttpServer) -> None:
    account_id = await accounts.create(name="Other", default_region="KE", now=MONDAY)
    _, secret = await tokens.create(
        account_id=account_id, name="test", user_id=None, scopes=list(Scope), expires_at=None, now=MONDAY
    )
    await site.post({"query": QUERY, "extensions": persisted(sha256(QUERY))})

    other = await site.post({"extensions": persisted(sha256(QUERY))}, Authorization=f"Bearer {secret}")

    assert other.json() == {"errors": NOT_FOUND}


async def test_a_malformed_name_of_a_document_is_400(site: HttpServer) -> None:
    contents: tuple[dict[str, Any], ...] = (
        {"extensions": persisted(sha256(QUERY), version=2)},
        {"extensions": persisted(5)},
        {"extensions": persisted("")},
        {"extensions": {"persistedQuery": "a"}},
        {"documentId": 5},
        {"documentId": ""},
        {"documentId": "a" * 201},
        {"extensions": {}},
    )
    for content in contents:
        response = await site.post(content)

        assert (response.status_code, code_of(response)) == (400, "BAD_USER_INPUT"), content


async def test_without_memory_persisted_queries_are_not_supported(database_url: str) -> None:
    async with running_http_server(database_url, persisted_queries_bytes="0") as site:
        by_hash = await site.post({"extensions": persisted(sha256(QUERY))})
        with_text = await site.post({"extensions": persisted(sha256(QUERY)), "query": QUERY})

    assert (by_hash.status_code, by_hash.json()) == (200, {"errors": NOT_SUPPORTED})
    assert with_text.json() == ANSWER


def test_an_account_that_fills_the_memory_evicts_only_its_own_queries() -> None:
    queries, small, large = PersistedQueries(max_bytes=10_000), uuid4(), uuid4()
    queries.put(small, "mine", "{ a }")
    for number in range(1_000):
        queries.put(large, str(number), "x" * 500)
        queries.get(large, "0")
    queries.put(large, "huge", "x" * 50_000)

    assert queries.get(small, "mine") == "{ a }"
    assert queries.get(large, "huge") is queries.get(large, "1") is None
    queries.put(large, "again", "{ b }")
    assert queries.get(large, "again") == "{ b }"


# ------------------------------------------------------------------ trusted documents


@pytest.fixture(params=["relay", "codegen", "apollo", "directory"])
def manifest(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    """Returns a path of trusted documents, which has QUERY and PROGRESS, and the id of QUERY."""
    md5, sha1 = hashlib.md5(QUERY.encode()).hexdigest(), hashlib.sha1(QUERY.encode()).hexdigest()
    path, other = tmp_path / "documents.json", {sha256(PROGRESS): PROGRESS}
    if request.param == "relay":  # persistConfig with a file
        path.write_bytes(orjson.dumps({md5: QUERY} | other))
        return path, md5
    if request.param == "codegen":  # persisted-documents.json of the client preset
        path.write_bytes(orjson.dumps({sha1: QUERY} | other))
        return path, sha1
    if request.param == "apollo":
        named = {"id": "q-1", "name": "", "type": "query", "body": QUERY}
        content = {"format": "apollo-persisted-query-manifest", "version": 1}
        content |= {"operations": [named, {"id": "p-1", "body": PROGRESS}]}
        path.write_bytes(orjson.dumps(content))
        return path, "q-1"
    (tmp_path / "inner").mkdir()
    (tmp_path / "Viewer.graphql").write_text(QUERY)
    (tmp_path / "inner" / "progress.gql").write_text(PROGRESS)
    (tmp_path / "README.md").write_text("not a document")
    return tmp_path, "Viewer"


async def test_only_trusted_documents_run(database_url: str, manifest: tuple[Path, str]) -> None:
    path, name = manifest
    async with running_http_server(database_url, documents="only", documents_path=str(path)) as site:
        answers = [
            await site.post({"documentId": name}),
            await site.post({"documentId": f"sha256:{sha256(QUERY)}"}),
            await site.post({"extensions": persisted(sha256(QUERY))}),
            await site.post({"query": QUERY}),
            await site.post({"query": QUERY, "documentId": name}),
            await get(site, documentId=name),
            await get(site, extensions=persisted(sha256(QUERY))),
        ]
        refused = [
            await site.post({"query": OTHER}),
            await site.post({"query": "{"}),
            await site.post({"query": OTHER, "extensions": persisted(sha256(OTHER))}),
            await site.post({"extensions": persisted(sha256(OTHER))}),
            await site.post({"documentId": "unknown"}),
            await get(site, query=OTHER),
        ]
        contradiction = await site.post({"query": OTHER, "documentId": name})

    assert [answer.json() for answer in answers] == [ANSWER] * len(answers)
    assert {(each.status_code, code_of(each)) for each in refused} == {(403, "DOCUMENT_NOT_TRUSTED")}
    assert (contradiction.status_code, code_of(contradiction)) == (400, "BAD_USER_INPUT")


@pytest.fixture
def viewer(tmp_path: Path) -> Path:
    path = tmp_path / "Viewer.graphql"
    path.write_text(QUERY)
    return path.parent


async def test_audit_runs_everything_and_logs_what_is_not_trusted(database_url: str, viewer: Path) -> None:
    named = "query Scopes " + OTHER
    async with running_http_server(database_url, documents="audit", documents_path=viewer) as site:
        with capture_logs() as logged:
            answers = [await site.post({"query": QUERY}), await site.post({"query": named})]
            unknown = await site.post({"documentId": "unknown"})
            await site.post({"query": "{"})

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [(one["event"], one["document"], one["operation"]) for one in logged if "document" in one] == [
        ("a document is not trusted", sha256(named), "Scopes")
    ]
    assert code_of(unknown) == "DOCUMENT_NOT_TRUSTED"


async def test_answers_to_gets_of_trusted_documents_are_revalidated(database_url: str, viewer: Path) -> None:
    async with running_http_server(database_url, documents_path=viewer, cors_origins="https://app.example.com") as site:
        origin = {"Origin": "https://app.example.com"}
        first = await get(site, documentId="Viewer", headers=origin)
        tag = first.headers["etag"]
        same = [await get(site, documentId="Viewer", headers={"If-None-Match": each}) for each in (tag, tag[2:], "*")]
        listed = await get(site, documentId="Viewer", headers={"If-None-Match": f'"a", {tag}'})
        changed = await get(site, documentId="Viewer", headers={"If-None-Match": '"a"'})
        by_text = await get(site, query=QUERY, headers={"If-None-Match": tag})
        posted = await site.post({"documentId": "Viewer"}, If_None_Match=tag)
        untrusted = await get(site, query=OTHER, headers={"If-None-Match": "*"})
        failed = await get(site, documentId="Viewer", headers={"Authorization": "", "If-None-Match": "*"})

    assert (first.status_code, first.json(), first.headers["cache-control"]) == (200, ANSWER, "private")
    assert {each.strip() for each in ",".join(first.headers.get_list("vary")).split(",")} >= {
        "Accept",
        "Authorization",
        "Origin",
    }
    for each in (*same, listed, by_text):
        assert (each.status_code, each.content, each.headers["etag"]) == (304, b"", tag)
        assert each.headers["cache-control"] == "private"
        assert "content-type" not in each.headers
    assert (changed.status_code, changed.json()) == (200, ANSWER)
    for each in (posted, untrusted):
        assert (each.status_code, each.headers["cache-control"]) == (200, "no-store")
    assert failed.status_code == 401


async def test_the_schema_is_revalidated(site: HttpServer) -> None:
    for path in ("/schema.graphql", "/schema.json"):
        first = await site.client.get(path)
        again = await site.client.get(path, headers={"If-None-Match": first.headers["etag"]})

        assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
        assert again.headers["cache-control"] == first.headers["cache-control"] == "public, max-age=300"


# ------------------------------------------------------------------ sockets and events


async def test_sockets_and_events_run_only_trusted_documents(database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "documents.json"
    path.write_bytes(orjson.dumps({"viewer": QUERY, "progress": PROGRESS}))
    job = {"id": "job_01jd8vq0c5fj2v7wq1x3ynm8za"}
    async with (
        running_server(database_url, jobs=0, documents="only", documents_path=path) as served,
        served.socket() as socket,
    ):

        async def over_socket(payload: dict[str, Any]) -> Any:
            await socket.send({"id": "1", "type": "subscribe", "payload": payload})
            first = await socket.receive()
            if first["type"] == "next":
                await socket.receive()
            return first["payload"]

        by_id, by_hash = (
            await over_socket({"documentId": "viewer"}),
            await over_socket({"extensions": persisted(sha256(QUERY))}),
        )
        subscribed = await over_socket({"documentId": "progress", "variables": job})
        refused = await over_socket({"query": OTHER})
        async with served.client() as client:
            events = {"Accept": "text/event-stream"}
            streamed = await client.post("/graphql", json={"documentId": "viewer"}, headers=events)
            untrusted = await client.post("/graphql", json={"query": OTHER}, headers=events)
            short = await client.post("/graphql", json={"documentId": "viewer"}, headers={"Accept": "*/*"})

    assert by_id == by_hash == short.json() == ANSWER
    assert subscribed["errors"][0]["message"] == "There is no such job."
    assert [error["extensions"]["code"] for error in refused] == ["DOCUMENT_NOT_TRUSTED"]
    assert orjson.dumps(ANSWER) in streamed.content
    assert (untrusted.status_code, code_of(untrusted)) == (403, "DOCUMENT_NOT_TRUSTED")


# ------------------------------------------------------------------ settings


def test_documents_that_can_not_be_read_stop_the_start(tmp_path: Path) -> None:
    def problem(**settings: Any) -> str:
        with pytest.raises(BadSettings) as caught:
            create_app(Settings(**settings))
        return str(caught.value)

    path = tmp_path / "documents.json"
    assert problem(documents="only") == "MUSTER_DOCUMENTS_PATH must be set if MUSTER_DOCUMENTS is only"
    assert problem(documents_path=path) == f"MUSTER_DOCUMENTS_PATH must be a file or a directory, not '{path}'"
    assert problem(documents_path=tmp_path) == f"MUSTER_DOCUMENTS_PATH: {tmp_path} has no documents"
    for content, why in {
        b"{": "is not valid JSON: unexpected end of data: line 1 column 2 (char 1)",
        b'{"a": 1}': "is not a manifest: it must map ids to the texts of documents",
        b'{"operations": [{"id": 1}]}': "is not a manifest: it must map ids to the texts of documents",
    }.items():
        path.write_bytes(content)
        assert problem(documents_path=path) == f"MUSTER_DOCUMENTS_PATH: {path} {why}"
    path.write_bytes(orjson.dumps({"Viewer": QUERY}))
    (tmp_path / "Viewer.graphql").write_text(OTHER)
    assert "another document has the same name or id, 'Viewer'" in problem(documents_path=tmp_path)
    (tmp_path / "Viewer.graphql").write_bytes(b"\xff")
    assert "can't be read: 'utf-8' codec can't decode" in problem(documents_path=tmp_path)
