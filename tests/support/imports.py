"""Sends files to importContacts and reads the results."""

import csv
import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from services.job_tasks import TASKS
from services.jobs.worker import Worker
from services.requests.uploads import UploadedFile
from tests.support.api_client import Api
from tests.support.mutations import ERRORS, SUMMARY

ROW_ERROR = "line code column value message suggestion isRejected"
JOB = f"""
id status rowCount doneRowCount isDryRun fileName
summary {{ {SUMMARY} }}
error {{ code message path }}
rowErrors(first: 100) {{ nodes {{ {ROW_ERROR} }} }}
"""
IMPORT = "mutation ($input: ImportContactsInput!) { importContacts(input: $input) { job { %s } " + ERRORS + " } }"


EXPORTS = Path(__file__).parent.parent / "data" / "exports"
REGIONS = {"brevo.csv": "FR", "planilha_angola.csv": "AO"}
ANY_FILE = UploadedFile("people.csv", "text/csv", 6068, "", EXPORTS / "semalink_mixed.csv")
"""An upload that is only read and never moved, so that any number of operations can send it."""


CONTACTS_OF_FILES: list[tuple[str, str, dict[str, Any]]] = [
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
    ("brevo.csv", "+33612730542", {"email": "olusegun.vandermerwe0@example.com", "isOptedOut": True}),
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
]
"""For each file the number of one contact, and the fields other than names that the file has for it."""


def expected_records(name: str) -> Iterator[dict[str, str]]:
    """Yields the expected number and names of each record of a file."""
    with (EXPORTS / "truth.csv").open(encoding="utf-8", newline="") as lines:
        yield from (row for row in csv.DictReader(lines) if row["file"] == name)


def uploaded(content: bytes, name: str = "people.csv") -> UploadedFile:
    """Returns a file as the server has it after receiving it."""
    with tempfile.NamedTemporaryFile(prefix="muster-test-", delete=False) as file:
        file.write(content)
    return UploadedFile(name, "text/csv", len(content), hashlib.sha256(content).hexdigest(), Path(file.name))


async def enqueue_import(
    api: Api, content: bytes | str, *, name: str = "people.csv", selected: str = "id", **options: Any
) -> Any:
    """Returns the immediate payload of importContacts; the job stays queued."""
    data = content.encode() if isinstance(content, str) else content
    file = uploaded(data, name)
    try:
        given = {"file": file, "waitSeconds": 0, **options}
        return (await api.run(IMPORT % selected, input=given))["importContacts"]
    finally:
        file.remove()


async def run_jobs(api: Api) -> None:
    """Runs all queued jobs."""
    await Worker(TASKS, clock=lambda: api.now).run_all()


async def job(api: Api, id: str, selected: str = JOB) -> Any:
    return (await api.run(f"query ($id: ID!) {{ job(id: $id) {{ {selected} }} }}", id=id))["job"]


async def import_content(api: Api, content: bytes | str, *, selected: str = JOB, **options: Any) -> Any:
    """Imports a file and returns the finished job."""
    payload = await enqueue_import(api, content, **options)
    assert payload["errors"] == []
    await run_jobs(api)
    return await job(api, payload["job"]["id"], selected)


def summary(**counts: int) -> dict[str, int]:
    """Returns a summary with these counts and zeros otherwise; `imported` and `skipped` follow from the others."""
    return dict.fromkeys(SUMMARY.split(), 0) | counts


async def all_contacts(api: Api, selected: str) -> list[Any]:
    """Returns every contact of the account, read page by page."""
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
