"""The example client loads files over HTTP into a server as it is started in earnest."""

import asyncio
import os
import socket
import sys
import urllib.request
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from examples import load_contacts
from examples.load_contacts import Muster
from models import database
from services import accounts, tokens
from services.authentication import Scope
from tests.api_client import MONDAY

ROOT = Path(__file__).parent.parent.parent
EXPORTS = ROOT / "tests" / "data" / "exports"


@dataclass(frozen=True)
class Site:
    """A running server and a token to its account."""

    url: str
    secret: str

    async def load(self, *arguments: str, token: str | None = None) -> int:
        """Runs the client; its exit code."""
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
    port = _free_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "muster", "serve", "--port", str(port)),
        cwd=ROOT,
        env=os.environ | {"MUSTER_DATABASE_URL": database_url, "MUSTER_LOG_LEVEL": "error"},
    )
    try:
        async with asyncio.timeout(30):
            while not await asyncio.to_thread(_is_ready, port):  # noqa: ASYNC110  # another process has no event
                await asyncio.sleep(0.05)
        yield Site(f"http://127.0.0.1:{port}/graphql", secret)
    finally:
        process.terminate()
        await process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz") as response:
            return bool(response.status == 200)
    except OSError:
        return False


async def test_files_go_in_and_what_is_wrong_with_a_row_is_told(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert await site.load("--region", "FR", str(EXPORTS / "brevo.csv")) == 0
    assert await site.load("--if-exists", "UPDATE", str(EXPORTS / "semalink_mixed.csv")) == 1

    told = capsys.readouterr()
    assert told.out.splitlines() == [
        "brevo.csv: 60 rows: 60 created, 0 updated, 0 skipped, 0 rejected, 6 opted out",
        "semalink_mixed.csv: 94 rows: 82 created, 5 updated, 7 skipped, 7 rejected, 0 opted out",
    ]
    problems = told.err.splitlines()
    assert len(problems) == 7
    assert sum("MISSING_CONTACT: No phone number is given." in problem for problem in problems) == 3
    stopped = await site.ask("{ contacts(filter: {isOptedOut: true}) { totalCount } optOuts { totalCount } }")
    assert stopped == {"contacts": {"totalCount": 6}, "optOuts": {"totalCount": 6}}


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
