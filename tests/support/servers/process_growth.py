"""Grows a server's process by operations that differ: `python -m tests.support.servers.process_growth URL KIND COUNT`
prints by how many MiB.

Each operation comes twice, so that it is kept if anything keeps it.
"""

import asyncio
import os
import random
import sys
from collections.abc import Callable
from datetime import UTC, datetime

import orjson

from server import create_app
from services.accounts import management as accounts, tokens
from services.accounts.authentication import Scope
from settings import LogLevel, Settings
from tests.support.servers.processes import resident_mib
from web.asgi_app import Muster
from web.http.bounds import Client
from web.http.endpoint import Incoming

_COLUMNS = ["phone", "firstName", "lastName", "name", "email", "companyName", "notes", "tags", "status", "createdAt"]
_CONDITIONS = ['anyTags: ["a"]', "isOptedOut: false", "hasEmail: true", 'countries: ["KE"]', "inNoList: true"]
_PAGE = "{ contacts(first: 5) { nodes { id } } }"


def small(number: int) -> str:
    """Returns an operation whose filter, columns and alias differ from the others', and so does its SQL."""
    chosen = random.Random(number)
    columns = " ".join(chosen.sample(_COLUMNS, 6))
    first, second = (", ".join(chosen.sample(_CONDITIONS, 2)) for _ in range(2))
    filter_ = f"{{ or: [{{ {first} }}, {{ {second} }}] }}"
    return (
        f"{{ a{number}: contacts(first: {1 + number % 100}, filter: {filter_}) "
        f"{{ nodes {{ id {columns} lists {{ id name }} }} pageInfo {{ hasNextPage endCursor }} }} }}"
    )


def long(number: int) -> str:
    """60 KB: every other one has as many tokens as are allowed, the rest too many."""
    fields, width = (125, 430) if number % 2 else (1200, 15)
    return (
        "{ "
        + " ".join(
            f"a{number}_{place:0{width}}: contacts(first: 1) {{ nodes {{ id phone }} }}" for place in range(fields)
        )
        + " }"
    )


KINDS: dict[str, Callable[[int], str]] = {"small": small, "long": long}


async def growth(database_url: str, kind: str, count: int) -> float:
    """Returns the growth of the process in MiB. Needs a migrated database."""
    app = create_app(Settings(database_url=database_url, log_level=LogLevel.ERROR))
    async with app.router.lifespan_context(app):
        secret = await _token()
        for _ in range(20):
            await _send(app, secret, _PAGE)
        before = resident_mib(os.getpid())
        for number in range(count):
            for _ in range(2):
                await _send(app, secret, KINDS[kind](number))
        return resident_mib(os.getpid()) - before


async def _send(app: Muster, secret: str, text: str) -> None:
    headers = {b"authorization": f"Bearer {secret}".encode(), b"content-type": b"application/json"}
    incoming = Incoming("POST", b"", headers, orjson.dumps({"query": text}), "growth", Client())
    await app.direct_answers._endpoint.reply(incoming)


async def _token() -> str:
    now = datetime.now(UTC)
    account_id = await accounts.create(name="Acme", default_region="KE", now=now)
    _, secret = await tokens.create(
        account_id=account_id,
        name="growth",
        user_id=None,
        scopes=list(Scope),
        expires_at=None,
        now=now,
        grantable=frozenset(Scope),
    )
    return secret


if __name__ == "__main__":
    sys.stdout.write(str(asyncio.run(growth(sys.argv[1], sys.argv[2], int(sys.argv[3])))))
