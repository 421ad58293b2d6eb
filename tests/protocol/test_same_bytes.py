"""The fast path returns the same bytes as the general path for every request, and eligible requests take it."""

import gzip
import random
from typing import Any

import orjson
import pytest

from services.phones import numbers as phone_numbers
from tests.protocol.wire import Sockets, listening, request
from tests.support.servers.http_client import HttpServer, running_http_server
from web.http.fast_path import DirectProtocol


def asks(query: str, **more: Any) -> bytes:
    return orjson.dumps({"query": query, **more})


QUERY = asks("{ viewer { account { name } } }")
FAILING = asks('{ phoneLookup(text: "1") { phone } }')
GET: Any = {"without": ("Content-Length", "Content-Type")}
EVERYTHING = asks(
    "{ __schema { types { name description fields { name description type { name ofType { name } } "
    "args { name description } } } } }"
)

DIRECT = {
    "a query": request(QUERY),
    "variables and a name": request(
        asks("query A($n: Int) { contacts(first: $n) { totalCount } } query B { node(id: 1) { id } }").replace(
            b'"}', b'","variables":{"n":3},"operationName":"A"}'
        )
    ),
    "a mutation": request(
        asks('mutation { optOut(input: {phone: "0712 345 678"}) { optOut { phone changedAt } errors { code } } }')
    ),
    "a refusal as a value": request(
        asks('mutation { createContact(input: {contact: {phone: "x"}}) { contact { id } errors { code path } } }')
    ),
    "a large answer": request(EVERYTHING),
    "a large answer, compressed": request(EVERYTHING, headers=["Accept-Encoding: gzip, deflate, br"]),
    "a small answer to a client that accepts gzip": request(QUERY, headers=["Accept-Encoding: gzip"]),
    "texts of many scripts": request(asks('{ contacts(filter: {search: "Ωanjikũ 王"}) { totalCount } }')),
    "escapes": request(rb'{"query": "{ viewer { account { n\u0061me } } }"}'),
    "space around the JSON": request(b" \r\n" + QUERY + b"\r\n\r\n"),
    "no Accept": request(QUERY, without=["Accept"]),
    "an empty Accept": request(QUERY, headers=["Accept:"], without=["Accept"]),
    "the media type of the specification": request(
        QUERY, headers=["Accept: application/graphql-response+json"], without=["Accept"]
    ),
    "any media type": request(QUERY, headers=["Accept: */*"], without=["Accept"]),
    "wishes by quality": request(
        QUERY,
        headers=["Accept: text/html;q=0.9, application/json;q=0.2, application/graphql-response+json;q=0.1"],
        without=["Accept"],
    ),
    "a charset": request(QUERY, headers=["Content-Type: application/json; charset=UTF-8"], without=["Content-Type"]),
    "a request id": request(QUERY, headers=["X-Request-Id: trace-1"]),
    "a request id that is insane": request(QUERY, headers=['X-Request-Id: "><script>']),
    "two request ids": request(QUERY, headers=["X-Request-Id: one", "X-Request-Id: two"]),
    "an origin": request(QUERY, headers=["Origin: https://app.example.com"]),
    "the other scheme": request(QUERY, headers=["Authorization: API-KEY  SECRET"], without=["Authorization"]),
    "no token": request(QUERY, without=["Authorization"]),
    "no token and no JSON": request(b"{", without=["Authorization"]),
    "an unknown token": request(QUERY, headers=["Authorization: Bearer nonsense"], without=["Authorization"]),
    "another scheme": request(QUERY, headers=["Authorization: Basic YTpi"], without=["Authorization"]),
    "a token beyond ASCII": request(QUERY, headers=["Authorization: Bearer \xff\xe9"], without=["Authorization"]),
    "an empty body": request(b""),
    "no JSON": request(b"{"),
    "no UTF-8": request(b'{"query": "\xff"}'),
    "a batch": request(b"[" + QUERY + b"]"),
    "a text": request(b'"query"'),
    "null": request(b"null"),
    "no query": request(b"{}"),
    "a query that is no text": request(b'{"query": 5}'),
    "variables that are no object": request(asks("{ viewer { id } }", variables=[])),
    "extensions that are no object": request(asks("{ viewer { id } }", extensions="x")),
    "an unknown operation name": request(asks("query A { viewer { id } }", operationName="B")),
    "a syntax error": request(asks("{")),
    "a validation error": request(asks("{ nothing viewer }")),
    "a missing variable": request(asks("query ($n: Int!) { contacts(first: $n) { totalCount } }")),
    "a subscription": request(asks('subscription { jobProgress(id: "x") { id } }')),
    "an argument out of range": request(asks("{ contacts(first: 101) { totalCount } }")),
    "data and errors": request(asks('{ node(id: "x") { id } viewer { account { name } } }')),
    "a failure": request(FAILING),
    "a failure with a request id": request(FAILING, headers=["X-Request-Id: find-me"]),
    "a body beyond the limit": request(QUERY.ljust(4001)),
    "a body at the limit": request(QUERY.ljust(4000)),
    "an end of the connection": request(QUERY, headers=["Connection: close"]),
    "a refusal and an end of the connection": request(b"", headers=["Connection: Close"]),
    "keep-alive": request(QUERY, headers=["Connection: keep-alive"]),
    "names in capitals": request(QUERY, headers=["ACCEPT: application/json"], without=["Accept"]),
    "space around values": request(QUERY, headers=["X-Request-Id:   spaced  "]),
    "an upgrade to HTTP/2, as Java asks for it": request(
        QUERY, headers=["Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAEAAEAAAAIAAAAB", "Upgrade: h2c"]
    ),
    "an upgrade to a WebSocket by POST": request(QUERY, headers=["Connection: Upgrade", "Upgrade: websocket"]),
    "many headers": request(QUERY, headers=[f"X-Many-{number}: {number}" for number in range(60)]),
}

ORDINARY = {
    "a query by GET": request(line="GET /graphql?query={viewer{account{name}}} HTTP/1.1", **GET),
    "a mutation by GET": request(line="GET /graphql?query=mutation{x} HTTP/1.1", **GET),
    "a HEAD": request(
        line="HEAD /graphql?query={viewer{account{name}}} HTTP/1.1", headers=["X-Request-Id: head"], **GET
    ),
    "a PUT": request(QUERY, line="PUT /graphql HTTP/1.1"),
    "OPTIONS": request(line="OPTIONS /graphql HTTP/1.1", **GET),
    "a query string": request(QUERY, line="POST /graphql?x=1 HTTP/1.1"),
    "a slash at the end": request(QUERY, line="POST /graphql/ HTTP/1.1"),
    "another path": request(QUERY, line="POST /graphiql HTTP/1.1"),
    "an escaped path": request(QUERY, line="POST /%67raphql HTTP/1.1"),
    "an absolute URL": request(QUERY, line="POST http://muster.test/graphql HTTP/1.1"),
    "chunks": request(
        b"%x\r\n%b\r\n0\r\n\r\n" % (len(QUERY), QUERY),
        headers=["Transfer-Encoding: chunked"],
        without=["Content-Length"],
    ),
    "no length": request(without=["Content-Length"]),
    "Expect": request(QUERY, headers=["Expect: 100-continue"]),
    "Expect without a token": request(QUERY, headers=["Expect: 100-continue"], without=["Authorization"]),
    "what a proxy says of the scheme": request(QUERY, headers=["X-Forwarded-Proto: https"]),
    "an idempotency key": request(QUERY, headers=["Idempotency-Key: 1"]),
    "a compressed body": request(gzip.compress(QUERY), headers=["Content-Encoding: gzip"]),
    "a page for an answer": request(QUERY, headers=["Accept: text/html"], without=["Accept"]),
    "nothing acceptable": request(QUERY, headers=["Accept: application/json;q=0"], without=["Accept"]),
    "a text as JSON": request(QUERY, headers=["Content-Type: text/plain"], without=["Content-Type"]),
    "JSON in another charset": request(
        QUERY, headers=["Content-Type: application/json; charset=latin-1"], without=["Content-Type"]
    ),
    "a body of no type": request(QUERY, without=["Content-Type"]),
    "no token and no type": request(QUERY, without=["Content-Type", "Authorization"]),
    "HTTP/1.0": request(QUERY, line="POST /graphql HTTP/1.0"),
    "HTTP/1.0 with keep-alive": request(QUERY, line="POST /graphql HTTP/1.0", headers=["Connection: keep-alive"]),
    "no version at all": request(QUERY, line="POST /graphql"),
    "health": request(line="GET /healthz HTTP/1.1", **GET),
    "the schema": request(line="GET /schema.graphql HTTP/1.1", **GET),
    "a place that is not there": request(line="GET /nothing HTTP/1.1", **GET),
}

MALFORMED = {
    "nonsense": b"nonsense\r\n\r\n",
    "two tokens": request(QUERY, headers=["Authorization: Bearer nonsense"]),
    "two hosts": request(QUERY, headers=["Host: evil.test"]),
    "no host": request(QUERY, without=["Host"]),
    "more than 100 headers": request(QUERY, headers=[f"X-Many-{number}: {number}" for number in range(96)]),
    "a header of more than 64 KB": request(QUERY, headers=[f"X-Large: {'x' * 65_536}"]),
    "a URL of more than 70 KB": request(QUERY, line=f"POST /graphql?{'x' * 70_000} HTTP/1.1"),
    "a tunnel": request(line="CONNECT muster.test:443 HTTP/1.1", without=["Content-Length", "Content-Type"]),
    "an unknown method": request(QUERY, line="FETCH /graphql HTTP/1.1"),
    "an unknown version": request(QUERY, line="POST /graphql HTTP/7.3"),
    "a path beyond ASCII": request(QUERY, line="POST /gr\xe4phql HTTP/1.1"),
    "a header without a colon": request(QUERY, headers=["Nonsense"]),
    "a header's name with a space": request(QUERY, headers=["A b: c"]),
    "a zero byte in a header": request(QUERY, headers=["X-Request-Id: a\0b"]),
    "a negative length": request(QUERY, headers=["Content-Length: -1"], without=["Content-Length"]),
    "a length that is no number": request(QUERY, headers=["Content-Length: ten"], without=["Content-Length"]),
    "two lengths": request(QUERY, headers=["Content-Length: 5"]),
    "a length and chunks": request(QUERY, headers=["Transfer-Encoding: chunked"]),
    "a chunk of no length": request(b"x\r\n", headers=["Transfer-Encoding: chunked"], without=["Content-Length"]),
}
STATUSES = {
    "more than 100 headers": b"HTTP/1.1 431 ",
    "a header of more than 64 KB": b"HTTP/1.1 431 ",
    "a URL of more than 70 KB": b"HTTP/1.1 414 ",
    "a tunnel": b"HTTP/1.1 405 ",
}


@pytest.fixture(autouse=True)
def failing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(text: str, **_: Any) -> None:
        raise KeyError(text)

    monkeypatch.setattr(phone_numbers, "look_up", fail)


@pytest.mark.parametrize("name", DIRECT)
async def test_the_direct_way_answers_as_the_ordinary_one_does(sockets: Sockets, name: str) -> None:
    ordinary, direct = await sockets.both(DIRECT[name])

    assert direct == ordinary
    assert direct.startswith(b"HTTP/1.1 ")
    assert sockets.watched.count == 1


@pytest.mark.parametrize("name", ORDINARY)
async def test_what_is_more_than_an_operation_goes_the_ordinary_way(sockets: Sockets, name: str) -> None:
    ordinary, direct = await sockets.both(ORDINARY[name])

    assert direct == ordinary
    assert direct.startswith(b"HTTP/1.1 ")
    assert sockets.watched.count == 0


@pytest.mark.parametrize("name", MALFORMED)
async def test_what_is_no_request_is_refused_alike(sockets: Sockets, name: str) -> None:
    ordinary, direct = await sockets.both(MALFORMED[name])

    assert direct == ordinary
    head, _, body = direct.partition(b"\r\n\r\n")
    [error] = orjson.loads(body)["errors"]
    assert direct.startswith(STATUSES.get(name, b"HTTP/1.1 400 "))
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}
    assert b"\r\nx-request-id: \r\nconnection: close" in head
    assert sockets.watched.count == 0


@pytest.mark.parametrize("table", [DIRECT, ORDINARY], ids=["direct", "ordinary"])
async def test_requests_that_come_bit_by_bit_are_answered_alike(sockets: Sockets, table: dict[str, bytes]) -> None:
    for name, raw in table.items():
        whole = raw.replace(b"SECRET", sockets.secret.encode())
        head = whole.index(b"\r\n\r\n")
        cuts = [3, head - 7, head + 2, head + 4, head + 9]
        chunks = [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]

        ordinary, direct = await sockets.both(*filter(None, chunks))

        assert (name, direct) == (name, ordinary)
        assert direct.startswith(b"HTTP/1.1 "), name


async def test_a_head_by_itself_goes_the_ordinary_way(sockets: Sockets) -> None:
    head, body = request(QUERY)[: -len(QUERY)], QUERY

    ordinary, direct = await sockets.both(head, body, pause=0.05)

    assert direct == ordinary
    assert sockets.watched.count == 0


async def test_a_head_that_comes_again_is_not_parsed_again_and_is_answered_alike(
    sockets: Sockets, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse, parsed = DirectProtocol._parse, list[bytes]()

    def noting(connection: DirectProtocol, data: bytes) -> bytes:
        parsed.append(data)
        return parse(connection, data)

    monkeypatch.setattr(DirectProtocol, "_parse", noting)
    first, again = request(QUERY), request(QUERY.replace(b"name", b"name id"))
    nobody = first.replace(b"SECRET", b"NOBODY")
    head, forwarded = first[: -len(QUERY)], request(QUERY, headers=["X-Forwarded-For: 192.0.2.1"])
    closing = request(QUERY, headers=["Connection: close"])
    once = [first, again, nobody, nobody, first + again, head, QUERY, again, forwarded, forwarded]

    ordinary, direct = await sockets.both(*once, closing, pause=0.03, answers=11)

    assert direct == ordinary
    assert direct.count(b"HTTP/1.1 200 ") == 9
    assert direct.count(b"HTTP/1.1 401 ") == 2
    assert [data.replace(sockets.secret.encode(), b"SECRET") for data in parsed] == [
        *(first, nobody, first + again, head, QUERY, forwarded, forwarded, closing)
    ]


@pytest.mark.parametrize("seed", range(12))
async def test_pipelined_requests_are_answered_in_their_order_however_they_are_cut(sockets: Sockets, seed: int) -> None:
    chance = random.Random(seed)
    kept = [name for name, raw in {**DIRECT, **ORDINARY}.items() if b"lose" not in raw and b"HTTP/1.1" in raw]
    names = chance.sample(kept, 8)
    requests = [{**DIRECT, **ORDINARY}[name].replace(b"SECRET", sockets.secret.encode()) for name in names]
    whole = b"".join(requests)
    cuts = sorted(chance.sample(range(1, len(whole)), chance.choice([0, 1, 3, 20])))
    chunks = [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]

    ordinary, direct = await sockets.both(*chunks, answers=len(requests))
    alone = [await sockets.send(sockets.direct, raw) for raw in requests]

    assert direct == ordinary
    last = alone[0][alone[0].rindex(b"HTTP/1.1 200") :]
    assert direct == b"".join(answer.removesuffix(last) for answer in alone) + last


async def test_a_request_behind_one_that_ends_the_connection_is_treated_alike(sockets: Sockets) -> None:
    closing = request(QUERY, headers=["Connection: close"])

    ordinary, direct = await sockets.both(closing + request(QUERY))

    assert direct == ordinary


async def test_nonsense_behind_a_request_is_treated_alike(sockets: Sockets) -> None:
    ordinary, direct = await sockets.both(request(QUERY) + b"nonsense\r\n\r\n", answers=2)

    assert direct == ordinary


async def test_a_client_that_sends_no_more_is_treated_alike(sockets: Sockets) -> None:
    ordinary, direct = await sockets.both(request(QUERY), is_ended=True)

    assert direct == ordinary


async def test_a_client_that_ends_in_the_middle_of_a_body_is_treated_alike(sockets: Sockets) -> None:
    ordinary, direct = await sockets.both(request(QUERY)[:-5], is_ended=True)

    assert direct == ordinary


async def test_a_socket_is_opened_through_either_protocol(sockets: Sockets) -> None:
    handshake = (
        b"GET /graphql HTTP/1.1\r\nHost: muster.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
    )

    ordinary, direct = await sockets.both(handshake)

    assert direct.split(b"\r\n")[0] == ordinary.split(b"\r\n")[0] != b""


async def test_the_limit_of_concurrency_is_uvicorns(site: HttpServer) -> None:
    async with listening(site, limit_concurrency=1) as sockets:
        ordinary, direct = await sockets.both(request(QUERY))

    assert direct == ordinary
    assert direct.startswith(b"HTTP/1.1 503 ")


async def test_a_path_before_ours_is_uvicorns(site: HttpServer) -> None:
    async with listening(site, root_path="/api") as sockets:
        ordinary, direct = await sockets.both(request(QUERY))

    assert direct == ordinary
    assert sockets.watched.count == 0


@pytest.mark.parametrize("headers", [[], ["Origin: https://app.example.com"], ["Origin: https://evil.test"]])
async def test_other_origins_are_let_in_alike(database_url: str, headers: list[str]) -> None:
    async with (
        running_http_server(database_url, cors_origins="https://app.example.com") as site,
        listening(site) as sockets,
    ):
        ordinary, direct = await sockets.both(request(QUERY, headers=headers))

    assert direct == ordinary
    assert (b"access-control-allow-origin" in direct) is any("app.example" in header for header in headers)
    assert b"\r\nvary: Origin\r\n" in direct
    assert sockets.watched.count == 1


async def test_with_a_public_url_it_does_not_matter_what_a_proxy_says(database_url: str) -> None:
    async with running_http_server(database_url, public_url="https://muster.test") as site, listening(site) as sockets:
        ordinary, direct = await sockets.both(request(QUERY, headers=["X-Forwarded-Proto: https"]))

    assert direct == ordinary
    assert sockets.watched.count == 1
