"""The receiver of the webhook tests."""

from collections.abc import AsyncIterator

import pytest

from tests.support.servers.webhook_receiver import Receiver, receiving


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as running:
        yield running
