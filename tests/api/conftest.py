"""Servers for the tests in this folder."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.servers.http_client import Site, running
from tests.support.servers.running_server import Served, Socket, serving


@pytest.fixture
async def site(database_url: str) -> AsyncIterator[Site]:
    async with running(database_url) as site:
        yield site


@pytest.fixture
async def served(database_url: str) -> AsyncIterator[Served]:
    """Runs a listening server without workers."""
    async with serving(database_url, jobs=0) as served:
        yield served


@pytest.fixture
async def socket(served: Served) -> AsyncIterator[Socket]:
    async with served.socket() as socket:
        yield socket


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    """Returns the directory for files during an upload."""
    directory = tmp_path / "spool"
    directory.mkdir()
    return directory
