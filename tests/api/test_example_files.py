"""Files as other programs export them go in by the example client's own mapping, and come back whole."""

from typing import Any

import pytest

from examples import load_contacts
from examples.load_contacts import Record, read_records
from tests.api.mutations import contacts
from tests.api_client import Api
from tests.imports import EXPORTS, REGIONS, truth

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
    """What the client's own mutation answers."""
    rows = [record.contact for record in records]
    return (await api.run(load_contacts.BULK_CREATE, input={"contacts": rows}))["bulkCreateContacts"]


async def all_contacts(api: Api, selected: str) -> list[Any]:
    """Every contact of the account, page by page."""
    found: list[Any] = []
    after = None
    while True:
        text = (
            "query ($after: String) { contacts(first: 100, after: $after, orderBy: [{field: CREATED_AT}]) "
            f"{{ nodes {{ {selected} }} pageInfo {{ hasNextPage endCursor }} }} }}"
        )
        page = (await api.run(text, after=after))["contacts"]
        found += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


@pytest.mark.parametrize(("name", "count"), FILES.items())
async def test_every_number_of_a_file_comes_back_with_its_names(api: Api, name: str, count: int) -> None:
    expected = {row["phone"]: f"{row['first_name']} {row['last_name']}".strip() for row in truth(name)}
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
    [
        (
            "google_2024.csv",
            "+254712650988",
            {
                "email": "noe.kamau3@example.com",
                "companyName": "Safari Traders",
                "notes": 'Said "call me"\nafter 5',
                "tags": ["Nairobi"],
            },
        ),
        ("outlook_com.csv", "+254712629860", {"email": "lindiwe.dsouza3@example.com", "companyName": "Ubuntu Ltd"}),
        ("hubspot.csv", "+244923604863", {"email": "ore.diallo0@example.com", "externalId": "101"}),
        ("mailchimp.csv", "+12015269910", {"email": "mamadou.dlamini0@example.com", "tags": ["Blog", "VIP"]}),
        ("brevo.csv", "+33612730542", {"email": "olusegun.vandermerwe0@example.com"}),
        ("facebook_leads.csv", "+2348021217254", {"email": "nguyen.ukasz0@example.com"}),
        (
            "planilha_angola.csv",
            "+244923973118",
            {
                "email": "halima.mensah0@example.com",
                "notes": "n\u00e3o ligar \u00e0 noite",
                "tags": ["cliente", "luanda"],
            },
        ),
        ("semalink_mixed.csv", "+256712685835", {"email": "zoe.ukasz78@example.com", "tags": ["nairobi", "vip"]}),
    ],
)
async def test_the_other_columns_of_each_program_come_in_too(
    api: Api, name: str, phone: str, expected: dict[str, Any]
) -> None:
    await loaded(api, records_of(name))

    found = await contacts(api, "email companyName notes tags externalId", phones=[phone])

    nothing: dict[str, Any] = {"email": None, "companyName": None, "notes": None, "tags": [], "externalId": None}
    assert found == [nothing | expected]
