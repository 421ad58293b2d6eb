"""The server of MUSTER_TEST_POSTGRES_URL, which the tests use instead of one that they start."""

import asyncio
import os
from urllib.parse import urlsplit

import asyncpg
import pytest

from models.db import migration

ONLY_CITUS = "citus"
"""The mark of tests of a cluster."""
VARIABLE = "MUSTER_TEST_POSTGRES_URL"
"""The variable of the server's URL, or of as many, separated by spaces, as pytest-xdist has processes."""
ONLY_OWN = "own_server"
"""The mark of tests that start, stop or configure the server of PostgreSQL."""
ONLY_PLAIN = "plain_postgres"
"""The mark of tests of plain PostgreSQL, such as its plans, and of tests that need a database of their own."""


class Server:
    """A running server of PostgreSQL. On Citus, the tests share the database of the URL."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._is_migrated = False
        self.is_citus = asyncio.run(_has_citus(url))

    def url(self, database: str | None = None) -> str:
        """Returns the URL of a database, or else of the given one."""
        if database is None:
            return self._url
        name = f"muster_{database}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
        return urlsplit(self._url)._replace(path=f"/{name}").geturl()

    async def shared_database(self) -> str:
        """Returns the URL of the migrated database of a cluster, empty at first.

        Later it has the accounts of earlier tests, without notes of their work.
        """
        emptied = "account_queue"
        if not self._is_migrated:
            await migration.migrate(self._url)
            self._is_migrated, emptied = True, f"{emptied}, account, change, audit_event, bulk_change_contact"
        connection = await asyncpg.connect(self._url)
        try:
            await connection.execute(f"TRUNCATE {emptied} CASCADE")
        finally:
            await connection.close()
        return self._url


async def _has_citus(url: str) -> bool:
    connection = await asyncpg.connect(url)
    try:
        return bool(await connection.fetchval("SELECT count(*) FROM pg_extension WHERE extname = 'citus'"))
    finally:
        await connection.close()


def leaves_out(item: pytest.Item) -> bool:
    """Returns whether a test can't run on the given server."""
    marks = {mark.name for mark in item.iter_markers()}
    if server is None:
        return ONLY_CITUS in marks
    return ONLY_OWN in marks or (ONLY_PLAIN if server.is_citus else ONLY_CITUS) in marks


def _of_this_process(urls: list[str]) -> Server | None:
    """Returns the server that this process of pytest-xdist uses, or the first one without pytest-xdist."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    return Server(urls[int(worker.removeprefix("gw"))]) if urls else None


server = _of_this_process(os.environ.get(VARIABLE, "").split())
