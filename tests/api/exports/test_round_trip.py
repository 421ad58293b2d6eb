"""An exported file imports without a change, for any cell text, in both formats."""

import pytest

from tests.support.api_client import Api
from tests.support.exports import csv_rows, export_content
from tests.support.imports import import_content, summary

HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "'",
    "'=1",
    "''=1",
    "=cmd|' /C calc'!A0",
    "a\r\nb",
    'a"b',
    "a,b;c",
    "=",
    " x",
    "\n =1",
    "\uff1d1",
    "\xa0\uff20x",
]
CELLS = dict(enumerate(HOSTILE))


async def make_hostile(api: Api) -> None:
    for place, text in CELLS.items():
        await api.make_contact(
            f"07123456{place:02}",
            firstName=text.replace("\r\n", " "),
            lastName=HOSTILE[-1 - place].replace("\r\n", " "),
            name=f"{text} Name".replace("\r\n", " "),
            companyName=text.replace("\r\n", " "),
            notes=f"{text}\n{text}\r{text}",
            externalId=f"{text}-{place}".replace("\r\n", " "),
            tags=[tag for tag in ("=a", "@b") if place % 2],
            customVariables={"=Plan": text, "Lines": "\r-a\r\nb", "Age": "-40"},
            email=f"a{place}@example.com",
            senderNumber="+254700000000",
        )
    await api.run('mutation { optOut(input: {phone: "0712345600"}) { errors { code } } }')


@pytest.mark.parametrize("format", ["CSV", "XLSX"])
async def test_a_file_makes_the_same_contacts_in_another_account(api: Api, stranger: Api, format: str) -> None:
    await make_hostile(api)
    file = await export_content(api, format=format)

    job = await import_content(stranger, file, name=f"contacts.{format.lower()}")

    count = len(HOSTILE)
    assert job["summary"] == summary(total=count, imported=count, valid=count, created=count, optedOut=1)
    assert csv_rows(await export_content(stranger)) == csv_rows(await export_content(api))


@pytest.mark.parametrize("format", ["CSV", "XLSX"])
async def test_a_file_changes_nothing_in_its_own_account(api: Api, format: str) -> None:
    await make_hostile(api)
    before = await export_content(api)

    job = await import_content(
        api, await export_content(api, format=format), name=f"contacts.{format.lower()}", ifExists="UPDATE"
    )

    assert job["rowErrors"] == {"nodes": []}
    assert await export_content(api) == before
