"""Files exported by other programs import completely without a column mapping."""

from typing import Any

import pytest

from tests.support.api_client import Api
from tests.support.imports import (
    CONTACTS_OF_FILES,
    EXPORTS,
    REGIONS,
    ROW_ERROR,
    all_contacts,
    expected_records,
    import_content,
    summary,
)
from tests.support.mutations import SUMMARY, contacts

# Total rows; INVALID rows; rows that repeat a number; opt-outs.
OUTCOMES = {
    "google_2024.csv": (120, 0, 0, 0),
    "outlook_com.csv": (80, 0, 0, 0),
    "hubspot.csv": (100, 0, 0, 0),
    "mailchimp.csv": (90, 0, 0, 0),
    "brevo.csv": (60, 0, 0, 6),
    "facebook_leads.csv": (70, 0, 0, 0),
    "planilha_angola.csv": (50, 0, 0, 0),
}
TAKEN = f"summary {{ {SUMMARY} }} error {{ message }} rowErrors(first: 100) {{ nodes {{ {ROW_ERROR} }} }}"


async def sent_in(api: Api, name: str, selected: str = TAKEN, **options: Any) -> Any:
    region = {"region": REGIONS[name]} if name in REGIONS else {}
    return await import_content(api, (EXPORTS / name).read_bytes(), name=name, selected=selected, **region, **options)


@pytest.mark.parametrize("name", OUTCOMES)
async def test_every_number_of_a_file_comes_in_with_its_names(api: Api, name: str) -> None:
    total, invalid, repeated, opted_out = OUTCOMES[name]

    ended = await sent_in(api, name)

    created = total - repeated
    assert ended["error"] is None
    assert ended["summary"] == summary(
        total=total,
        imported=created,
        valid=created - invalid,
        invalid=invalid,
        skipped=repeated,
        rejected=repeated,
        created=created,
        optedOut=opted_out,
    )
    expected = {row["phone"]: f"{row['first_name']} {row['last_name']}".strip() for row in expected_records(name)}
    found = await all_contacts(api, "phone name")
    assert {one["phone"]: one["name"] for one in found} == expected
    assert len(found) == len(expected)


@pytest.mark.parametrize("name", OUTCOMES)
async def test_a_file_that_comes_in_again_changes_nothing(api: Api, name: str) -> None:
    await sent_in(api, name)
    shown = "id phone name email externalId tags createdAt updatedAt"
    before = await all_contacts(api, shown)

    for if_exists in ("SKIP", "UPDATE"):
        ended = await sent_in(api, name, ifExists=if_exists)

        assert (ended["summary"]["created"], ended["summary"]["optedOut"]) == (0, 0)
        assert await all_contacts(api, shown) == before


async def test_rows_without_a_number_or_with_none_that_can_be_read_are_told(api: Api) -> None:
    ended = await sent_in(api, "semalink_mixed.csv")

    assert ended["summary"] == summary(total=94, imported=82, valid=82, skipped=12, rejected=12, created=82)
    codes = [error["code"] for error in ended["rowErrors"]["nodes"]]
    assert {code: codes.count(code) for code in set(codes)} == {
        "MISSING_CONTACT": 3,
        "INVALID_PHONE_NUMBER": 4,
        "DUPLICATE_IN_FILE": 5,
    }


NOTHING: dict[str, Any] = {
    "email": None,
    "companyName": None,
    "notes": None,
    "tags": [],
    "externalId": None,
    "isOptedOut": False,
}


@pytest.mark.parametrize(
    ("name", "phone", "expected"),
    CONTACTS_OF_FILES,
)
async def test_the_other_columns_of_each_program_come_in_too(
    api: Api, name: str, phone: str, expected: dict[str, Any]
) -> None:
    await sent_in(api, name)

    found = await contacts(api, " ".join(NOTHING), phones=[phone])

    assert found == [NOTHING | expected]
