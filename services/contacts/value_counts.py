"""Stored numbers of live contacts per tag and per label of custom variables.

They are updated in the transaction that changes the contacts: tags first, then labels, each in the order of the names
(see services.lists.membership for the order of locks).
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final, cast
from uuid import UUID

from models.db import database
from models.db.database import Row

_UNUSED_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True)
class ValueCounts:
    """The counts of one kind of value: `table` has them by account and `name`, the contacts' `column` the values."""

    table: str
    name: str
    column: str
    key: str
    elements: Callable[[str, str], str]

    async def add(self, account_id: UUID, changes: Mapping[str, int]) -> None:
        """Adds to the stored counts, in the order of the names, with the COMMIT: the locks of tags are brief."""
        rows = [{"name": name, "change": change} for name, change in sorted(changes.items()) if change]
        if rows:
            table = database.rows_to_insert("$2", "r", {"name": "text", "change": "integer"})
            inserted = self.insert("SELECT r.account_id, r.name, r.change")
            sql = f"{inserted} FROM {table} WHERE TRUE ORDER BY r.name {self.added}"
            await database.execute_last(sql, account_id, rows)

    async def of_contacts(self, account_id: UUID, contact_ids: Sequence[UUID]) -> Counter[str]:
        """Returns the number of the contacts with each value."""
        values = f"{database.by_keys('contact', 'id')} CROSS JOIN {self.elements(f'contact.{self.column}', 'v')}"
        rows = await database.fetch(
            f"SELECT v.{self.key} AS name, count(*) AS contact_count FROM {values} GROUP BY v.{self.key}",
            account_id,
            list(contact_ids),
        )
        return Counter({row["name"]: row["contact_count"] for row in rows})

    async def add_staged(self, account_id: UUID, table: str) -> None:
        """Counts the values of all contacts of a staged table (see models.db.staging). The contacts must be new."""
        await database.execute(
            f"{self.insert(f'SELECT $1, v.{self.key}, count(*)')} "
            f"FROM {table} r, {self.elements(f'r.{self.column}', 'v')} WHERE TRUE "
            f"GROUP BY v.{self.key} ORDER BY v.{self.key} {self.added}",
            account_id,
        )

    def insert(self, selected: str) -> str:
        """Returns the beginning of a statement that adds to the counts. `added` is its end."""
        return f"INSERT INTO {self.table} (account_id, {self.name}, contact_count) {selected}"

    @property
    def added(self) -> str:
        return (
            f"ON CONFLICT (account_id, {self.name}) DO UPDATE "
            f"SET contact_count = {self.table}.contact_count + excluded.contact_count"
        )

    async def purge_unused(self, *, now: datetime) -> int:
        """Deletes the values of all accounts that no live contact has, and returns their number."""
        del now
        count, rows = 0, await self._unused()
        while rows:
            for account_id, group in groupby(rows, key=lambda row: cast(UUID, row["account_id"])):
                count += await self._delete_unused(account_id, [row[self.name] for row in group])
            rows = await self._unused(*rows[-1])
        return count

    async def _unused(self, *last: UUID | str) -> Sequence[Row]:
        """Returns the next unused values after a key."""
        behind = f" AND (account_id, {self.name}) > ($1, $2)" if last else ""
        return await database.fetch(
            f"SELECT account_id, {self.name} FROM {self.table} WHERE contact_count = 0{behind} "
            f"ORDER BY account_id, {self.name} LIMIT {_UNUSED_AT_ONCE}",
            *last,
        )

    @database.transactional
    async def _delete_unused(self, account_id: UUID, values: list[str]) -> int:
        """Deletes values of an account, except those that a concurrent transaction uses again."""
        table, name = self.table, self.name
        # MATERIALIZED: PostgreSQL may run a subquery again, and with SKIP LOCKED that returns other rows.
        deleted = await database.fetch(
            f"WITH unused AS MATERIALIZED (SELECT {name} FROM {table} WHERE account_id = $1 "
            f"AND {database.sql_in(name, '$2', 'text')} AND contact_count = 0{database.skip_locked()}) "
            f"DELETE FROM {table} WHERE account_id = $1 AND contact_count = 0 "
            f"AND {name} IN (SELECT {name} FROM unused) RETURNING {name}",
            account_id,
            values,
        )
        return len(deleted)


TAGS: Final = ValueCounts("tag", "name", "tags", "value", database.elements_of)
LABELS: Final = ValueCounts("custom_variable_label", "label", "custom_variables", "key", database.keys_of)
