"""Requests over real sockets, on the event loop of production. The database does not matter here."""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import pytest
import uvloop

from tests.protocol.wire import Sockets, listening
from tests.support.servers.http_client import HttpServer, running_http_server


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], Any]]:
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture(params=["sqlite"])
def database_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def site(database_url: str) -> AsyncIterator[HttpServer]:
    async with running_http_server(database_url, max_body_bytes=4000) as site:
        yield site


@pytest.fixture
async def sockets(site: HttpServer) -> AsyncIterator[Sockets]:
    async with listening(site) as sockets:
        yield sockets
