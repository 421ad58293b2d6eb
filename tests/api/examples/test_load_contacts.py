"""The example client loads files over HTTP into a production server."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from examples import load_contacts
from examples.load_contacts import Muster
from models.db import database
from services.accounts import management as accounts, tokens
from services.accounts.authentication import Scope
from tests.support.api_client import MONDAY
from tests.support.servers.server_process import serving

EXPORTS = Path(__file__).parent.parent.parent / "data" / "exports"


@dataclass(frozen=True)
class Site:
    """A running server and a token of its account."""

    url: str
    secret: str

    async def load(self, *arguments: str, token: str | None = None) -> int:
        """Runs the client and returns its exit code."""
        given = ["--url", self.url, "--token", token or self.secret, *arguments]
        return await asyncio.to_thread(load_contacts.main, given)

    async def ask(self, query: str) -> Any:
        return await asyncio.to_thread(Muster(self.url, self.secret).run, query, {})


@pytest.fixture
async def site(database_url: str) -> AsyncIterator[Site]:
    await database.connect(database_url)
    account_id = await accounts.create(name="Acme", default_region="KE", now=MONDAY)
    _, secret = await tokens.create(
        account_id=account_id,
        name="Loader",
        user_id=None,
        scopes=[Scope.CONTACTS_READ, Scope.CONTACTS_WRITE],
        expires_at=None,
        now=MONDAY,
        grantable=frozenset(Scope),
    )
    await database.disconnect()
    async with serving(database_url) as url:
        yield Site(url, secret)


async def test_files_go_in_and_what_is_wrong_with_a_row_is_told(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert await site.load("--region", "FR", str(EXPORTS / "brevo.csv")) == 0
    assert await site.load("--if-exists", "UPDATE", str(EXPORTS / "semalink_mixed.csv")) == 1

    told = capsys.readouterr()
    assert told.out.splitlines() == [
        "brevo.csv: 60 rows: 60 created, 0 updated, 0 skipped (0 of them rejected), 6 opted out",
        "semalink_mixed.csv: 94 rows: 82 created, 5 updated, 7 skipped (7 of them rejected), 0 opted out",
    ]
    problems = told.err.splitlines()
    assert len(problems) == 7
    assert sum("MISSING_CONTACT: No phone number is given." in problem for problem in problems) == 3
    stopped = await site.ask("{ contacts(filter: {isOptedOut: true}) { totalCount } optOuts { totalCount } }")
    assert stopped == {"contacts": {"totalCount": 6}, "optOuts": {"totalCount": 6}}


async def test_blank_records_are_no_rows_but_keep_their_place(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "people.csv"
    file.write_text("Phone,Name\n0712345678,Amina\n\n,\n12,Chidi\n")

    assert await site.load(str(file)) == 1

    told = capsys.readouterr()
    assert told.out == ("people.csv: 2 rows: 1 created, 0 updated, 1 skipped (1 of them rejected), 0 opted out\n")
    assert told.err.startswith("people.csv, line 5: INVALID_PHONE_NUMBER: ")
    assert len(told.err.splitlines()) == 1


async def test_a_server_that_refuses_or_is_not_there_is_told(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(EXPORTS / "hubspot.csv")

    assert await site.load(file, token="wrong") == 2
    assert await site.load("--list", "nonsense", file) == 2
    assert await site.load("--url", "http://127.0.0.1:9/graphql", file) == 2
    assert await site.load(str(EXPORTS / "nothing.csv")) == 2

    told = capsys.readouterr()
    first, second, third, fourth = told.err.splitlines()
    assert (told.out, first.startswith(f"hubspot.csv: {site.url} answered 401: ")) == ("", True)
    assert second == "hubspot.csv: 'nonsense' is not an id."
    assert third.startswith("hubspot.csv: http://127.0.0.1:9/graphql can't be reached: ")
    assert "No such file" in fourth
    assert await site.ask("{ contacts { totalCount } }") == {"contacts": {"totalCount": 0}}
