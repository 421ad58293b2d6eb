"""Authentication of subscriptions, and the end of a token."""

from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from services.accounts import tokens
from services.accounts.authentication import forget_callers
from tests.support.api_client import DAY, MONDAY
from tests.support.job_progress import ANSWER, PROGRESS, VIEWER, waiting_job
from tests.support.rows import change
from tests.support.servers.running_server import RunningServer, running_server
from web.realtime import token_watch


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_watch, "SECONDS", 0.05)


# ------------------------------------------------------------------ who is let in


@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION"])
async def test_a_socket_takes_its_token_from_the_connections_parameters(served: RunningServer, name: str) -> None:
    async with served.socket(is_known=False) as socket:
        await socket.send({"type": "connection_init", "payload": {name: f"Bearer {served.secret}"}})

        assert await socket.receive() == {"type": "connection_ack"}


async def test_or_from_the_header(served: RunningServer) -> None:
    async with served.socket(is_known=False, additional_headers=served.headers) as socket:
        await socket.send({"type": "connection_init"})
        acknowledged = await socket.receive()
        await socket.subscribe(VIEWER)
        answered = await socket.receive()

    assert acknowledged == {"type": "connection_ack"}
    assert answered == {"id": "1", "type": "next", "payload": ANSWER}


@pytest.mark.parametrize(
    "payload", [None, {}, {"Authorization": "Bearer nonsense"}, {"Authorization": 5}, {"token": "x"}]
)
async def test_without_a_token_that_counts_a_socket_is_closed(served: RunningServer, payload: Any) -> None:
    async with served.socket(is_known=False) as socket:
        await socket.send({"type": "connection_init", "payload": payload})
        code, reason = await socket.closed()

    assert code == 4401
    assert reason.startswith("Unauthorized: ")


async def test_without_a_token_that_counts_no_events_are_sent(served: RunningServer) -> None:
    async with served.events(VIEWER, secret="nonsense") as events:
        await events.response.aread()

    assert events.response.status_code == 401
    assert events.response.headers["content-type"] == "application/json; charset=utf-8"
    assert events.response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    ("origin", "is_let_in"),
    [
        ("https://app.example.com", True),
        ("https://muster.example.com", True),
        ("http://127.0.0.1:{port}", True),
        ("https://evil.example.com", False),
        ("http://127.0.0.1:1", False),
        ("null", False),
    ],
)
async def test_a_page_of_another_site_gets_no_socket(database_url: str, origin: str, is_let_in: bool) -> None:
    settings: dict[str, Any] = {
        "cors_origins": ("https://app.example.com",),
        "public_url": "https://muster.example.com/api",
    }
    async with running_server(database_url, jobs=0, **settings) as served:
        given = origin.replace("{port}", str(served.port))
        if is_let_in:
            async with served.socket(origin=given):
                pass
        else:
            with pytest.raises(InvalidStatus) as refused:
                async with served.socket(origin=given):
                    pass
            assert refused.value.response.status_code == 403


# ------------------------------------------------------------------ when a token ends


@pytest.mark.parametrize("how", ["revoked", "expired", "deactivated"])
async def test_with_its_token_a_socket_ends(served: RunningServer, how: str) -> None:
    id = await waiting_job(served.api)

    async with served.socket() as socket:
        await socket.subscribe(PROGRESS, {"id": id})
        await socket.receive()
        await end_token(served, how)
        code, reason = await socket.closed()

    assert code == 4401
    assert reason.startswith("Unauthorized: The token is unknown, expired or revoked")


@pytest.mark.parametrize("how", ["revoked", "expired", "deactivated"])
async def test_with_its_token_an_event_stream_ends(served: RunningServer, how: str) -> None:
    id = await waiting_job(served.api)

    async with served.events(PROGRESS, {"id": id}) as events:
        await events.receive()
        await end_token(served, how)
        [(name, payload), last] = await events.rest()

    assert (name, last) == ("next", ("complete", None))
    assert [error["extensions"]["code"] for error in payload["errors"]] == ["UNAUTHENTICATED"]


async def test_a_token_that_may_do_something_else_connects_again(served: RunningServer) -> None:
    async with served.socket() as socket:
        await change("account_user", served.api.user_id, role="AGENT")
        await forget_callers()

        assert (await socket.closed())[0] == 4401


async def end_token(served: RunningServer, how: str) -> None:
    if how == "revoked":
        await tokens.revoke(account_id=served.api.account_id, token_id=served.token_id, now=MONDAY)
    elif how == "expired":
        served.at(MONDAY + DAY)
    else:
        await change("account_user", served.api.user_id, is_active=False)
        await forget_callers()
