"""Servers for the tests in this folder."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.change_watch import ChangeWatch, watched_changes
from tests.support.servers.http_client import HttpServer, running_http_server
from tests.support.servers.running_server import RunningServer, Socket, running_server


@pytest.fixture
async def site(database_url: str) -> AsyncIterator[HttpServer]:
    async with running_http_server(database_url) as site:
        yield site


@pytest.fixture
async def served(database_url: str) -> AsyncIterator[RunningServer]:
    """Runs a listening server without workers."""
    async with running_server(database_url, jobs=0) as served:
        yield served


@pytest.fixture
async def socket(served: RunningServer) -> AsyncIterator[Socket]:
    async with served.socket() as socket:
        yield socket


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    """Returns the directory for files during an upload."""
    directory = tmp_path / "spool"
    directory.mkdir()
    return directory


@pytest.fixture
async def change_watch(db: None) -> AsyncIterator[ChangeWatch]:
    """Returns a comparison of the change log with what really changes."""
    async with watched_changes() as watch:
        yield watch
