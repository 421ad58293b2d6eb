"""A serving process has loaded only the modules that it needs, checked after it has answered a page."""

import asyncio
import json

import httpx2
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from examples.load_contacts import Muster
from models import database
from services import accounts, tokens
from services.authentication import Scope
from tests.api_client import MONDAY
from tests.served import PROTOCOL
from tests.serving import started

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
OF_THE_COMMAND_LINE = {"typer", "click", "rich", "pygments", "muster", "commands", "multiprocessing"}
OF_RARE_OPERATIONS = {
    "aiosmtplib",
    "difflib",
    "email.headerregistry",
    "email.message",
    "email_validator",
    "html.entities",
    "httpx2",
    "logging.handlers",
    "phonenumbers.carrierdata",
    "phonenumbers.geodata",
    "phonenumbers.tzdata",
    "python_calamine",
    "services.contact_import.applying",
    "services.contact_import.blocks",
    "services.contact_import.rejected_rows",
    "services.contact_import.running",
    "tarfile",
    "websockets",
    "xlsxwriter",
    "zipfile",
}
OF_MIGRATIONS = {"models.migration", "models.migrations", "tortoise.migrations"}
OF_NOTHING_HERE = {
    "ctypes",
    "_bz2",
    "_lzma",
    "greenlet",
    "pydantic",
    "pydantic_core",
    "watchfiles",
    "uvicorn.supervisors",
}
OF_POSTGRES = {"models.postgres", "tortoise.backends.asyncpg"}
OF_SQLITE = {"models.sqlite", "tortoise.backends.sqlite", "aiosqlite", "sqlite3"}


async def test_what_has_answered_a_page_holds_only_what_that_took(database_url: str, database_kind: str) -> None:
    secret = await _token(database_url)

    async with started(database_url, "-c", SERVING) as (url, process):
        page = await asyncio.to_thread(Muster(url, secret).run, PAGE, {})
        process.terminate()
        told, _ = await process.communicate()

    loaded = set(json.loads(told))
    other = OF_SQLITE if database_kind == "postgres" else OF_POSTGRES
    assert page == {"contacts": {"nodes": []}}
    assert {"server", "resolvers.paging", "strawberry", "uvicorn.server"} <= loaded
    assert loaded & (OF_POSTGRES | OF_SQLITE) == (OF_POSTGRES | OF_SQLITE) - other
    assert loaded & (OF_THE_COMMAND_LINE | OF_RARE_OPERATIONS | OF_MIGRATIONS | OF_NOTHING_HERE) == set()


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
    assert (missing.status_code, missing.text) == (404, "Not Found")


async def _token(database_url: str) -> str:
    await database.connect(database_url)
    try:
        account_id = await accounts.create(name="Acme", default_region="KE", now=MONDAY)
        _, secret = await tokens.create(
            account_id=account_id,
            name="Reader",
            user_id=None,
            scopes=[Scope.CONTACTS_READ],
            expires_at=None,
            now=MONDAY,
            grantable=frozenset(Scope),
        )
    finally:
        await database.disconnect()
    return secret
