"""PostgreSQL's single-statement fast path writes the same as the general path, also in a race with another writer."""

from typing import Any

import pytest

from models.db import database
from services.contacts import table as contact_table
from tests.support.api_client import Api, counted_statements
from tests.support.mutations import contacts, create, trash, update
from tests.support.snapshot import stored_counts, true_counts

pytestmark = pytest.mark.plain_postgres  # a cluster uses the general path only
NUMBER = "+254712345678"


async def test_a_contact_is_created_in_one_statement_and_changed_in_two(api: Api) -> None:
    if not database.is_postgres():
        pytest.skip("an SQLite statement writes to one table only")
    list_id = await api.make_list("Customers")

    with counted_statements() as creating:
        made = await create(api, "id name tags", phone=NUMBER, name="Ada", tags=["b", "a"], listIds=[list_id])
    with counted_statements() as changing:
        changed = await update(api, made["contact"]["id"], "name tags", name="Grace", tags=["c", "a"])

    assert (len(creating), len(changing)) == (1, 2)
    assert made["contact"] == {"id": made["contact"]["id"], "name": "Ada", "tags": ["a", "b"]}
    assert changed["contact"] == {"name": "Grace", "tags": ["a", "c"]}
    assert await stored_counts(api) == await true_counts(api)


@pytest.mark.parametrize("names", [[], ["Customers"], ["Customers", "Farmers", "Teachers"]])
async def test_a_contact_is_created_in_one_statement_on_any_number_of_lists(api: Api, names: list[str]) -> None:
    if not database.is_postgres():
        pytest.skip("an SQLite statement writes to one table only")
    list_ids = [await api.make_list(name) for name in names]
    await api.make_list("Others")

    with counted_statements() as creating:
        await create(api, "id", phone=NUMBER, listIds=[*list_ids, *list_ids[:1]])

    assert len(creating) == 1
    assert await contacts(api, "lists { name contactCount }") == [
        {"lists": [{"name": name, "contactCount": 1} for name in names]}
    ]
    assert await stored_counts(api) == await true_counts(api)


async def test_a_change_that_another_one_overtakes_loses_nothing_of_it(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not database.is_postgres():
        pytest.skip("SQLite takes the write lock first")
    contact_id = await api.make_contact(NUMBER, firstName="Ada", tags=["a"])
    read = contact_table.read

    async def overtaken(*args: Any) -> Any:
        found = await read(*args)
        monkeypatch.setattr(contact_table, "read", read)
        await update(api, contact_id, "id", lastName="Lovelace", tags=["b"])
        return found

    monkeypatch.setattr(contact_table, "read", overtaken)
    answer = await update(api, contact_id, "name", firstName="Augusta")

    lastly = await contacts(api, "name tags")
    assert answer["contact"] == {"name": "Augusta Lovelace"}
    assert lastly == [{"name": "Augusta Lovelace", "tags": ["b"]}]
    assert await stored_counts(api) == await true_counts(api)


async def test_a_contact_that_is_trashed_meanwhile_is_not_changed(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    if not database.is_postgres():
        pytest.skip("SQLite takes the write lock first")
    contact_id = await api.make_contact(NUMBER, firstName="Ada", tags=["a"])
    read = contact_table.read

    async def overtaken(*args: Any) -> Any:
        found = await read(*args)
        await trash(api, [contact_id])
        return found

    monkeypatch.setattr(contact_table, "read", overtaken)
    answer = await update(api, contact_id, "id", firstName="Augusta")

    assert [error["code"] for error in answer["errors"]] == ["IN_TRASH"]
    assert await stored_counts(api) == await true_counts(api)
