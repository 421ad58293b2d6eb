"""Files exported by other programs import with the example client's mapping and keep all their data."""

from typing import Any

import pytest

from examples import load_contacts
from examples.load_contacts import Record, read_records
from tests.support.api_client import Api
from tests.support.imports import CONTACTS_OF_FILES, EXPORTS, REGIONS, all_contacts, expected_records
from tests.support.mutations import contacts

FILES = {
    "google_2024.csv": 120,
    "outlook_com.csv": 80,
    "hubspot.csv": 100,
    "mailchimp.csv": 90,
    "brevo.csv": 60,
    "facebook_leads.csv": 70,
    "planilha_angola.csv": 50,
}


def records_of(name: str) -> list[Record]:
    return list(read_records(EXPORTS / name, region=REGIONS.get(name)))


async def loaded(api: Api, records: list[Record]) -> Any:
    """Returns the payload of the client's mutation."""
    rows = [record.contact for record in records]
    return (await api.run(load_contacts.BULK_CREATE, input={"contacts": rows}))["bulkCreateContacts"]


@pytest.mark.parametrize(("name", "count"), FILES.items())
async def test_every_number_of_a_file_comes_back_with_its_names(api: Api, name: str, count: int) -> None:
    expected = {row["phone"]: f"{row['first_name']} {row['last_name']}".strip() for row in expected_records(name)}
    records = records_of(name)

    answer = await loaded(api, records)

    assert answer == {
        "summary": {"created": len(expected), "updated": 0, "skipped": count - len(expected), "rejected": 0},
        "results": [],
        "errors": [],
    }
    found = await all_contacts(api, "phone name")
    assert {one["phone"]: one["name"] for one in found} == expected
    assert len(found) == len(expected)


async def test_a_file_that_is_loaded_again_changes_nothing(api: Api) -> None:
    records = records_of("hubspot.csv")
    await loaded(api, records)
    shown = "id phone name email externalId createdAt updatedAt"
    before = await all_contacts(api, shown)

    answer = await loaded(api, records)

    assert answer["summary"] == {"created": 0, "updated": 0, "skipped": 100, "rejected": 0}
    assert await all_contacts(api, shown) == before


async def test_rows_without_a_number_or_with_none_that_can_be_read_are_told(api: Api) -> None:
    records = records_of("semalink_mixed.csv")

    answer = await loaded(api, records)

    assert len(records) == 94
    assert answer["summary"] == {"created": 82, "updated": 0, "skipped": 12, "rejected": 7}
    codes = [result["error"]["code"] for result in answer["results"]]
    assert (codes.count("MISSING_CONTACT"), codes.count("INVALID_PHONE_NUMBER"), len(codes)) == (3, 4, 7)
    assert len(await all_contacts(api, "phone")) == 82


@pytest.mark.parametrize(
    ("name", "phone", "expected"),
    CONTACTS_OF_FILES,
)
async def test_the_other_columns_of_each_program_come_in_too(
    api: Api, name: str, phone: str, expected: dict[str, Any]
) -> None:
    await loaded(api, records_of(name))

    found = await contacts(api, "email companyName notes tags externalId", phones=[phone])

    nothing: dict[str, Any] = {"email": None, "companyName": None, "notes": None, "tags": [], "externalId": None}
    assert found == [{name: (nothing | expected)[name] for name in nothing}]
