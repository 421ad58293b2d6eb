"""Queries of models run as SQL text does: counted, interrupted, translated, and as parts of a transaction."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import pytest

from models import Account, ApiToken, User
from models.db import database
from models.db.deadline import Deadline, DeadlineExceeded
from tests.support.api_client import counted_statements

NOW = datetime(2026, 3, 2, 9, 30, 0, 120_000, tzinfo=UTC)
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) SELECT count(*) FROM n"


async def make_account(name: str = "Acme") -> UUID:
    account = await Account.create(
        id=database.uuid7(NOW),
        name=name,
        phone_policy="POSSIBLE",
        network_check="COVERED",
        contact_protection_hours=0,
        trash_retention_days=90,
        created_at=NOW,
        updated_at=NOW,
    )
    return account.id


async def make_user(account_id: UUID, email: str = "ada@example.com") -> UUID:
    user = await User.create(
        account_id=account_id,
        id=database.uuid7(NOW),
        email=email,
        email_key=email,
        name="Ada",
        role="ADMIN",
        is_active=True,
        created_at=NOW,
        updated_at=NOW,
        name_key="ada",
    )
    return user.id


async def make_token(account_id: UUID, user_id: UUID) -> UUID:
    token = await ApiToken.create(
        account_id=account_id,
        id=database.uuid7(NOW),
        user_id=user_id,
        name="t",
        scopes=["ADMIN", "CONTACTS_READ"],
        secret_hash="x",
        created_at=NOW,
    )
    return token.id


async def test_a_model_writes_and_reads_the_values_of_sql_text_in_one_statement_each(db: None) -> None:
    with counted_statements() as statements:
        account_id = await make_account()
        user_id = await make_user(account_id)
        token_id = await make_token(account_id, user_id)
        token = await ApiToken.get(account_id=account_id, id=token_id)
        changed = await ApiToken.filter(account_id=account_id, id=token_id).update(last_used_at=NOW)
        deleted = await ApiToken.filter(account_id=account_id, id=user_id).delete()
    row = await database.fetch_one(
        "SELECT * FROM api_token WHERE account_id = $1 AND last_used_at = $2", account_id, NOW
    )

    assert len(statements) == 6
    assert (changed, deleted) == (1, 0)
    assert row is not None
    assert (row["id"], row["user_id"], row["created_at"], row["expires_at"]) == (token_id, user_id, NOW, None)
    assert row["scopes"] == token.scopes == ["ADMIN", "CONTACTS_READ"]
    assert (token.created_at, token.user_id) == (NOW, user_id)
    if not database.is_postgres():
        [stored] = await database.fetch(
            "SELECT CAST(created_at AS TEXT) AS c, CAST(scopes AS TEXT) AS s FROM api_token"
        )
        assert (stored["c"], stored["s"]) == ("2026-03-02 09:30:00.120000+00:00", '["ADMIN","CONTACTS_READ"]')


async def test_a_relation_leads_to_its_row(db: None) -> None:
    account_id = await make_account()
    user_id = await make_user(account_id)
    await make_token(account_id, user_id)

    with counted_statements() as statements:
        token = await ApiToken.get(account_id=account_id, user__account_id=account_id).select_related("account", "user")

    assert token.user is not None
    assert (token.account.name, token.user.email) == ("Acme", "ada@example.com")
    assert len(statements) == 1


async def test_the_deadline_interrupts_a_query_of_a_model(db: None) -> None:
    with Deadline(0.2), pytest.raises(DeadlineExceeded):
        await Account.raw(ENDLESS)

    async with asyncio.timeout(5):
        assert await Account.filter(name="Nobody").count() == 0


async def test_a_duplicate_raises_unique_violation_and_undoes_its_part_alone(db: None) -> None:
    account_id = await make_account()
    await make_user(account_id)

    with pytest.raises(database.UniqueViolation):
        await make_user(account_id)

    @database.transactional
    async def rename() -> None:
        await Account.filter(id=account_id).update(name="Acme & Co")

    async def two_parts() -> None:
        await rename()
        with pytest.raises(RuntimeError):
            await failing()

    @database.transactional
    async def failing() -> None:
        await Account.filter(id=account_id).update(name="Lost")
        raise RuntimeError

    await database.atomic(two_parts)

    assert (await Account.get(id=account_id)).name == "Acme & Co"


async def test_a_query_reads_while_another_task_writes_and_sees_only_committed_data(db: None) -> None:
    account_id = await make_account()
    is_written, may_end = asyncio.Event(), asyncio.Event()

    async def write() -> None:
        async with database.transaction():
            await Account.filter(id=account_id).update(name="Renamed")
            assert (await Account.get(id=account_id)).name == "Renamed"
            is_written.set()
            await may_end.wait()

    writing = asyncio.create_task(write())
    await is_written.wait()
    async with asyncio.timeout(5):
        assert (await Account.get(id=account_id)).name == "Acme"
    may_end.set()
    await writing

    assert (await Account.get(id=account_id)).name == "Renamed"
