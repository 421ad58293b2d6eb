"""The number of WebSockets of an address and of a token is limited, as is that of a token's unfinished uploads."""

import asyncio
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from tests.support.job_progress import ANSWER, VIEWER
from tests.support.servers.asking import new_token
from tests.support.servers.running_server import running_server
from tests.support.servers.timeouts import wait_until


@pytest.fixture(params=["sqlite"])
def database_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_an_address_and_a_token_have_so_many_sockets(database_url: str) -> None:
    async with running_server(database_url, jobs=0, websockets_per_address=3, websockets_per_token=1) as served:
        other = await new_token(served.api)
        async with served.socket() as first, served.socket(secret=other):
            async with served.socket(is_known=False) as second:
                parameters = {"Authorization": f"Bearer {served.secret}"}
                await second.send({"type": "connection_init", "payload": parameters})
                of_token = await second.closed()
            await wait_until(lambda: served.app.sockets._addresses._counts == {"127.0.0.1": 2})
            async with served.socket(is_known=False):
                with pytest.raises(InvalidStatus) as of_address:
                    async with served.socket(is_known=False):
                        pass
            await first.subscribe(VIEWER)
            answered = await first.receive()
        await wait_until(lambda: not len(served.app.sockets._addresses) and not len(served.app.sockets.tokens))

    assert of_token == (1013, "The token has 1 WebSockets already")
    assert of_address.value.response.status_code == 429
    assert b'"code":"RATE_LIMITED"' in of_address.value.response.body
    assert answered == {"id": "1", "type": "next", "payload": ANSWER}


async def test_a_token_sends_so_many_files_at_a_time(database_url: str) -> None:
    form = b'--b\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{"query": "{ viewer { id } }"}\r\n'
    async with running_server(database_url, jobs=0, uploads_per_token=2) as served:
        head = (
            f"POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {served.secret}\r\nGraphQL-Preflight: 1\r\n"
            "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 10000\r\n\r\n"
        ).encode()
        endpoint: Any = served.app.direct_answers._endpoint
        opened = []
        for _ in range(2):
            opened.append(await asyncio.open_connection("127.0.0.1", served.port))
            opened[-1][1].write(head + form)
        await wait_until(lambda: list(endpoint._uploads._counts.values()) == [2])
        async with served.client() as client:
            headers = {"Content-Type": "multipart/form-data; boundary=b", "GraphQL-Preflight": "1"}
            refused = await client.post("/graphql", content=form, headers=headers)
            for _, writer in opened:
                writer.close()
            await wait_until(lambda: not len(endpoint._uploads))
            incomplete = await client.post("/graphql", content=form, headers=headers)

    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert refused.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert (incomplete.status_code, incomplete.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_USER_INPUT")
