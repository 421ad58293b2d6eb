"""A serving process has loaded only the modules that it needs, checked after it has answered a page."""

import asyncio
import json
from pathlib import Path

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from examples.load_contacts import Muster
from models.db import database
from services.accounts import management as accounts, tokens
from services.accounts.authentication import Scope
from tests.support.api_client import MONDAY
from tests.support.servers.processes import resident_mib
from tests.support.servers.running_server import PROTOCOL
from tests.support.servers.server_process import started

# `python serving.py` prints its loaded modules when it ends.
SERVING = """
import json, sys
import serving

try:
    serving.main()
finally:
    print(json.dumps(sorted(name for name, module in sys.modules.items() if module)), flush=True)
"""
PAGE = """
{
  contacts(first: 50, filter: {search: "wanj"}) {
    nodes { id phone name email companyName isOptedOut status createdAt tags lists { id name contactCount } }
  }
}
"""
CREATE = """
mutation ($phone: PhoneNumber!) {
  createContact(input: {contact: {phone: $phone, firstName: "Amina"}}) { contact { operator { name } } }
}
"""
OF_THE_COMMAND_LINE = {"typer", "muster", "commands"}
OF_RARE_OPERATIONS = {
    "aiosmtplib",
    "cryptography",
    "email.headerregistry",
    "httpx2",
    "joserfc",
    "opentelemetry",
    "phonenumbers.carrierdata",
    "phonenumbers.geodata",
    "phonenumbers.tzdata",
    "prometheus_client",
    "python_calamine",
    "services.imports.merge",
    "services.imports.block_parsing",
    "services.imports.rejected_rows",
    "services.imports.job",
    "tarfile",
    "websockets",
    "xlsxwriter",
    "zipfile",
}
OF_MIGRATIONS = {"models.db.migration", "models.migrations", "tortoise.migrations"}
OF_POSTGRES = {"models.db.postgres.engine", "tortoise.backends.asyncpg"}
OF_SQLITE = {"models.db.sqlite.engine", "tortoise.backends.sqlite", "aiosqlite", "sqlite3"}


async def test_what_has_answered_a_page_holds_only_what_that_took(database_url: str, database_kind: str) -> None:
    secret = await _token(database_url)

    async with started(database_url, "-c", SERVING) as (url, process):
        page = await asyncio.to_thread(Muster(url, secret).run, PAGE, {})
        process.terminate()
        told, _ = await process.communicate()

    loaded = set(json.loads(told))
    other = OF_SQLITE if database_kind == "postgres" else OF_POSTGRES
    assert page == {"contacts": {"nodes": []}}
    assert {"server", "resolvers.query.pages", "strawberry", "uvicorn.server"} <= loaded
    assert loaded & (OF_POSTGRES | OF_SQLITE) == (OF_POSTGRES | OF_SQLITE) - other
    assert loaded & (OF_THE_COMMAND_LINE | OF_RARE_OPERATIONS | OF_MIGRATIONS) == set()


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")
async def test_a_process_that_reads_and_saves_contacts_takes_less_than_100_mebibytes(database_url: str) -> None:
    secret = await _token(database_url)

    async with started(database_url, "-m", "muster", "serve") as (url, process):
        client = Muster(url, secret)
        saved = [
            await asyncio.to_thread(client.run, CREATE, {"phone": f"+2547120000{number}"}) for number in range(10, 30)
        ]
        page = await asyncio.to_thread(client.run, PAGE.replace("wanj", "Amina"), {})
        mebibytes = resident_mib(process.pid)

    assert {result["createContact"]["contact"]["operator"]["name"] for result in saved} == {"Safaricom"}
    assert len(page["contacts"]["nodes"]) == 20
    assert 0 < mebibytes < 100


async def test_what_is_loaded_late_is_there_when_it_is_wanted(database_url: str) -> None:
    secret = await _token(database_url)

    async with started(database_url, "-m", "muster", "serve") as (url, _):
        async with connect(url.replace("http", "ws"), subprotocols=[Subprotocol(PROTOCOL)]) as socket:
            hello = {"type": "connection_init", "payload": {"Authorization": f"Bearer {secret}"}}
            await socket.send(json.dumps(hello))
            answer = json.loads(await socket.recv())
        async with httpx2.AsyncClient() as client:
            missing = await client.get(url.replace("graphql", "nothing-here"))

    assert answer == {"type": "connection_ack"}
    assert (missing.status_code, missing.json()["errors"][0]["message"]) == (404, "Not Found.")


async def _token(database_url: str) -> str:
    await database.connect(database_url)
    try:
        account_id = await accounts.create(name="Acme", default_region="KE", now=MONDAY)
        _, secret = await tokens.create(
            account_id=account_id,
            name="Reader",
            user_id=None,
            scopes=[Scope.CONTACTS_READ, Scope.CONTACTS_WRITE],
            expires_at=None,
            now=MONDAY,
            grantable=frozenset(Scope),
        )
    finally:
        await database.disconnect()
    return secret
