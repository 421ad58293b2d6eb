"""Servers that the tests of this folder speak to."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.sites import Site, running


@pytest.fixture
async def site(database_url: str) -> AsyncIterator[Site]:
    async with running(database_url) as site:
        yield site


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    """Where files are kept while a request brings them."""
    directory = tmp_path / "spool"
    directory.mkdir()
    return directory
