"""A limit of calls in any span of a given length, with any counter."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from models.db import database
from services.accounts import management as accounts
from services.requests import rate_limits
from services.requests.rate_limits import Limit, RateLimitState
from tests.support.api_client import MONDAY

SECOND = timedelta(seconds=1)
LIMIT = Limit("adding", 12, SECOND)


@pytest.fixture
async def account_id(db: None) -> UUID:
    return await accounts.create(name="Acme", default_region=None, now=MONDAY)


def at(seconds: float) -> datetime:
    return MONDAY + timedelta(seconds=seconds)


async def count(
    account_id: UUID, now: datetime, *, calls: int = 1, subject: str = "somebody", limit: Limit = LIMIT
) -> RateLimitState:
    return await rate_limits.count(limit, account_id=account_id, subject=subject, calls=calls, now=now)


async def test_calls_are_allowed_up_to_the_limit(account_id: UUID) -> None:
    standings = [await count(account_id, MONDAY) for _ in range(13)]

    assert [standing.is_allowed for standing in standings] == [True] * 12 + [False]
    assert [standing.remaining for standing in standings] == [*range(11, -1, -1), 0]
    assert {standing.wait for standing in standings} == {SECOND}


async def test_a_call_counts_for_the_whole_window_and_no_longer(account_id: UUID) -> None:
    await count(account_id, at(0), calls=5)
    await count(account_id, at(0.5), calls=7)

    refused = await count(account_id, at(0.999999))
    allowed = await count(account_id, at(1), calls=5)
    again = await count(account_id, at(1.25))

    assert (refused.is_allowed, refused.wait) == (False, timedelta(microseconds=1))
    assert (allowed.is_allowed, allowed.remaining, allowed.wait) == (True, 0, SECOND / 2)
    assert (again.is_allowed, again.wait) == (False, SECOND / 4)


async def test_in_no_window_are_there_more_calls_than_the_limit(account_id: UUID) -> None:
    taken = [step / 20 for step in range(200) if (await count(account_id, at(step / 20))).is_allowed]

    for start in taken:
        assert len([instant for instant in taken if start <= instant < start + 1]) <= 12
    assert len(taken) == 120


async def test_several_calls_are_counted_together_or_not_at_all(account_id: UUID) -> None:
    await count(account_id, at(0), calls=4)
    await count(account_id, at(0.2), calls=6)

    refused = await count(account_id, at(0.4), calls=8)
    allowed = await count(account_id, at(0.4), calls=2)

    assert (refused.is_allowed, refused.remaining, refused.wait) == (False, 2, timedelta(seconds=0.8))
    assert (allowed.is_allowed, allowed.remaining) == (True, 0)


async def test_more_calls_at_once_than_the_limit_has_are_never_allowed(account_id: UUID) -> None:
    refused = await count(account_id, MONDAY, calls=13)

    assert (refused.is_allowed, refused.remaining, refused.wait) == (False, 12, SECOND)
    assert (await count(account_id, MONDAY, calls=12)).is_allowed


async def test_subjects_accounts_and_limits_are_counted_apart(account_id: UUID) -> None:
    other = await accounts.create(name="Elsewhere", default_region=None, now=MONDAY)
    await count(account_id, MONDAY, calls=12)

    assert not (await count(account_id, MONDAY)).is_allowed
    assert (await count(account_id, MONDAY, subject="somebody else")).is_allowed
    assert (await count(other, MONDAY)).is_allowed
    assert (await count(account_id, MONDAY, limit=Limit("removing", 12, SECOND))).is_allowed


async def test_of_many_who_ask_at_once_as_many_as_the_limit_allows_are_let_through(account_id: UUID) -> None:
    standings = await asyncio.gather(*(count(account_id, at(number / 1000)) for number in range(50)))

    assert sum(standing.is_allowed for standing in standings) == 12


async def test_what_was_counted_goes_with_its_transaction(account_id: UUID) -> None:
    @database.transactional
    async def count_and_break() -> None:
        await count(account_id, MONDAY, calls=12)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await count_and_break()

    assert (await count(account_id, MONDAY)).remaining == 11


async def test_whoever_has_been_idle_is_forgotten(account_id: UUID) -> None:
    await count(account_id, at(0), subject="idle")
    await count(account_id, at(0.5), subject="busy", calls=12)

    await rate_limits.purge_idle(now=at(1))

    rows = await database.fetch("SELECT subject FROM rate_limit WHERE account_id = $1", account_id)
    assert [row["subject"] for row in rows] == ["busy"]
    assert not (await count(account_id, at(1), subject="busy")).is_allowed
