"""Unused tags are deleted while contacts gain and lose them: no change of a count is lost."""

import asyncio
from random import Random

from services.contacts import value_counts
from tests.support.api_client import MONDAY, Api
from tests.support.mutations import mutate
from tests.support.snapshot import stored_counts, true_counts

TAGS = ["a", "b"]
TASKS, STEPS = 4, 20


async def test_tags_are_deleted_while_contacts_gain_and_lose_them(api: Api) -> None:
    random = Random(1)
    ids = [await api.make_contact(f"071200000{number}") for number in range(TASKS)]
    deleted, is_over = 0, False

    async def tag(id: str) -> None:
        for _ in range(STEPS):
            tags = [random.choice(TAGS)]
            for change in ({"add": tags}, {"remove": tags}):
                payload = await mutate(api, "tagContacts", "count", contacts={"ids": [id]}, **change)
                assert payload["errors"] == []
        await mutate(api, "tagContacts", "count", contacts={"ids": [id]}, add=[random.choice(TAGS)])

    async def purge() -> None:
        nonlocal deleted
        while not is_over:
            deleted += await value_counts.TAGS.purge_unused(now=MONDAY)
            await asyncio.sleep(0)

    purging = [asyncio.create_task(purge()) for _ in range(2)]
    await asyncio.gather(*map(tag, ids))
    is_over = True
    await asyncio.gather(*purging)

    assert deleted > 0
    assert await stored_counts(api) == await true_counts(api)
    assert sum((await stored_counts(api))[1].values()) == TASKS
