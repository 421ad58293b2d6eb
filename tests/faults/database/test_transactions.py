"""One transaction of several functions: a failed part is rolled back alone, a conflict repeats the whole."""

import asyncio

import pytest

from models.db import database
from models.db.transactions import TransactionOver
from services.accounts import authentication, management as accounts, users
from services.accounts.authentication import Role
from services.lists import management as contact_lists
from services.refusal import Refused
from tests.support.api_client import MONDAY, Api
from tests.support.snapshot import stored_rows


class Broken(Exception):
    """An unexpected error."""


async def make_list(api: Api, name: str) -> None:
    await contact_lists.create(account_id=api.account_id, list_name=name, list_description=None, now=MONDAY)


async def names(api: Api) -> list[str]:
    return sorted(row["name"] for row in (await stored_rows(api))["contact_list"])


@database.transactional
async def make_and_break(api: Api, name: str) -> None:
    await make_list(api, name)
    raise Broken


async def make_in_a_transaction_and_break(api: Api, name: str) -> None:
    async with database.transaction():
        await make_list(api, name)
        raise Broken


async def test_a_part_that_fails_is_undone_and_the_rest_stays(api: Api) -> None:
    async def work() -> None:
        await make_list(api, "Before")
        with pytest.raises(Broken):
            await make_and_break(api, "Broken")
        with pytest.raises(Broken):
            await make_in_a_transaction_and_break(api, "Broken as well")
        await make_list(api, "After")

    await database.atomic(work)

    assert await names(api) == ["After", "Before"]


async def test_all_of_it_is_undone_where_it_fails_as_a_whole(api: Api) -> None:
    before = await stored_rows(api)

    async def work() -> None:
        await make_list(api, "Clients")
        await users.create(account_id=api.account_id, email="b@example.com", name="Bob", role=Role.AGENT, now=MONDAY)
        raise Broken

    with pytest.raises(Broken):
        await database.atomic(work)

    assert await stored_rows(api) == before


async def test_a_statement_by_itself_that_fails_leaves_the_transaction_whole(api: Api) -> None:
    await api.make_list("Clients")

    async def work() -> int:
        with pytest.raises(database.UniqueViolation):
            await database.execute(
                "INSERT INTO contact_list (account_id, id, name, name_key, contact_count, created_at, updated_at) "
                "VALUES ($1, $2, 'CLIENTS', 'clients', 0, $3, $3)",
                api.account_id,
                database.uuid7(MONDAY),
                MONDAY,
            )
        with pytest.raises(Refused):
            await users.create(
                account_id=api.account_id, email="ADA@example.com", name="A", role=Role.AGENT, now=MONDAY
            )
        return len(await database.fetch("SELECT id FROM contact_list WHERE account_id = $1", api.account_id))

    assert await database.atomic(work) == 1


async def test_a_part_that_meets_another_transaction_has_the_whole_done_again(api: Api) -> None:
    attempts = 0

    @database.transactional
    async def meet_another(name: str) -> None:
        await make_list(api, name)
        if attempts < 3:
            raise database.Conflict

    async def work() -> str:
        nonlocal attempts
        attempts += 1
        await make_list(api, "First")
        try:
            await meet_another("Second")
        except database.Conflict:
            with pytest.raises(database.Conflict):
                await make_list(api, "Third")  # statements after a conflict fail immediately
        return f"attempt {attempts}"

    assert await database.atomic(work) == "attempt 3"
    assert await names(api) == ["First", "Second"]


async def test_what_meets_another_transaction_each_time_is_given_up(api: Api) -> None:
    @database.transactional
    async def meet_another() -> None:
        await make_list(api, "Clients")
        raise database.Conflict

    async def work() -> None:
        with pytest.raises(database.Conflict):
            await meet_another()

    with pytest.raises(database.Conflict):
        await database.atomic(work)

    assert await names(api) == []


async def test_what_is_asked_at_the_same_time_is_done_one_after_another(api: Api) -> None:
    async def work() -> None:
        await asyncio.gather(
            *(make_list(api, f"List {number:02}") for number in range(20)),
            *(database.fetch("SELECT id FROM contact WHERE account_id = $1", api.account_id) for _ in range(20)),
            make_and_break(api, "Broken"),
            return_exceptions=True,
        )

    await database.atomic(work)

    assert await names(api) == [f"List {number:02}" for number in range(20)]


async def test_nobody_else_sees_it_before_it_has_ended(api: Api) -> None:
    is_written, is_seen = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        await make_list(api, "Clients")
        is_written.set()
        await is_seen.wait()

    writing = asyncio.create_task(database.atomic(work))
    await is_written.wait()
    before = await names(api)
    is_seen.set()
    await writing

    assert (before, await names(api)) == ([], ["Clients"])


async def test_what_goes_on_after_the_end_is_stopped(api: Api) -> None:
    has_ended = asyncio.Event()

    async def look_later() -> None:
        await has_ended.wait()
        await database.fetch("SELECT id FROM contact WHERE account_id = $1", api.account_id)

    async def work() -> "asyncio.Task[None]":
        return asyncio.create_task(look_later())

    late = await database.atomic(work)
    has_ended.set()

    with pytest.raises(TransactionOver):
        await late


# ------------------------------------------------------------------ what is done once all is committed


async def test_a_callback_outside_a_transaction_is_called_at_once(db: None) -> None:
    told: list[str] = []

    database.after_commit(lambda: told.append("now"))

    assert told == ["now"]


async def test_callbacks_are_called_in_their_order_once_all_is_committed(api: Api) -> None:
    told: list[str] = []
    attempts = 0

    @database.transactional
    async def tell(text: str) -> None:
        database.after_commit(lambda: told.append(text))

    @database.transactional
    async def tell_and_break() -> None:
        await tell("broken")
        raise Broken

    async def work() -> list[str]:
        nonlocal attempts
        attempts += 1
        await tell(f"first of attempt {attempts}")
        with pytest.raises(Broken):
            await tell_and_break()
        await tell("second")
        if attempts == 1:
            raise database.Conflict
        return list(told)

    assert await database.atomic(work) == []
    assert told == ["first of attempt 2", "second"]


async def test_a_callback_sees_what_was_committed_and_none_is_called_after_a_rollback(api: Api) -> None:
    seen: list[asyncio.Task[list[str]]] = []

    @database.transactional
    async def make(name: str, *, is_broken: bool) -> None:
        database.after_commit(lambda: seen.append(asyncio.create_task(names(api))))
        await make_list(api, name)
        if is_broken:
            raise Broken

    with pytest.raises(Broken):
        await make("Broken", is_broken=True)
    await make("Clients", is_broken=False)

    assert [await task for task in seen] == [["Clients"]]


async def test_an_account_that_is_changed_in_one_transaction_is_looked_up_anew_after_it(api: Api) -> None:
    generations: list[int] = []

    def generation() -> int:
        return authentication.callers().generation

    async def work() -> None:
        before = generation()
        await accounts.update(account_id=api.account_id, changes={"name": "Other"}, user_id=None, now=MONDAY)
        generations.append(generation() - before)

    before = generation()
    await database.atomic(work)

    assert generations == [0]
    assert generation() == before + 1


# ------------------------------------------------------------------ cancelled


async def test_a_transaction_that_is_cancelled_anywhere_leaves_room_for_the_next(api: Api, database_url: str) -> None:
    await database.disconnect()
    await database.connect(database_url, pool_size=1)
    for steps in range(60):
        cancelled = asyncio.create_task(make_list(api, "Cancelled"))
        for _ in range(steps):
            await asyncio.sleep(0)
        cancelled.cancel()
        await asyncio.gather(cancelled, return_exceptions=True)

    async with asyncio.timeout(60):
        await make_list(api, "Clients")

    assert set(await names(api)) <= {"Cancelled", "Clients"}
    assert "Clients" in await names(api)
