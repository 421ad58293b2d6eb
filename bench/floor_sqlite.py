"""The floor on SQLite, by the standard library's module in a thread.

Each request switches threads once. Stored texts go into the answer without conversion.
"""

import asyncio
import sqlite3
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import orjson

from bench import floor_answers
from bench.floor_answers import CHANGED, COLUMNS, LIVE, NEWEST, Batch, Reader, Row, Steps
from models.db.sqlite.values import to_parameter
from schema.ids import IdPrefix, decode_as, encode_many

_INSTANT = """
    substr(contact.created_at, 1, 10) || 'T' || substr(contact.created_at, 12, length(contact.created_at) - 17) || 'Z'
"""
_LISTS = """
SELECT l.id, l.name, l.contact_count, m.contact_id
FROM json_each($2) wanted
CROSS JOIN contact_list_member m ON m.account_id = $1 AND m.contact_id = wanted.value
CROSS JOIN contact_list l ON l.account_id = m.account_id AND l.id = m.contact_list_id
ORDER BY lower(l.name), l.id
"""
# CROSS JOIN makes SQLite read the newest members first, until it has found ten live contacts.
_MEMBERS = """
SELECT m.contact_list_id, c.id, c.phone, c.full_name, c.tags
FROM contact_list_member m CROSS JOIN contact c ON c.account_id = m.account_id AND c.id = m.contact_id
WHERE m.account_id = $1 AND m.contact_list_id = $2 AND c.deleted_at IS NULL
ORDER BY m.contact_id DESC LIMIT 10
"""
_CONTAINS = "instr(contact.search_text, $2)"
_SEARCH = f"""
SELECT {{fields}} {LIVE} AND contact.search_rowid IN (
    SELECT rowid FROM contact_search WHERE contact_search MATCH {{text}}
) {{further}} {NEWEST} LIMIT 25
"""
# The indexed trigrams that begin with a short text.
_BEGINNING = """(
    SELECT coalesce(group_concat('"' || term || '"', ' OR '), '"' || char(10, 10, 10) || '"')
    FROM contact_search_terms WHERE term >= $2 AND term < $3
)"""
_PICKED = [f"json_extract(value, '$[{place}]')" for place in range(len(COLUMNS))]
# FTS5 flushes its pending writes at the end of each statement, so one statement inserts all rows.
# ?1 is the account, ?2 the instant, ?3 the rows as JSON: arrays of COLUMNS.
_INSERT = f"""
INSERT INTO contact (account_id, created_at, updated_at, {", ".join(COLUMNS)}, custom_variables, last_inbound_at,
                     last_outbound_at)
SELECT ?1, ?2, ?2, {", ".join(_PICKED)}, '{{}}', h.last_inbound_at, h.last_outbound_at
FROM json_each(?3) LEFT JOIN phone_history h ON h.account_id = ?1 AND h.phone = {_PICKED[1]}
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
_UPDATE = f"""
UPDATE contact SET updated_at = ?, {", ".join(f"{name} = ?" for name in CHANGED)} WHERE account_id = ? AND id = ?
"""
_KNOWN = """
SELECT id, phone, full_name FROM contact
WHERE account_id = ? AND phone IN (SELECT value FROM json_each(?)) AND deleted_at IS NULL
"""


# The part of a UUID that the encoding of ids uses.
_Bytes = namedtuple("_Bytes", "bytes")


def _ids(prefix: IdPrefix, keys: list[str]) -> list[str]:
    data = bytes.fromhex("".join(keys).replace("-", ""))
    return encode_many(prefix, cast(list[UUID], [_Bytes(data[at : at + 16]) for at in range(0, len(data), 16)]))


class SqliteBackend(Reader):
    def __init__(self) -> None:
        super().__init__(str, _ids, orjson.Fragment, instant=_INSTANT, in_page="", contains=_CONTAINS)
        self._thread = ThreadPoolExecutor(1)

    async def open(self, path: str) -> None:
        self._loop = asyncio.get_running_loop()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON", "busy_timeout = 30000"):
            self._connection.execute(f"PRAGMA {pragma}")

    async def read(self, steps: Steps) -> Any:
        return await self._loop.run_in_executor(self._thread, self._read, steps)

    def _read(self, steps: Steps) -> Any:
        try:
            sql, *values = next(steps)
            while True:
                sql, *values = steps.send(self._rows(sql.replace("$", "?"), *values))
        except StopIteration as done:
            return done.value

    def _rows(self, sql: str, *values: Any) -> list[Any]:
        return self._connection.execute(sql, values).fetchall()

    def lists_of(self, account: str, rows: list[Any]) -> Steps:
        found = yield _LISTS, account, orjson.dumps([row[0] for row in rows]).decode()
        lists: dict[str, list[Any]] = {row[0]: [] for row in rows}
        for row, shown in zip(found, self.shown_lists(found), strict=True):
            lists[row[3]].append(shown)
        return lists.values()

    def members_of(self, account: str, lists: list[Any]) -> Steps:
        rows = []
        for row in lists:
            rows += yield _MEMBERS, account, row[0]
        return rows

    def by_index(self, text: str) -> tuple[Any, ...]:
        if len(text) > 2:
            return _SEARCH.format(fields=self.fields, text="$2", further=""), f'"{text}"'
        end = text[:-1] + chr(ord(text[-1]) + 1)
        return _SEARCH.format(fields=self.fields, text=_BEGINNING, further=f"AND {_CONTAINS}"), text, end

    async def write(self, case: str, account: str, variables: dict[str, Any]) -> Any:
        return await self._loop.run_in_executor(self._thread, getattr(self, case), account, variables)

    def create(self, account_id: str, variables: dict[str, Any]) -> Any:
        given, now = variables["input"]["contact"], floor_answers.now()
        row = floor_answers.new_row(given, floor_answers.number(given["phone"]), now)
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._insert(account_id, [row], decode_as(IdPrefix.CONTACT_LIST, given["listIds"][0]), now)
            is_opted_out = self._rows(_OPTED_OUT, account_id, row["phone"]) == [(1,)]
        return {"createContact": {"outcome": "CREATED", **floor_answers.saved(row, is_opted_out, now)}}

    def update(self, account_id: str, variables: dict[str, Any]) -> Any:
        given, now = variables["input"], floor_answers.now()
        phone, changes = floor_answers.number(given["contact"]["phone"]), floor_answers.details(given)
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            cursor = self._connection.execute(_BEFORE, (account_id, phone))
            before: Row = dict(zip([column[0] for column in cursor.description], cursor.fetchone(), strict=True))
            before["tags"] = orjson.loads(before["tags"])
            row = floor_answers.finished({**before, **changes})
            values = [to_parameter(value) for value in (now, *[row[name] for name in CHANGED])]
            self._connection.execute(_UPDATE, (*values, account_id, row["id"]))
            self._count_tags(account_id, floor_answers.tag_changes(before["tags"], row["tags"]))
            is_opted_out = self._rows(_OPTED_OUT, account_id, phone) == [(1,)]
        row["id"] = UUID(row["id"])
        return {"updateContact": floor_answers.saved(row, is_opted_out, datetime.fromisoformat(row["created_at"]))}

    def bulk(self, account_id: str, variables: dict[str, Any]) -> Any:
        batch, now = Batch(variables["input"]), floor_answers.now()
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            found = self._rows(_KNOWN, account_id, to_parameter(batch.phones))
            known = {phone: {"id": UUID(id), "phone": phone, "full_name": name} for id, phone, name in found}
            self._insert(account_id, batch.take(known, now), batch.list_id, now)
        return batch.answer()

    def _insert(self, account_id: str, rows: list[Row], list_id: UUID, now: datetime) -> None:
        instant, to_list, connection = to_parameter(now), str(list_id), self._connection
        records = [[to_parameter(row[name]) for name in COLUMNS] for row in rows]
        connection.execute(_INSERT, (account_id, instant, orjson.dumps(records).decode()))
        connection.executemany(_MEMBER, [(account_id, to_list, str(row["id"]), instant) for row in rows])
        connection.execute(_COUNT, (account_id, to_list, len(rows)))
        self._count_tags(account_id, floor_answers.tag_counts(rows))

    def _count_tags(self, account_id: str, changes: tuple[list[str], list[int]]) -> None:
        self._connection.executemany(_TAG, [(account_id, *change) for change in zip(*changes, strict=True)])
