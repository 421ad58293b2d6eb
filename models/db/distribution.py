"""Distributes the tables over the nodes of a Citus cluster, by account.

Every table with a column `account_id` lies by it, beside the rows of its account in the other tables. So a statement
that names its account runs on one node. The other tables are small, and each node has a copy. Without the extension
`citus` in the database, nothing here does anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Final

from models.db import database

LOCAL_TABLES: Final = frozenset({"account_queue"})
"""Tables that stay on the coordinator, which all processes ask for work."""
_ROOT: Final = "account"
_SETTING: Final = "citus.override_table_visibility"

DUMP_OPTIONS: Final = f"-c {_SETTING}=on -c citus.multi_shard_modify_mode=sequential"
"""The options of a session of pg_dump, which must not see parts of distributed tables, or of pg_restore, which drops
tables and functions in one transaction."""

_OWN_TABLES: Final = """
SELECT c.relname AS name, p.partmethod::text AS method, s.shards, s.nodes,
       EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'account_id') AS has_account,
       ARRAY(SELECT f.confrelid::regclass::text FROM pg_constraint f WHERE f.conrelid = c.oid AND f.contype = 'f'
             AND f.confrelid <> c.oid) AS referenced
FROM pg_class c
LEFT JOIN pg_dist_partition p ON p.logicalrelid = c.oid
LEFT JOIN LATERAL (
    SELECT count(DISTINCT d.shardid) AS shards, count(DISTINCT x.groupid) AS nodes
    FROM pg_dist_shard d JOIN pg_dist_placement x ON x.shardid = d.shardid WHERE d.logicalrelid = c.oid
) s ON TRUE
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
AND c.relpersistence = 'p' AND NOT relation_is_a_known_shard(c.oid)
ORDER BY c.relname
"""


NOT_COORDINATOR: Final = "the database URL leads to a worker of a Citus cluster: use that of the coordinator"


class NotDistributed(Exception):
    """The tables of a cluster can't be distributed, for the reason in the text."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The places of the tables.

    Those in `by_account` are distributed, each node has a copy of those in `copied`, and the coordinator has those in
    `local` on purpose and those in `left` by mistake.
    """

    by_account: Sequence[str]
    copied: Sequence[str]
    local: Sequence[str]
    left: Sequence[str]
    shard_count: int
    node_count: int


async def has_extension() -> bool:
    """Returns whether the connected database has the extension."""
    if not database.is_postgres():
        return False
    return bool(await database.fetch("SELECT 1 FROM pg_extension WHERE extname = 'citus'"))


async def is_coordinator() -> bool:
    """Returns whether the node of the connection is the coordinator. The database has the extension."""
    [row] = await database.fetch("SELECT groupid FROM pg_dist_local_group")
    return bool(row[0] == 0)


async def ensure_coordinator() -> None:
    """Raises NotDistributed if the connection leads to a worker of a cluster."""
    if await has_extension() and not await is_coordinator():
        raise NotDistributed(NOT_COORDINATOR)


async def tables() -> set[str]:
    """Returns the names of the tables of a PostgreSQL database, without the parts of distributed ones."""
    names = (
        _OWN_TABLES if await has_extension() else "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'"
    )
    return {row["name"] for row in await database.fetch(names)}


async def layout() -> Layout:
    """Reads how the tables lie. The database has the extension."""
    rows = await database.fetch(_OWN_TABLES)
    distributed = [row for row in rows if row["method"] == "h"]
    alone = [row["name"] for row in rows if row["method"] is None]
    return Layout(
        by_account=[row["name"] for row in distributed],
        copied=[row["name"] for row in rows if row["method"] == "n"],
        local=[name for name in alone if name in LOCAL_TABLES],
        left=[name for name in alone if name not in LOCAL_TABLES],
        shard_count=max((row["shards"] for row in distributed), default=0),
        node_count=max((row["nodes"] for row in distributed), default=0),
    )


async def distribute() -> list[str]:
    """Distributes the tables that are still local, and returns their names. Safe to repeat.

    Copies the rows of a table to the nodes, while its writers wait. Raises NotDistributed.
    """
    if not await has_extension():
        return []
    await _show_shards()
    rows = {row["name"]: row for row in await database.fetch(_OWN_TABLES)}
    order = TopologicalSorter({name: set(row["referenced"]) & rows.keys() for name, row in rows.items()})
    new = [name for name in order.static_order() if rows[name]["method"] is None and name not in LOCAL_TABLES]
    for name in new:
        if name == _ROOT:
            await database.fetch("SELECT create_distributed_table($1::text::regclass, 'id')", name)
        elif rows[name]["has_account"]:
            await database.fetch(
                "SELECT create_distributed_table($1::text::regclass, 'account_id', colocate_with => $2)", name, _ROOT
            )
        else:
            await database.fetch("SELECT create_reference_table($1::text::regclass)", name)
    if left := (await layout()).left:
        raise NotDistributed(f"these tables are on the coordinator only: {', '.join(left)}")
    for name in new:
        await database.fetch("SELECT truncate_local_data_after_distributing_table($1::text::regclass)", name)
    return new


async def _show_shards() -> None:
    """Turns off Citus's own look-up of visible tables, which takes a second for each type that a driver looks up."""
    [row] = await database.fetch(f"SELECT current_setting('{_SETTING}') AS value, current_database() AS name")
    if row["value"] != "off":
        quoted = row["name"].replace('"', '""')
        await database.execute(f'ALTER DATABASE "{quoted}" SET {_SETTING} = off')
