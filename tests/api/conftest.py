"""Servers that the tests of this folder speak to."""

from collections.abc import AsyncIterator

import pytest

from tests.sites import Site, running


@pytest.fixture
async def site(database_url: str) -> AsyncIterator[Site]:
    async with running(database_url) as site:
        yield site
