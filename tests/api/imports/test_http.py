"""A worker of the server imports an uploaded file while the request waits."""

import io
from typing import Any

import openpyxl
import orjson
import pytest

from tests.support.imports import summary
from tests.support.mutations import SUMMARY
from tests.support.servers.http_client import HttpServer

QUERY = (
    "mutation ($input: ImportContactsInput!) { importContacts(input: $input) "
    f"{{ job {{ status progress summary {{ {SUMMARY} }} downloadUrl }} errors {{ message }} }} }}"
)
CSV = b"Phone,Name\n0712345678,Amina\n12,Brian\n"


def workbook() -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in [["Phone", "Name"], [254712345678.0, "Amina"], [12, "Brian"]]:
        book.active.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


async def send(site: HttpServer, file: bytes, name: str, *, preflight: bool = True, **options: Any) -> Any:
    """Returns the response to a GraphQL multipart request."""
    operations = {"query": QUERY, "variables": {"input": {"file": None, **options}}}
    return await site.client.post(
        "/graphql",
        data={"operations": orjson.dumps(operations).decode(), "map": '{"0": ["variables.input.file"]}'},
        files={"0": (name, file)},
        headers={**site.headers, **({"GraphQL-Preflight": "1"} if preflight else {})},
    )


@pytest.mark.parametrize(("file", "name"), [(CSV, "people.csv"), (workbook(), "people.xlsx")], ids=["CSV", "XLSX"])
async def test_a_small_files_answer_has_its_figures_at_once(site: HttpServer, file: bytes, name: str) -> None:
    answer = (await send(site, file, name, waitSeconds=30)).json()["data"]["importContacts"]

    link = answer["job"].pop("downloadUrl")
    assert answer == {
        "job": {
            "status": "COMPLETED",
            "progress": 1.0,
            "summary": summary(total=2, imported=1, valid=1, skipped=1, rejected=1, created=1),
        },
        "errors": [],
    }
    rejected = await site.client.get(link)
    assert rejected.content.decode("utf-8-sig").splitlines() == [
        "line,code,message,suggestion,Phone,Name",
        "3,INVALID_PHONE_NUMBER,The number has too few digits for a number of KE; the area code may be missing.,,"
        "12,Brian",
    ]


async def test_a_page_of_another_site_cant_send_a_file(site: HttpServer) -> None:
    response = await send(site, CSV, "people.csv", preflight=False)

    assert response.status_code == 400
    assert "data" not in response.json()


async def test_without_waiting_the_answer_is_a_job_that_goes_on(site: HttpServer) -> None:
    answer = (await send(site, CSV, "people.csv", waitSeconds=0)).json()["data"]["importContacts"]

    assert answer["errors"] == []
    assert answer["job"]["status"] in ("QUEUED", "RUNNING", "COMPLETED")
