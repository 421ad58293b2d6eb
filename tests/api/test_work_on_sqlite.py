"""Reading a relation costs SQLite as much in a large account as in a small one, without any statistics."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from models import database
from tests.api.growing import grow
from tests.api.relations import PATHS, Filled, fill, operation, whole
from tests.api_client import Api
from tests.work import Observer, recorded_reads

PAGE = 10
MORE = 2_000
RELATIONS = [("Campaign", "lists"), ("Contact", "assignees"), ("Contact", "campaigns"), ("Contact", "lists")]


@pytest.fixture
def database_kind() -> str:
    return "sqlite"


@pytest.fixture
async def filled(api: Api) -> Filled:
    return await fill(api)


@pytest.fixture
def observer(database_url: str, api: Api) -> Iterator[Observer]:
    observer = Observer(database_url)
    yield observer
    observer.close()


class Reading(NamedTuple):
    work: int
    whole_accounts: list[tuple[str, list[str]]]


async def reading(
    api: Api, filled: Filled, observer: Observer, monkeypatch: pytest.MonkeyPatch, name: str, field: str
) -> Reading:
    """What a relation of ten rows costs, without the statements that find the rows themselves."""
    with recorded_reads(monkeypatch) as of_path:
        text, variables = operation(PATHS[name] % "__typename", filled, PAGE)
        await api.run(text, **variables)
    with recorded_reads(monkeypatch) as statements:
        text, variables = operation(PATHS[name] % whole(name, field), filled, PAGE)
        await api.run(text, **variables)
    added = statements[len(of_path) :]
    assert added
    plans = [(statement.sql, observer.whole_accounts(statement)) for statement in added]
    return Reading(sum(map(observer.work, added)), [plan for plan in plans if plan[1]])


async def test_a_relation_costs_the_same_in_a_large_account_as_in_a_small_one(
    api: Api, filled: Filled, observer: Observer, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {pair: await reading(api, filled, observer, monkeypatch, *pair) for pair in RELATIONS}
    await grow(api, filled, MORE)

    after = {pair: await reading(api, filled, observer, monkeypatch, *pair) for pair in RELATIONS}

    assert await database.fetch("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'") == []
    assert {pair: one.whole_accounts for pair, one in after.items() if one.whole_accounts} == {}
    grown = {
        pair: (before[pair].work, one.work) for pair, one in after.items() if one.work > 1.2 * before[pair].work + 100
    }
    assert grown == {}
