"""The pending entries of GIN indexes: those of new rows, which PostgreSQL adds to an index together, later.

A list of them has at most 4 MB by default. The statement that fills it adds all its entries, which takes up to 130 ms
for each index. And each search reads the list. So the server adds the entries soon, with a statement of its own, for
which no request waits. Not those of an import, which then takes longer. docs/decisions/search.md has measurements.
"""

from typing import Final

from models.db import database
from models.db.deadline import Deadline

_SECONDS: Final = 5.0


async def add_pending_entries() -> int:
    """Adds the pending entries to the search indexes, and returns the number of pages that held them.

    Does nothing on SQLite, on a Citus cluster, where the nodes have the indexes, and for the indexes of another owner.
    """
    if not database.is_postgres() or database.is_distributed():
        return 0
    with Deadline(_SECONDS):
        [(pages,)] = await database.fetch(
            "SELECT coalesce(sum(gin_clean_pending_list(i.indexrelid)), 0)::bigint FROM pg_index i "
            "JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam "
            "WHERE i.indrelid = 'contact'::regclass AND a.amname = 'gin' AND i.indisvalid "
            "AND pg_has_role(c.relowner, 'USAGE')"
        )
    return int(pages)
