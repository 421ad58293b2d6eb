"""Concurrent requests for one number create one contact, and none of them gets a server error."""

import asyncio
from collections import Counter
from random import Random
from typing import Any

import pytest

from services.contacts import saving as contact_saving
from tests.support.api_client import Api
from tests.support.mutations import contacts, create, mutate, purge, refusal, trash, update
from tests.support.snapshot import stored_counts, stored_rows, true_counts

NUMBER = "+254712345678"


async def live(api: Api) -> Counter[str]:
    """Returns the number of live contacts for each phone number."""
    return Counter(row["phone"] for row in (await stored_rows(api))["contact"] if row["deleted_at"] is None)


@pytest.mark.parametrize(("if_exists", "others"), [("ERROR", None), ("SKIP", "SKIPPED"), ("UPDATE", "UPDATED")])
async def test_of_many_who_create_it_one_does(api: Api, if_exists: str, others: str | None) -> None:
    answers = await asyncio.gather(
        *(create(api, "id", if_exists=if_exists, phone=NUMBER, tags=[f"t{number}"]) for number in range(20))
    )

    (made,) = await contacts(api, "id tags")
    assert Counter(answer["outcome"] for answer in answers) == {"CREATED": 1, others: 19}
    if others:
        assert {answer["contact"]["id"] for answer in answers} == {made["id"]}
        assert len(made["tags"]) == (20 if others == "UPDATED" else 1)
    else:
        refused = [answer["errors"] for answer in answers if answer["errors"]]
        assert {(errors[0]["code"], errors[0]["contact"]["id"]) for errors in refused} == {
            ("DUPLICATE_PHONE", made["id"])
        }
    assert await stored_counts(api) == await true_counts(api)


async def test_of_many_ways_to_get_it_one_succeeds(api: Api) -> None:
    trashed = []
    for _ in range(3):
        trashed.append(await api.make_contact(NUMBER))
        await trash(api, trashed[-1:])
    others = [await api.make_contact(f"07330000{number:02}") for number in range(5)]

    ways: list[Any] = [create(api, "id", phone=NUMBER) for _ in range(4)]
    ways += [mutate(api, "bulkCreateContacts", "summary { created }", contacts=[{"phone": NUMBER}]) for _ in range(4)]
    ways += [mutate(api, "restoreContacts", "count conflictCount", contacts={"ids": [one]}) for one in trashed]
    ways += [mutate(api, "restoreContacts", "count conflictCount", contacts={"phones": [NUMBER]}) for _ in range(2)]
    ways += [update(api, one, "id", phone=NUMBER) for one in others]
    answers = await asyncio.gather(*ways)

    assert (await live(api))[NUMBER] == 1
    won = [
        answer
        for answer in answers
        if answer.get("outcome") == "CREATED"
        or answer.get("contact")
        or answer.get("count")
        or answer.get("summary", {}).get("created")
    ]
    assert len(won) == 1
    assert {error["code"] for answer in answers for error in answer["errors"]} <= {"DUPLICATE_PHONE"}


async def test_batches_that_overlap_in_opposite_orders_make_each_contact_once(api: Api) -> None:
    numbers = [f"+2547120000{number:02}" for number in range(60)]
    rows = [{"phone": number, "tags": ["a", "b"], "externalId": f"x{number}"} for number in numbers]
    backwards = rows[::-1]

    answers = await asyncio.gather(
        *(
            mutate(
                api,
                "bulkCreateContacts",
                "summary { created updated skipped rejected }",
                contacts=backwards if number % 2 else rows,
                ifExists="UPDATE" if number % 3 else "SKIP",
            )
            for number in range(12)
        )
    )

    assert [answer["errors"] for answer in answers] == [[]] * 12
    assert sum(answer["summary"]["created"] for answer in answers) == 60
    assert sum(answer["summary"]["rejected"] for answer in answers) == 0
    assert await live(api) == Counter(numbers)
    assert await stored_counts(api) == await true_counts(api)


async def test_batches_that_overlap_in_part_make_each_contact_once(api: Api) -> None:
    numbers = [f"+2547120000{number:02}" for number in range(60)]

    async def batch(number: int) -> Any:
        mine = [numbers[(number * 7 + step * (1 + number % 3)) % 60] for step in range(15)]
        rows = [{"phone": phone, "tags": [f"t{number}"]} for phone in mine]
        return await mutate(api, "bulkCreateContacts", "summary { created rejected }", contacts=rows, ifExists="UPDATE")

    answers = await asyncio.gather(*(batch(number) for number in range(20)))

    assert [answer["errors"] for answer in answers] == [[]] * 20
    assert set((await live(api)).values()) == {1}
    assert sum(answer["summary"]["created"] for answer in answers) == sum((await live(api)).values())
    assert await stored_counts(api) == await true_counts(api)


async def test_batches_that_meet_at_numbers_and_external_ids_all_get_through(api: Api) -> None:
    random = Random(1)

    async def batch() -> Any:
        rows = [
            {"phone": f"0712{random.randint(0, 150):06}", "externalId": f"x{random.randint(0, 150)}"} for _ in range(30)
        ]
        asked = "results(only: [FAILED]) { error { code } }"
        return await mutate(api, "bulkCreateContacts", asked, contacts=rows, ifExists="UPDATE")

    answers = await asyncio.gather(*(batch() for _ in range(60)))

    assert [answer["errors"] for answer in answers] == [[]] * 60
    assert {row["error"]["code"] for answer in answers for row in answer["results"]} == {"DUPLICATE_EXTERNAL_ID"}
    assert set((await live(api)).values()) == {1}


async def test_one_external_id_goes_to_one_contact(api: Api) -> None:
    made = [await api.make_contact(f"07330000{number:02}") for number in range(6)]

    answers = await asyncio.gather(
        *(create(api, "id", phone=f"07120000{number:02}", externalId="x") for number in range(10)),
        *(update(api, one, "id", externalId="x") for one in made),
    )

    assert sum(not answer["errors"] for answer in answers) == 1
    assert {error["code"] for answer in answers for error in answer["errors"]} == {"DUPLICATE_EXTERNAL_ID"}
    assert len(await contacts(api, "id", externalIds=["x"])) == 1


async def test_numbers_that_two_contacts_swap_stay_unique(api: Api) -> None:
    first, second = await api.make_contact("0712000001"), await api.make_contact("0712000002")

    answers = await asyncio.gather(
        *(update(api, first, "id", phone=phone) for phone in ("0712000002", "0712000003") * 4),
        *(update(api, second, "id", phone=phone) for phone in ("0712000001", "0712000003") * 4),
    )

    assert {error["code"] for answer in answers for error in answer["errors"]} <= {"DUPLICATE_PHONE"}
    assert sorted((await live(api)).values()) == [1, 1]


async def test_a_holder_that_is_purged_meanwhile_is_a_refusal_without_a_contact(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder = await api.make_contact(NUMBER)
    save = contact_saving.save_parsed

    async def save_and_lose_the_holder(*args: Any, **kwargs: Any) -> Any:
        saved = await save(*args, **kwargs)
        await purge(api, [holder])
        return saved

    monkeypatch.setattr(contact_saving, "save_parsed", save_and_lose_the_holder)
    answer = await create(api, "id", phone=NUMBER)

    told = refusal("DUPLICATE_PHONE", "Another contact has this number.", "contact", "phone")
    assert answer == {"outcome": None, "contact": None, "errors": [told]}
