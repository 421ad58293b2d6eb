"""An account for tests that talk to a server process, where this process's executor does not matter."""

import pytest

from tests.support.api_client import Api


@pytest.fixture
async def account(db: None) -> Api:
    return await Api.of_new_account()
