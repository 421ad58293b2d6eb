"""Rows that are inserted with the COMMIT: their values, and what becomes of them if something fails."""

import sqlite3
from typing import Any

import asyncpg
import pytest

from models.db import database
from models.db.postgres.literals import literal
from tests.support.api_client import MONDAY, Api

TEXTS = ["plain", "it's", "a\\'; DROP TABLE audit_event; --", "\\\\", "E'x'", "École $1 %s ?", "two\nlines", ""]


def row_of(api: Api, **values: Any) -> dict[str, Any]:
    row = {"action": "TAG", "count": 1, "summary": "x", "occurred_at": MONDAY}
    return {"account_id": api.account_id, "id": database.uuid7(), **row, **values}


async def summaries(api: Api) -> list[str]:
    sql = "SELECT summary FROM audit_event WHERE account_id = $1 ORDER BY id"
    return [row["summary"] for row in await database.fetch(sql, api.account_id)]


async def test_every_value_arrives_as_it_is(api: Api) -> None:
    row = row_of(api, user_id=api.caller.user_id, job_id=None, count=-7, request_id="r")
    async with database.transaction():
        database.insert_at_commit("audit_event", row)
        for text in TEXTS:
            database.insert_at_commit("audit_event", row_of(api, summary=text))
        assert await summaries(api) == []

    assert await summaries(api) == ["x", *TEXTS]
    names = ", ".join(row)
    [stored] = await database.fetch(f"SELECT {names} FROM audit_event WHERE id = $1", row["id"])
    assert {name: stored[name] for name in row} == row


async def test_a_row_that_fails_undoes_the_transaction_and_harms_no_later_one(api: Api) -> None:
    @database.transactional
    async def rename() -> None:
        await database.execute("UPDATE account SET name = 'Other' WHERE id = $1", api.account_id)
        database.insert_at_commit("audit_event", row_of(api, summary=None))

    with pytest.raises((sqlite3.IntegrityError, asyncpg.NotNullViolationError)):
        await rename()
    for text in ("first", "second"):
        async with database.transaction():
            database.insert_at_commit("audit_event", row_of(api, summary=text))

    [account] = await database.fetch("SELECT name FROM account WHERE id = $1", api.account_id)
    assert (account["name"], await summaries(api)) == ("Acme", ["first", "second"])


async def test_a_part_that_fails_takes_its_rows_along(api: Api) -> None:
    @database.transactional
    async def part(text: str, *, fails: bool) -> None:
        database.insert_at_commit("audit_event", row_of(api, summary=text))
        if fails:
            raise ZeroDivisionError

    async def work() -> None:
        await part("kept", fails=False)
        with pytest.raises(ZeroDivisionError):
            await part("lost", fails=True)

    await database.atomic(work)

    assert await summaries(api) == ["kept"]


async def test_a_row_needs_a_transaction_and_values_with_literals(api: Api) -> None:
    with pytest.raises(RuntimeError):
        database.insert_at_commit("audit_event", row_of(api))
    with pytest.raises(ValueError, match="NUL"):
        literal("a\0b")
    with pytest.raises(TypeError):
        literal(1.5)  # type: ignore[arg-type]
    assert [literal(value) for value in (None, True, "a\\'b")] == ["NULL", "1", "E'a\\\\''b'"]
