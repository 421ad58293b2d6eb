"""Twenty tasks change the same contacts, lists and tags concurrently: all succeed, and every count stays correct."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest

from tests.support.api_client import Api
from tests.support.mutations import mutate
from tests.support.snapshot import stored_counts, stored_rows, true_counts

TASKS, STEPS = 20, 12
# Errors that concurrent changes may cause. Deadlocks and lost locks are not allowed.
MAY_BE_REFUSED = {"NOT_FOUND", "IN_TRASH", "DUPLICATE_PHONE", "TOO_MANY"}
TAGS = ["a", "b", "c", "d"]


@dataclass(frozen=True)
class Scene:
    """The objects of the tasks."""

    api: Api
    contact_ids: Sequence[str]
    list_ids: list[str]
    random: Random

    def some(self, of: Sequence[str], most: int) -> list[str]:
        return self.random.sample(of, self.random.randint(1, min(most, len(of))))

    def contacts(self) -> dict[str, Any]:
        return {"ids": self.some(self.contact_ids, 15)}


async def add(scene: Scene) -> Any:
    list_id = scene.random.choice(scene.list_ids)
    return await mutate(scene.api, "addContactsToList", "added", listId=list_id, contacts=scene.contacts())


async def remove(scene: Scene) -> Any:
    list_id = scene.random.choice(scene.list_ids)
    return await mutate(scene.api, "removeContactsFromList", "removed", listId=list_id, contacts=scene.contacts())


async def sync(scene: Scene) -> Any:
    key = {"id": scene.random.choice(scene.contact_ids)}
    lists, tags = scene.some(scene.list_ids, 4), scene.some(TAGS, 3)
    return await mutate(scene.api, "updateContact", "contact { id }", contact=key, listIds=lists, tags=tags)


async def tag(scene: Scene) -> Any:
    wanted = scene.random.sample(TAGS, 4)
    changes = {"add": wanted[:2], "remove": wanted[2:]}
    return await mutate(scene.api, "tagContacts", "count", contacts=scene.contacts(), **changes)


async def trash(scene: Scene) -> Any:
    return await mutate(scene.api, "trashContacts", "count", contacts=scene.contacts())


async def restore(scene: Scene) -> Any:
    return await mutate(scene.api, "restoreContacts", "count", contacts=scene.contacts())


async def purge(scene: Scene) -> Any:
    one = scene.some(scene.contact_ids, 1)
    return await mutate(scene.api, "purgeContacts", "count", contacts={"ids": one}, fromAnywhere=True)


async def bulk_create(scene: Scene) -> Any:
    rows = [
        {
            "phone": f"0712{scene.random.randint(0, 60):06}",
            "tags": scene.some(TAGS, 2),
            "listIds": scene.some(scene.list_ids, 2),
        }
        for _ in range(10)
    ]
    return await mutate(
        scene.api,
        "bulkCreateContacts",
        "results(only: [FAILED]) { error { code } }",
        contacts=rows,
        ifExists=scene.random.choice(["SKIP", "UPDATE"]),
        listId=scene.random.choice(scene.list_ids),
        addExistingToList=True,
    )


async def assign(scene: Scene) -> Any:
    return await mutate(
        scene.api, "assignContacts", "count", contacts=scene.contacts(), addAssigneeIds=[scene.api.user_id]
    )


async def replace_a_list(scene: Scene) -> Any:
    """Deletes a list and creates another one in its place."""
    place = scene.random.randrange(len(scene.list_ids))
    gone = await mutate(scene.api, "deleteContactList", "deletedId", id=scene.list_ids[place])
    if gone["deletedId"]:
        scene.list_ids[place] = await scene.api.make_list(f"List {scene.random.random()}")
    return gone


ACTS: list[Callable[[Scene], Awaitable[Any]]] = [
    *(add, remove, sync, tag, trash, restore, bulk_create, assign),
    *(add, remove, sync, tag, trash, restore, bulk_create),
    *(purge, replace_a_list),
]


async def scene_of(api: Api, seed: int) -> Scene:
    rows = [{"phone": f"0712{number:06}", "tags": [TAGS[number % 4]]} for number in range(40)]
    made = await mutate(api, "bulkCreateContacts", "results { contact { id } }", contacts=rows)
    lists = [await api.make_list(f"List {number}") for number in range(6)]
    return Scene(api, [row["contact"]["id"] for row in made["results"]], lists, Random(seed))


@pytest.mark.parametrize("seed", [1, 2])
async def test_counts_stay_true_and_nobody_meets_a_deadlock(api: Api, seed: int) -> None:
    scene = await scene_of(api, seed)

    async def work() -> list[Any]:
        return [await scene.random.choice(ACTS)(scene) for _ in range(STEPS)]

    async with asyncio.timeout(120):
        payloads = [payload for done in await asyncio.gather(*(work() for _ in range(TASKS))) for payload in done]

    told = {error["code"] for payload in payloads for error in payload["errors"]}
    told |= {row["error"]["code"] for payload in payloads for row in payload.get("results", ())}
    assert told <= MAY_BE_REFUSED
    assert await stored_counts(api) == await true_counts(api)
    live = [row["phone"] for row in (await stored_rows(api))["contact"] if row["deleted_at"] is None]
    assert len(live) == len(set(live))


async def test_of_all_tasks_that_do_the_same_each_change_is_counted_once(api: Api) -> None:
    scene = await scene_of(api, 3)
    clients, contacts = scene.list_ids[0], {"ids": list(scene.contact_ids)}

    async def total(name: str, selected: str, **change: Any) -> int:
        answers = await asyncio.gather(
            *(mutate(api, name, selected, contacts=contacts, **change) for _ in range(TASKS))
        )
        assert [answer["errors"] for answer in answers] == [[]] * TASKS
        return sum(answer[selected] for answer in answers)

    assert await total("addContactsToList", "added", listId=clients) == 40
    assert await total("tagContacts", "count", add=["e"]) == 40
    assert await total("trashContacts", "count") == 40
    assert await total("restoreContacts", "count") == 40
    assert await stored_counts(api) == await true_counts(api)
    assert await total("removeContactsFromList", "removed", listId=clients) == 40
    assert await total("purgeContacts", "count", fromAnywhere=True) == 40
    assert await stored_counts(api) == await true_counts(api) == ({f"List {number}": 0 for number in range(6)}, {}, {})


async def test_a_list_that_is_deleted_while_it_is_filled_leaves_nothing_behind(api: Api) -> None:
    scene = await scene_of(api, 4)
    clients = scene.list_ids[0]
    rows = [{"phone": f"0733{number:06}", "listIds": [clients]} for number in range(20)]

    filling = [
        mutate(api, "addContactsToList", "added", listId=clients, contacts={"ids": list(scene.contact_ids)}),
        mutate(api, "bulkCreateContacts", "results { outcome }", contacts=rows, listId=clients),
        mutate(api, "createContact", "outcome", contact={"phone": "0744000000", "listIds": [clients]}),
        mutate(api, "updateContact", "contact { id }", contact={"id": scene.contact_ids[0]}, listIds=[clients]),
        mutate(api, "trashContacts", "count", contacts={"ids": [scene.contact_ids[1]]}),
    ]
    answers = await asyncio.gather(
        *filling[:3], mutate(api, "deleteContactList", "deletedId", id=clients), *filling[3:]
    )

    assert {error["code"] for answer in answers for error in answer["errors"]} <= {"NOT_FOUND"}
    assert answers[3] == {"deletedId": clients, "errors": []}
    assert await stored_counts(api) == await true_counts(api)
    assert (await stored_rows(api))["contact_list_member"] == []
