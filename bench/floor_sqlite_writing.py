"""The floor's mutations on SQLite."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import orjson

from bench import floor_sqlite_campaigns, floor_writing
from bench.floor_campaigns import CampaignBatch
from bench.floor_sqlite import SqliteBackend
from bench.floor_writing import COLUMNS, Batch, Row
from models.db.sqlite.values import to_parameter
from schema.ids import Prefix, decode_as


def _picked(place: int) -> str:
    return f"json_extract(value, '$[{place}]')"


# FTS5 flushes its pending writes at the end of each statement, so one statement inserts all rows.
# ?1 is the account, ?2 the instant, ?3 the rows as JSON: arrays of COLUMNS.
_INSERT = f"""
INSERT INTO contact (account_id, created_at, updated_at, {", ".join(COLUMNS)}, custom_variables, last_inbound_at,
                     last_outbound_at)
SELECT ?1, ?2, ?2, {", ".join(_picked(place) for place in range(len(COLUMNS)))}, '{{}}', h.last_inbound_at,
       h.last_outbound_at
FROM json_each(?3) LEFT JOIN phone_history h ON h.account_id = ?1 AND h.phone = {_picked(1)}
"""
_MEMBER = "INSERT INTO contact_list_member (account_id, contact_list_id, contact_id, created_at) VALUES (?, ?, ?, ?)"
_COUNT = "UPDATE contact_list SET contact_count = contact_count + ?3 WHERE account_id = ?1 AND id = ?2"
_TAG = """
INSERT INTO tag (account_id, name, contact_count) VALUES (?, ?, ?)
ON CONFLICT (account_id, name) DO UPDATE SET contact_count = contact_count + excluded.contact_count
"""
_OPTED_OUT = "SELECT is_opted_out FROM opt_out WHERE account_id = ? AND phone = ?"
_BEFORE = """
SELECT id, phone, first_name, last_name, name, email, company_name, tags, status, created_at
FROM contact WHERE account_id = ? AND phone = ? AND deleted_at IS NULL
"""
_UPDATE = """
UPDATE contact SET first_name = ?3, last_name = ?4, full_name = ?5, email = ?6, company_name = ?7, tags = ?8,
                   search_text = ?9, updated_at = ?10
WHERE account_id = ?1 AND id = ?2
"""
_KNOWN = """
SELECT id, phone, full_name FROM contact
WHERE account_id = ? AND phone IN (SELECT value FROM json_each(?)) AND deleted_at IS NULL
"""


class SqliteWriter(SqliteBackend):
    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.answers |= {
            "write/create": partial(self._in_thread, self._create),
            "write/update": partial(self._in_thread, self._update),
            "bulk": partial(self._in_thread, self._bulk),
            "addcampaign": partial(self._in_thread, self._add),
        }

    async def open(self, stack: AsyncExitStack) -> None:
        await super().open(stack)
        await self._loop.run_in_executor(self._thread, self._prepare)

    def _prepare(self) -> None:
        """Sets WAL, synchronous = NORMAL and foreign keys."""
        self._connection.isolation_level = None
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON", "busy_timeout = 30000"):
            self._connection.execute(f"PRAGMA {pragma}")

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def _create(self, account_id: str, variables: dict[str, Any]) -> Any:
        given, now = variables["input"]["contact"], floor_writing.now()
        row = floor_writing.new_row(given, floor_writing.number(given["phone"]), now)
        with self._transaction():
            self._insert(account_id, [row], decode_as(Prefix.CONTACT_LIST, given["listIds"][0]), now)
            is_opted_out = self._is_opted_out(account_id, row["phone"])
        return floor_writing.created(floor_writing.shown(row, is_opted_out=is_opted_out, created_at=now))

    def _update(self, account_id: str, variables: dict[str, Any]) -> Any:
        given, now = variables["input"], floor_writing.now()
        phone, changes = floor_writing.number(given["contact"]["phone"]), floor_writing.details(given)
        with self._transaction() as connection:
            before = self._first(_BEFORE, account_id, phone)
            before["tags"] = orjson.loads(before["tags"])
            row = floor_writing.finished({**before, **changes})
            values = [row[name] for name in ("first_name", "last_name", "full_name", "email", "company_name")]
            connection.execute(
                _UPDATE,
                (account_id, row["id"], *values, *map(to_parameter, (row["tags"], row["search_text"], now))),
            )
            self._count_tags(account_id, floor_writing.tag_changes(before["tags"], row["tags"]))
            is_opted_out = self._is_opted_out(account_id, phone)
        row["id"] = UUID(row["id"])
        created_at = datetime.fromisoformat(before["created_at"])
        return floor_writing.updated(floor_writing.shown(row, is_opted_out=is_opted_out, created_at=created_at))

    def _add(self, account_id: str, variables: dict[str, Any]) -> Any:
        batch, now = CampaignBatch(variables["input"]), floor_writing.now()
        with self._transaction() as connection:
            floor_sqlite_campaigns.add(connection, account_id, batch, now)
        return batch.answer()

    def _bulk(self, account_id: str, variables: dict[str, Any]) -> Any:
        given, now = variables["input"], floor_writing.now()
        batch = Batch(given["contacts"])
        with self._transaction():
            found = self._rows(_KNOWN, account_id, to_parameter(batch.phones))
            known = {phone: {"id": UUID(id), "phone": phone, "full_name": name} for id, phone, name in found}
            self._insert(account_id, batch.take(known, now), decode_as(Prefix.CONTACT_LIST, given["listId"]), now)
        return batch.answer()

    def _insert(self, account_id: str, rows: list[Row], list_id: UUID, now: datetime) -> None:
        instant, to_list = to_parameter(now), str(list_id)
        connection = self._connection
        records = [[to_parameter(row[name]) for name in COLUMNS] for row in rows]
        connection.execute(_INSERT, (account_id, instant, orjson.dumps(records).decode()))
        connection.executemany(_MEMBER, [(account_id, to_list, str(row["id"]), instant) for row in rows])
        connection.execute(_COUNT, (account_id, to_list, len(rows)))
        self._count_tags(account_id, sorted(Counter(tag for row in rows for tag in row["tags"]).items()))

    def _count_tags(self, account_id: str, changes: Iterable[tuple[str, int]]) -> None:
        self._connection.executemany(_TAG, [(account_id, name, change) for name, change in changes])

    def _is_opted_out(self, account_id: str, phone: str) -> bool:
        return self._rows(_OPTED_OUT, account_id, phone) == [(1,)]

    def _first(self, sql: str, *values: Any) -> Row:
        cursor = self._connection.execute(sql, values)
        return dict(zip([column[0] for column in cursor.description], cursor.fetchone(), strict=True))
