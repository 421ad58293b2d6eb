"""bulkCreateContacts adds a batch of contacts to a list."""

from typing import Any

import pytest

from tests.support.api_client import Api
from tests.support.mutations import NO_ROWS, bulk_create, contacts, list_counts, refusal
from tests.support.snapshot import stored_rows


@pytest.mark.parametrize(
    ("if_exists", "is_existing_added", "on_list"),
    [
        ("SKIP", False, ["+254712000002"]),
        ("SKIP", True, ["+254712000001", "+254712000002"]),
        ("UPDATE", False, ["+254712000002"]),
        ("UPDATE", True, ["+254712000001", "+254712000002"]),
        ("ERROR", True, ["+254712000002"]),
    ],
)
async def test_new_contacts_come_onto_the_list_and_those_that_were_there_where_asked(
    api: Api, if_exists: str, is_existing_added: bool, on_list: list[str]
) -> None:
    clients = await api.make_list("Clients")
    await api.make_contact("0712000001")

    answer = await bulk_create(
        api,
        "id",
        [{"phone": "0712000001"}, {"phone": "0712000002"}, {"phone": "0712000002"}, {"phone": ""}],
        listId=clients,
        ifExists=if_exists,
        addExistingToList=is_existing_added,
    )

    assert answer["summary"]["addedToList"] == len(on_list)
    assert [one["phone"] for one in await contacts(api, "phone", listIds=[clients])] == on_list
    assert await list_counts(api) == {"Clients": len(on_list)}


async def test_a_contact_that_is_on_the_list_is_not_added_again(api: Api) -> None:
    clients = await api.make_list("Clients")
    await api.make_contact("0712000001", listIds=[clients])

    answer = await bulk_create(api, "id", [{"phone": "0712000001"}], listId=clients, addExistingToList=True)

    assert answer["summary"] == NO_ROWS | {"total": 1, "skipped": 1}
    assert await list_counts(api) == {"Clients": 1}


async def test_a_list_that_is_not_there_refuses_the_batch(api: Api, stranger: Api) -> None:
    theirs = await stranger.make_list("Theirs")
    before = await stored_rows(api)

    unknown = await bulk_create(api, "id", [{"phone": "0712000001"}], listId=theirs)
    garbage = await bulk_create(api, "id", [{"phone": "0712000001"}], listId="")

    nothing: dict[str, Any] = {"summary": None, "results": []}
    assert unknown == nothing | {"errors": [refusal("NOT_FOUND", "There is no such list.", "listId")]}
    assert garbage == nothing | {"errors": [refusal("INVALID_ID", "'' is not an id.", "listId")]}
    assert await stored_rows(api) == before
