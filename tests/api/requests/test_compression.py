"""Answers are compressed for clients that accept it, and bodies may be compressed, both within limits."""

import asyncio
import gzip
import zlib
from typing import Any

import orjson
import pytest
import zstandard

from tests.support.servers.http_client import ANSWER, QUERY, HttpServer, code_of, running_http_server
from web.http.compression import compress, encoding_for
from web.http.responses import of_json

LARGE = "{ __schema { types { name description } } }"
BODY = orjson.dumps({"query": QUERY})
PACKED = gzip.compress(BODY)


@pytest.fixture(params=["sqlite"])
def database_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        ("gzip", "gzip"),
        ("GZIP;q=0.5, br", "gzip"),
        ("x-gzip", "gzip"),
        ("*", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("zstd;q=0, gzip", "gzip"),
        ("deflate, br", None),
        ("gzip;q=0, *", None),
        ("*, gzip; q=0.000", None),
        ("*;q=0", None),
        ("", None),
    ],
)
def test_what_a_header_accepts(header: str, encoding: str | None) -> None:
    assert encoding_for(header.encode()) == encoding


async def test_answers_are_compressed_with_zstd_for_clients_that_accept_it(site: HttpServer) -> None:
    plain, packed = [await site.post(query=LARGE, Accept_Encoding=name) for name in ("identity", "gzip, zstd")]

    assert packed.headers["content-encoding"] == "zstd"
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 3
    assert zstandard.ZstdDecompressor().decompressobj().decompress(packed.content) == plain.content


async def test_large_answers_are_compressed_where_accepted(site: HttpServer) -> None:
    packed, plain = [await site.post(query=LARGE, Accept_Encoding=name) for name in ("gzip", "identity")]
    small = await site.post(Accept_Encoding="gzip")
    page = await site.client.get("/graphql", headers={"Accept": "text/html", "Accept-Encoding": "gzip"})
    schema = await site.client.get("/schema.graphql", headers={"Accept-Encoding": "gzip"})

    assert (packed.headers["content-encoding"], packed.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 3
    assert (packed.json(), plain.headers["vary"]) == (plain.json(), "Accept-Encoding")
    assert "content-encoding" not in plain.headers.keys() | small.headers.keys()
    assert [each.headers["content-encoding"] for each in (page, schema)] == ["gzip"] * 2
    assert "type Contact " in schema.text


async def test_compression_can_be_switched_off(database_url: str) -> None:
    async with running_http_server(database_url, compression="off") as site:
        answer = await site.post(query=LARGE, Accept_Encoding="gzip")

    assert {"content-encoding", "vary"}.isdisjoint(answer.headers)


async def test_the_event_loop_goes_on_while_a_large_answer_is_compressed() -> None:
    reply = of_json(200, orjson.dumps([f"{number * 7919 % 1_000_003:07}" for number in range(400_000)]))
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0.001)
            turns += 1

    counting = asyncio.create_task(count())
    packed = await compress(reply, b"gzip")
    counting.cancel()

    assert turns > 3
    assert zlib.decompress(packed.body, 31) == reply.body


# ------------------------------------------------------------------ requests


async def test_a_body_may_be_compressed(site: HttpServer) -> None:
    packed = await site.post(PACKED, Content_Encoding="gzip")
    plain = await site.post(BODY, Content_Encoding="identity")

    assert packed.json() == plain.json() == ANSWER


@pytest.mark.parametrize("encoding", ["br", "deflate", "zstd", "gzip, gzip", "gzip, br"])
async def test_any_other_encoding_is_415(site: HttpServer, encoding: str) -> None:
    refused = await site.post(PACKED, Content_Encoding=encoding)

    assert (refused.status_code, code_of(refused)) == (415, "BAD_USER_INPUT")
    assert refused.headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize(
    "body",
    [b"x", BODY, PACKED[:-1], PACKED * 2, PACKED + b"x"],
    ids=["a byte", "plain", "cut off", "two members", "a rest"],
)
async def test_a_body_that_can_not_be_unpacked_is_400(site: HttpServer, body: bytes) -> None:
    refused = await site.post(body, Content_Encoding="gzip")

    assert (refused.status_code, code_of(refused)) == (400, "BAD_USER_INPUT")


async def test_what_a_body_unpacks_to_is_limited(database_url: str) -> None:
    field = b'--b\r\nContent-Disposition: form-data; name="operations"\r\n\r\n'
    form: Any = {"Content_Type": "multipart/form-data; boundary=b", "GraphQL_Preflight": "1"}
    async with running_http_server(database_url, max_body_bytes=1_000_000) as site:
        fits = await site.post(gzip.compress(BODY.ljust(1_000_000)), Content_Encoding="gzip")
        json = await site.post(gzip.compress(BODY.ljust(50_000_000)), Content_Encoding="gzip")
        multipart = await site.post(gzip.compress(field + BODY.ljust(50_000_000)), Content_Encoding="gzip", **form)

    assert fits.json() == ANSWER
    assert [(each.status_code, code_of(each)) for each in (json, multipart)] == [(413, "BAD_USER_INPUT")] * 2
