"""Queries read from a real streaming replica, an account reads its own writes, and a replica that fails is left out."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx2
import orjson
import pytest
from typer.testing import CliRunner

import muster
from models.db import database, replicas as module
from models.db.notifications import Listener
from models.db.postgres import replica as one_module
from models.db.postgres.replica import Replica
from models.db.replicas import ReplicaOptions, UnsuitableDatabase, replicas
from tests.support.servers import cluster
from tests.support.servers.cluster import Cluster
from tests.support.servers.running_server import RunningServer, running_server
from tests.support.servers.timeouts import TIMEOUT, wait_until

CREATE = (
    "mutation ($p: PhoneNumber!) { createContact(input: {contact: {phone: $p}}) { contact { id } errors { code } } }"
)
READ = "{ contacts(first: 100) { totalCount nodes { id phone } } }"

pytestmark = pytest.mark.skipif(cluster.binaries() is None, reason="needs PostgreSQL")


class Account:
    """A token's requests to two servers on the same database."""

    def __init__(self, own: RunningServer, servers: list[RunningServer]) -> None:
        self._headers = own.headers
        self._urls = [f"http://127.0.0.1:{each.port}/graphql" for each in servers]
        self._client = httpx2.AsyncClient(timeout=TIMEOUT)
        self.created: list[str] = []

    async def send(self, server: int, query: str, **variables: Any) -> Any:
        body = {"query": query, "variables": variables}
        answer = await self._client.post(self._urls[server], json=body, headers=self._headers)
        assert "errors" not in answer.json(), answer.text
        return answer.json()["data"]

    async def metric(self, server: int, name: str) -> float:
        text = (await self._client.get(self._urls[server].replace("graphql", "metrics"), headers=self._headers)).text
        [line] = [line for line in text.splitlines() if line.startswith(f"{name}{{")]
        return float(line.split()[-1])

    async def create(self, server: int) -> None:
        phone = f"+2547110{len(self.created):05}"
        made = await self.send(server, CREATE, p=phone)
        self.created.append(made["createContact"]["contact"]["id"])

    async def reads_its_writes(self, server: int) -> None:
        found = (await self.send(server, READ))["contacts"]
        assert found["totalCount"] == len(self.created)
        assert {node["id"] for node in found["nodes"]} == set(self.created)


@asynccontextmanager
async def serving(primary: str, replica: str) -> AsyncIterator[tuple[list[Account], list[Replica]]]:
    """Runs two servers that share a primary and a replica. Yields an account of each, and the servers' replicas."""
    options: dict[str, Any] = {"read_url": replica, "read_wait_seconds": 1.0, "read_max_lag_seconds": 1.0}
    options["metrics"] = "on"
    async with running_server(primary, **options) as first, running_server(primary, **options) as second:
        known = []
        for each in (first, second):
            each.app.enter()
            known += replicas().all
        yield [Account(each, [first, second]) for each in (first, second)], known


async def diagnosed() -> tuple[str, str]:
    """Returns the result and the detail of the check of replicas, from `muster doctor`."""
    handlers = logging.root.handlers
    found = await asyncio.to_thread(CliRunner().invoke, muster.app, ["doctor", "--json"])
    logging.root.handlers = handlers  # the command has configured the log
    return next((each["result"], each["detail"]) for each in orjson.loads(found.stdout) if each["check"] == "replicas")


async def until_used(known: list[Replica], is_used: bool) -> None:
    await wait_until(lambda: {each.is_used for each in known} == {is_used})


@pytest.mark.own_server
@pytest.mark.parametrize("database_kind", ["postgres"])
async def test_an_account_reads_its_writes_and_a_replica_that_fails_is_left_out_and_taken_back(
    postgres: Cluster, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_EVERY_SECONDS", 0.1)
    monkeypatch.setattr(one_module, "_LOOK_SECONDS", 0.5)
    with Cluster(primary=postgres) as replica:
        monkeypatch.setenv("MUSTER_DATABASE_URL", database_url)
        monkeypatch.setenv("MUSTER_READ_URL", replica.url("test"))
        async with serving(database_url, replica.url("test")) as ((one, other), known):
            server = await asyncpg.connect(replica.url("test"))
            await until_used(known, True)
            for number in range(10):
                await one.create(number % 2)
                await one.reads_its_writes((number + 1) % 2)
                await other.reads_its_writes(number % 2)
            assert sum(each.statement_count for each in known) >= 20
            shown = "SELECT query FROM pg_stat_activity WHERE application_name = 'muster' AND query LIKE '%contact%'"
            assert await server.fetch(shown), "the replica has run the statements"

            await server.execute("SELECT pg_wal_replay_pause()")
            count = known[1].statement_count
            await one.create(0)
            await other.reads_its_writes(1)
            assert known[1].statement_count > count, "another account still reads from it"
            await other.send(1, "{ syncCursor }")
            counts = [each.statement_count for each in known]
            await asyncio.gather(one.reads_its_writes(1), other.reads_its_writes(0))
            assert [each.statement_count for each in known] == counts, "the replica does not have what they need"
            await until_used(known, False)
            await other.reads_its_writes(1)
            assert await one.metric(0, "muster_replica_used") == 0
            assert await one.metric(0, "muster_replica_lag_seconds") > 1
            assert await one.metric(0, "muster_replica_lag_bytes") > 0
            assert "bytes behind" in (await diagnosed())[1]
            await server.execute("SELECT pg_wal_replay_resume()")
            await until_used(known, True)

            with replica.frozen():
                await asyncio.gather(*(other.reads_its_writes(number % 2) for number in range(20)))
                await one.create(1)
                await one.reads_its_writes(0)
                await until_used(known, False)
            await until_used(known, True)

            replica.stop()
            await other.reads_its_writes(0)
            await one.create(0)
            await one.reads_its_writes(1)
            await until_used(known, False)
            assert await diagnosed() == ("FAILED", f"{known[0].name}: it failed with ConnectionRefusedError")
            replica.start()
            await until_used(known, True)

            await (await asyncpg.connect(replica.url("test"))).execute("SELECT pg_promote()")
            await until_used(known, False)
            await one.create(0)
            await one.reads_its_writes(1)
            assert {each.problem for each in known} == {"it is not a replica"}


@pytest.mark.parametrize("database_kind", ["postgres"])
async def test_replicas_are_refused_on_citus(db: None, database_url: str) -> None:
    await database.execute("CREATE TABLE public.pg_dist_node ()")
    try:
        with pytest.raises(UnsuitableDatabase, match="MUSTER_READ_URL can't be used with Citus"):
            await replicas().start([database_url], ReplicaOptions(), Listener({}))
    finally:
        await database.execute("DROP TABLE public.pg_dist_node")
    await replicas().stop()
