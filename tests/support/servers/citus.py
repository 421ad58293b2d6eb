"""A throwaway Citus cluster: a coordinator and two workers, each a PostgreSQL server on loopback."""

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

import asyncpg

from tests.support.servers.cluster import Cluster, extension_directory

MISSING = "The Citus extension is not installed for this PostgreSQL: nothing was tested on a cluster."
_WORKERS = 2
_SETTINGS = {
    "shared_preload_libraries": "citus",
    "citus.shard_count": "8",
    "citus.node_conninfo": "sslmode=prefer",
    "citus.enable_statistics_collection": "off",
    "autovacuum": "off",
}


def is_installed() -> bool:
    """Returns whether the PostgreSQL that the tests start has the extension."""
    directory = extension_directory()
    return directory is not None and (directory / "citus.control").exists()


@asynccontextmanager
async def citus_cluster() -> AsyncIterator["CitusCluster"]:
    """Runs the servers during the block."""
    with ExitStack() as running:
        servers = [running.enter_context(Cluster(settings=_SETTINGS)) for _ in range(1 + _WORKERS)]
        yield CitusCluster(servers[0], servers[1:])


class CitusCluster:
    """The servers of a cluster. A database of the coordinator has a database of the same name on each worker."""

    def __init__(self, coordinator: Cluster, workers: list[Cluster]) -> None:
        self.coordinator = coordinator
        self.workers = workers

    def url(self, database: str) -> str:
        return self.coordinator.url(database)

    async def create_database(self, name: str) -> str:
        """Creates an empty database on all servers, with the extension, and returns its URL."""
        for server in (*self.workers, self.coordinator):
            await _run(server.url(), f"CREATE DATABASE {name}")
            await _run(server.url(name), "CREATE EXTENSION citus")
        host = f"SELECT citus_set_coordinator_host('127.0.0.1', {self.coordinator.port})"
        nodes = (f"SELECT citus_add_node('127.0.0.1', {worker.port})" for worker in self.workers)
        await _run(self.url(name), host, *nodes)
        return self.url(name)


async def _run(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
