"""Files in GraphQL multipart requests: what resolvers receive, what is refused, and that no file stays on disk."""

import hashlib
import io
from collections.abc import AsyncIterator, Iterator
from errno import ENOSPC
from pathlib import Path
from typing import Any

import orjson
import pytest
from starlette.routing import Route

from services.requests.uploads import Spool
from tests.support.uploads import (
    ATTACH,
    FILE,
    FILE_MAP,
    ONE_FILE,
    PREFLIGHT,
    RECEIVE,
    SHEET,
    UploadServer,
    code_of,
    form,
    operations,
    running_upload_server,
)


@pytest.fixture
async def site(db: None, executor: str, spool: Path) -> AsyncIterator[UploadServer]:
    async with running_upload_server(spool, executor=executor) as site:
        yield site


# ------------------------------------------------------------------ what is taken


async def test_a_resolver_gets_the_file_with_its_name_type_size_and_hash(site: UploadServer) -> None:
    response = await site.post(ONE_FILE)

    assert (response.status_code, response.json()) == (
        200,
        {
            "data": {
                "receive": {
                    "fileName": "people.csv",
                    "contentType": "text/csv",
                    "size": len(SHEET),
                    "sha256": hashlib.sha256(SHEET).hexdigest(),
                    "text": SHEET.decode(),
                }
            }
        },
    )
    assert site.left() == []


async def test_files_go_into_inputs_and_lists_and_one_may_go_to_two_places(site: UploadServer) -> None:
    body = form(
        operations(ATTACH, input={"file": None, "more": [None, None, None]}),
        ("map", {"a": ["variables.input.file", "variables.input.more.2"], "b": ["variables.input.more.0"]}),
        ("b", b"second", "b.csv"),
        ("a", b"first", "a.csv"),
    )

    response = await site.post(body)

    first, second = {"fileName": "a.csv", "text": "first"}, {"fileName": "b.csv", "text": "second"}
    assert (response.status_code, response.json()) == (200, {"data": {"attach": [first, second, first]}})
    assert site.left() == []


@pytest.mark.parametrize("size", [1, 2, 7, 64, 100_000])
async def test_it_does_not_matter_how_the_bytes_arrive(site: UploadServer, size: int) -> None:
    content = bytes(range(256)) * 40 + b"\r\n--x" + b"\r\n--" * 5 + b"\r"
    body = form(operations(RECEIVE, file=None), ("map", {"0": ["variables.file"]}), ("0", content, "a.bin"))

    async def parts() -> AsyncIterator[bytes]:
        for start in range(0, len(body), size):
            yield body[start : start + size]

    response = await site.client.post(
        "/graphql",
        content=parts(),
        headers={"Content-Type": 'multipart/form-data; boundary="X"', **site.headers, **PREFLIGHT},
    )

    received = response.json()["data"]["receive"]
    assert (received["size"], received["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\\\fakepath\\\\people.csv", "people.csv"),
        ("watu wapya – 2026.csv", "watu wapya – 2026.csv"),
        ("a\tb\x7f.csv", "ab.csv"),
        ("", ""),
        ("x" * 300 + ".csv", "x" * 251 + ".csv"),
    ],
)
async def test_a_files_name_is_a_name_alone(site: UploadServer, given: str, taken: str) -> None:
    body = form(operations(RECEIVE, file=None), ("map", {"0": ["variables.file"]}), ("0", b"x", given))

    assert (await site.post(body)).json()["data"]["receive"]["fileName"] == taken


async def test_a_multipart_request_needs_no_file(site: UploadServer) -> None:
    response = await site.post(form(operations("{ here }"), ("map", {})))

    assert response.json() == {"data": {"here": True}}


async def test_a_full_disk_leaves_nothing_and_is_named_in_the_log(
    site: UploadServer, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(ENOSPC, "No space left on device", "/spool/muster-upload-x")

    monkeypatch.setattr(Spool, "write", full)

    response = await site.post(ONE_FILE)

    assert (response.status_code, code_of(response)) == (507, "INSUFFICIENT_STORAGE")
    assert site.left() == []
    [line] = [orjson.loads(line) for line in log.getvalue().splitlines()]
    assert (line["level"], line["cause"]) == ("warning", "builtins.OSError (errno=ENOSPC)")
    assert "muster-upload-x" not in log.getvalue()


# ------------------------------------------------------------------ against other sites' forms


@pytest.mark.parametrize("name", ["Apollo-Require-Preflight", "X-Requested-With", "GraphQL-Preflight"])
async def test_one_of_three_headers_is_enough(site: UploadServer, name: str) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=X", **site.headers, name: "yes"}

    response = await site.client.post("/graphql", content=ONE_FILE, headers=headers)

    assert response.status_code == 200


@pytest.mark.parametrize("headers", [{}, {"GraphQL-Preflight": ""}])
async def test_without_any_of_them_a_form_is_refused(site: UploadServer, headers: dict[str, str]) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=X", **site.headers, **headers}

    response = await site.client.post("/graphql", content=ONE_FILE, headers=headers)

    assert (response.status_code, code_of(response)) == (400, "BAD_USER_INPUT")
    assert "Apollo-Require-Preflight, X-Requested-With, GraphQL-Preflight" in response.json()["errors"][0]["message"]


# ------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        ONE_FILE[:-8],
        form(operations(RECEIVE, file=None), FILE_MAP, FILE, end=b""),
        form(FILE_MAP, operations(RECEIVE, file=None), FILE),
        form(FILE, operations(RECEIVE, file=None), FILE_MAP),
        form(operations(RECEIVE, file=None), FILE, FILE_MAP),
        form(operations(RECEIVE, file=None)),
        form(operations(RECEIVE, file=None), FILE_MAP),
        form(operations(RECEIVE, file=None), FILE_MAP, FILE, FILE),
        form(operations(RECEIVE, file=None), FILE_MAP, FILE, ("1", b"nobody's", "b.csv")),
        form(operations(RECEIVE, file=None), FILE_MAP, ("0", b"no file")),
        form(("operations", b"{"), FILE_MAP, FILE),
        form(("operations", b"[]"), FILE_MAP, FILE),
        form(("operations", b"5"), FILE_MAP, FILE),
        form(("operations", {"variables": {"file": None}}), FILE_MAP, FILE),
        form(("operations", {"query": RECEIVE}), FILE_MAP, FILE),
        form(("operations", {"query": RECEIVE, "variables": None}), FILE_MAP, FILE),
        form(operations(RECEIVE, file="x"), FILE_MAP, FILE),
        form(operations(RECEIVE, file=None), ("map", b"{"), FILE),
        form(operations(RECEIVE, file=None), ("map", []), FILE),
        form(operations(RECEIVE, file=None), ("map", {"0": "variables.file"}), FILE),
        form(operations(RECEIVE, file=None), ("map", {"0": []}), FILE),
        form(operations(RECEIVE, file=None), ("map", {"0": [5]}), FILE),
        form(operations(RECEIVE, file=None), ("map", {"0": ["file"]}), FILE),
        form(operations(RECEIVE, file=None), ("map", {"0": ["variables"]}), FILE),
        form(operations(RECEIVE, file=None), ("map", {"0": ["query"]}), FILE),
        form(operations(RECEIVE, file=None), ("map", {"0": ["variables.other"]}), FILE),
        form(operations(RECEIVE, file=None), ("map", {"0": ["variables.file.deeper"]}), FILE),
        form(operations(RECEIVE, file=None), ("map", {"0": ["variables.file", "variables.file"]}), FILE),
        form(operations(RECEIVE, file=[None]), ("map", {"0": ["variables.file.-1"]}), FILE),
        form(operations(RECEIVE, file=[None]), ("map", {"0": ["variables.file.1"]}), FILE),
        form(operations(RECEIVE, file=[None]), ("map", {"0": ["variables.file.²"]}), FILE),
        form(operations(RECEIVE, file=[None]), ("map", {"0": ["variables.file." + "9" * 5000]}), FILE),
        form(operations(RECEIVE, file=None), ("map", {str(n): ["variables.file"] for n in range(21)}), FILE),
        b"--X\r\nContent-Disposition: form-data\r\n\r\n{}\r\n--X--\r\n",
        b"--X\r\nContent-Disposition: attachment; name=operations\r\n\r\n{}\r\n--X--\r\n",
        b"--X\r\nContent-Disposition form-data\r\n\r\n{}\r\n--X--\r\n",
    ],
)
async def test_a_form_that_is_not_as_it_should_be_is_400(site: UploadServer, body: bytes) -> None:
    response = await site.post(body)

    assert (response.status_code, code_of(response)) == (400, "BAD_USER_INPUT")
    assert site.left() == []


@pytest.mark.parametrize(
    "content_type",
    ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=" + "x" * 300],
)
async def test_a_form_without_a_boundary_is_400(site: UploadServer, content_type: str) -> None:
    response = await site.post(ONE_FILE, Content_Type=content_type)

    assert (response.status_code, code_of(response)) == (400, "BAD_USER_INPUT")


@pytest.mark.parametrize("file", ["a text", 5, {"path": "/etc/passwd"}, None])
async def test_where_a_file_is_wanted_nothing_else_is_taken(site: UploadServer, file: Any) -> None:
    response = await site.post(form(operations(RECEIVE, file=file), ("map", {})))
    inline = await site.post(form(operations('mutation { receive(file: "a text") { size } }'), ("map", {})))

    assert (response.status_code, code_of(response)) == (400, "BAD_USER_INPUT")
    assert (inline.status_code, code_of(inline)) == (400, "GRAPHQL_VALIDATION_FAILED")


async def test_a_file_where_something_else_is_wanted_is_not_told_of(site: UploadServer) -> None:
    body = form(
        operations("mutation ($name: String!) { greet(name: $name) }", name=None),
        ("map", {"0": ["variables.name"]}),
        FILE,
    )

    response = await site.post(body)

    assert (response.status_code, code_of(response)) == (400, "BAD_USER_INPUT")
    assert str(site.directory) not in response.text
    assert "people.csv" not in response.text
    assert site.left() == []


async def test_nothing_is_left_of_a_file_whose_resolver_fails(site: UploadServer) -> None:
    body = form(operations("mutation ($file: Upload!) { fail(file: $file) }", file=None), FILE_MAP, FILE)

    response = await site.post(body)

    assert (response.status_code, code_of(response)) == (500, "INTERNAL_SERVER_ERROR")
    assert site.left() == []


async def test_whoever_has_no_token_is_refused_before_a_file_is_read(site: UploadServer) -> None:
    response = await site.post(ONE_FILE, Authorization="Bearer nonsense")

    assert (response.status_code, code_of(response)) == (401, "UNAUTHENTICATED")


# ------------------------------------------------------------------ clients that go away


@pytest.mark.parametrize("sent", [100, 400, len(ONE_FILE) - 20])
async def test_nothing_is_left_of_an_upload_that_breaks_off(site: UploadServer, sent: int) -> None:
    messages: Iterator[dict[str, Any]] = iter(
        [{"type": "http.request", "body": ONE_FILE[:sent], "more_body": True}, {"type": "http.disconnect"}]
    )
    answers: list[Any] = []

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        answers.append(message)

    given = {"Content-Type": "multipart/form-data; boundary=X", **site.headers, **PREFLIGHT}
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in given.items()],
        "app": site.app,
        "state": {"request_id": "test"},
    }
    [route] = site.app.routes
    assert isinstance(route, Route)
    await route.app(scope, receive, send)

    assert answers == []
    assert site.left() == []
