"""createContact with the number of an existing contact, or with the external id of another contact."""

from typing import Any

import pytest

from tests.support.api_client import MONDAY, TUESDAY, Api, iso
from tests.support.mutations import contact, contacts, create, refusal, taken_external_id, taken_number, trash
from tests.support.snapshot import stored_rows

TEXTS = "firstName lastName name email companyName notes tags customVariables externalId senderNumber"


async def test_a_number_that_a_contact_has_is_refused_and_the_contact_named(api: Api) -> None:
    there = await api.make_contact("0712345678", firstName="Ann")
    before = await stored_rows(api)

    answer = await create(api.at(TUESDAY), "id", phone="+254 712 345 678", firstName="Bea")

    assert answer == {"outcome": None, "contact": None, "errors": [taken_number(there, "contact", "phone")]}
    assert await stored_rows(api) == before


async def test_a_contact_that_is_there_can_be_left_as_it_is(api: Api) -> None:
    there = await api.make_contact("0712345678", firstName="Ann")
    clients = await api.make_list("Clients")
    before = await stored_rows(api)

    answer = await create(
        api.at(TUESDAY), "id firstName", if_exists="SKIP", phone="0712345678", firstName="Bea", listIds=[clients]
    )

    assert answer == {"outcome": "SKIPPED", "contact": {"id": there, "firstName": "Ann"}, "errors": []}
    assert await stored_rows(api) == before


async def test_an_update_takes_over_what_is_given_and_adds_tags_lists_and_variables(api: Api) -> None:
    old, new = await api.make_list("Old"), await api.make_list("New")
    there = await api.make_contact(
        "0712345678",
        firstName="Ann",
        lastName="Kamau",
        email="ann@example.com",
        tags=["old", "both"],
        customVariables={"Plan": "gold", "Size": "38"},
        externalId="a",
        listIds=[old],
    )

    answer = await create(
        api.at(TUESDAY),
        f"id {TEXTS} lists {{ name contactCount }} ownedAt createdAt updatedAt",
        if_exists="UPDATE",
        phone="0712345678",
        firstName="Bea",
        lastName="  ",
        email=None,
        tags=["both", "new"],
        customVariables={"Plan": "silver", "Since": "2026", "Size": ""},
        listIds=[new],
    )

    assert answer == {
        "outcome": "UPDATED",
        "contact": {
            "id": there,
            "firstName": "Bea",
            "lastName": "Kamau",
            "name": "Bea Kamau",
            "email": "ann@example.com",
            "companyName": None,
            "notes": None,
            "tags": ["both", "new", "old"],
            "customVariables": {"Plan": "silver", "Since": "2026", "Size": "38"},
            "externalId": "a",
            "senderNumber": None,
            "lists": [{"name": "New", "contactCount": 1}, {"name": "Old", "contactCount": 1}],
            "ownedAt": iso(MONDAY),
            "createdAt": iso(MONDAY),
            "updatedAt": iso(TUESDAY),
        },
        "errors": [],
    }


async def test_an_update_that_says_nothing_new_changes_nothing(api: Api) -> None:
    given: dict[str, Any] = {"phone": "0712345678", "firstName": "Ann", "tags": ["vip"], "customVariables": {"a": "b"}}
    await create(api, "id", **given)
    before = await stored_rows(api)

    answer = await create(api.at(TUESDAY), "updatedAt", if_exists="UPDATE", **given)

    assert answer == {"outcome": "UPDATED", "contact": {"updatedAt": iso(MONDAY)}, "errors": []}
    assert await stored_rows(api) == before


async def test_an_update_that_would_make_too_many_tags_or_variables_is_refused(api: Api) -> None:
    await api.make_contact("0712345678", tags=[str(number) for number in range(50)])
    await api.make_contact("0733345678", customVariables={str(number): "x" for number in range(100)})
    before = await stored_rows(api)

    tagged = await create(api, "id", if_exists="UPDATE", phone="0712345678", firstName="Ann", tags=["more"])
    varied = await create(api, "id", if_exists="UPDATE", phone="0733345678", customVariables={"more": "x"})

    message = "A contact has at most 50 tags; it would have 51."
    assert tagged["errors"] == [refusal("TOO_MANY", message, "contact", "tags")]
    message = "A contact has at most 100 custom variables; it would have 101."
    assert varied["errors"] == [refusal("TOO_MANY", message, "contact", "customVariables")]
    assert await stored_rows(api) == before


@pytest.mark.parametrize("if_exists", ["ERROR", "SKIP", "UPDATE"])
async def test_the_trash_never_blocks_a_number_or_an_external_id(api: Api, if_exists: str) -> None:
    trashed = await api.make_contact("0712345678", firstName="Ann", externalId="a")
    await trash(api, [trashed])

    answer = await create(api, "firstName externalId", if_exists=if_exists, phone="0712345678", externalId="a")

    assert answer == {"outcome": "CREATED", "contact": {"firstName": None, "externalId": "a"}, "errors": []}
    assert await contact(api, trashed, "firstName externalId") == {"firstName": "Ann", "externalId": "a"}


@pytest.mark.parametrize("if_exists", ["ERROR", "SKIP", "UPDATE"])
async def test_an_external_id_of_another_contact_is_refused_and_that_contact_named(api: Api, if_exists: str) -> None:
    holder = await api.make_contact("0712345678", externalId="a")
    before = await stored_rows(api)

    answer = await create(api, "id", if_exists=if_exists, phone="0733345678", externalId=" a ")

    assert answer["errors"] == [taken_external_id(holder, "contact", "externalId")]
    assert await stored_rows(api) == before


async def test_an_update_may_not_take_the_external_id_of_another_contact(api: Api) -> None:
    holder = await api.make_contact("0712345678", externalId="a")
    await api.make_contact("0733345678", externalId="b")
    before = await stored_rows(api)

    answer = await create(
        api, "id", if_exists="UPDATE", phone="0733345678", externalId="a", firstName="Ann", tags=["new"]
    )

    assert answer["errors"] == [taken_external_id(holder, "contact", "externalId")]
    assert await stored_rows(api) == before


async def test_numbers_and_external_ids_of_other_accounts_are_free(api: Api, stranger: Api) -> None:
    await stranger.make_contact("0712345678", externalId="a")

    answer = await create(api, "phone externalId", phone="0712345678", externalId="a")

    assert answer["contact"] == {"phone": "+254712345678", "externalId": "a"}
    assert await contacts(stranger, "phone") == [{"phone": "+254712345678"}]
