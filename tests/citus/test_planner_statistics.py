"""The planner's statistics of a cluster are those of the node that has the account's rows."""

import pytest

from models.db import database, planner_statistics
from tests.support.api_client import Api

pytestmark = pytest.mark.citus

ROWS = 2_000


async def test_a_table_is_analyzed_once_for_an_account_that_has_grown(db: None) -> None:
    api = await Api.of_new_account()
    of_account = ("tag", "account_id = $1", api.account_id)
    assert not await planner_statistics.refresh(*of_account, count=1)

    names = "SELECT $1, 'tag ' || number, 0 FROM generate_series(1, $2) AS number"
    await database.execute(f"INSERT INTO tag (account_id, name, contact_count) {names}", api.account_id, ROWS)

    assert [await planner_statistics.refresh(*of_account, count=ROWS) for _ in range(3)] == [True, False, False]
