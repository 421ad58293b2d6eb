"""The floor on SQLite, by the standard library's module in a thread.

Each request switches threads once. Stored texts go into the answer without conversion.
"""

import asyncio
import sqlite3
from collections import namedtuple
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from time import time
from typing import Any, cast
from uuid import UUID

import orjson

from bench.data import Piece
from bench.floor_answers import CHANGED, COLUMNS, LIVE, NEWEST, Backend, Changed, Row, Steps, Tags, audited, remembered
from models.audit_actions import AuditAction
from models.change import ChangeKind
from models.db.sqlite.values import to_parameter
from schema.ids import IdPrefix, encode_many

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
_PICKED = [f"value ->> {place}" for place in range(len(COLUMNS))]
# FTS5 flushes its pending writes at the end of each statement, so one statement inserts all rows.
# $1 is the account, $2 the instant, $3 the rows as JSON: arrays of COLUMNS.
_INSERT = f"""
INSERT INTO contact (account_id, created_at, updated_at, {", ".join(COLUMNS)}, custom_variables, last_inbound_at,
                     last_outbound_at)
SELECT $1, $2, $2, {", ".join(_PICKED)}, '{{}}', h.last_inbound_at, h.last_outbound_at
FROM json_each($3) LEFT JOIN phone_history h ON h.account_id = $1 AND h.phone = ({_PICKED[1]})
"""
_TAGS = "(SELECT n.value AS name, c.value AS change FROM json_each($2) n JOIN json_each($3) c ON c.key = n.key) t"
_UPDATE = f"""
UPDATE contact SET updated_at = $3, {", ".join(f"{name} = ${place}" for place, name in enumerate(CHANGED, 4))}
WHERE account_id = $1 AND id = $2
"""

_AUDITED = audited("(SELECT 1) one", AuditAction.UPDATE, 2)
_REMEMBERED = remembered("(SELECT 1) one", "$8", 2)

# The part of a UUID that the encoding of ids uses.
_Bytes = namedtuple("_Bytes", "bytes")


def _ids(prefix: IdPrefix, keys: list[str]) -> list[str]:
    data = bytes.fromhex("".join(keys).replace("-", ""))
    return encode_many(prefix, cast(list[UUID], [_Bytes(data[at : at + 16]) for at in range(0, len(data), 16)]))


class SqliteBackend(Backend):
    def __init__(self) -> None:
        sql = {"instant": _INSTANT, "in_page": "", "contains": _CONTAINS}
        sql |= {"of_phones": "phone IN (SELECT value FROM json_each($2))", "of_tags": _TAGS}
        super().__init__(str, _ids, orjson.Fragment, begin="BEGIN IMMEDIATE", **sql)
        self._thread = ThreadPoolExecutor(1)

    async def open(self, url: str) -> None:
        self._loop = asyncio.get_running_loop()
        self._connection = sqlite3.connect(
            url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False
        )
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "busy_timeout = 30000"):
            self._connection.execute(f"PRAGMA {pragma}")

    async def run(self, steps: Steps) -> Any:
        return await self._loop.run_in_executor(self._thread, self._run, steps)

    def _run(self, steps: Steps) -> Any:
        rows = None
        try:
            while True:
                step = steps.send(rows)
                if isinstance(step, Piece):
                    step.insert_into(self._connection)
                else:
                    sql, *values = step
                    found = self._connection.execute(sql.replace("$", "?"), [to_parameter(value) for value in values])
                    rows = found.fetchall()
        except StopIteration as done:
            return done.value

    def lists_of(self, account: str, rows: list[Any]) -> Steps:
        found = yield _LISTS, account, [row[0] for row in rows]
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

    def insert_contacts(self, account: str, rows: list[Row], now: datetime) -> Steps:
        yield _INSERT, account, now, [[row[name] for name in COLUMNS] for row in rows]

    def before(self, account: str, phone: str) -> Steps:
        yield (self.begin,)
        row = yield from super().before(account, phone)
        tags, created_at = orjson.loads(row["tags"]), datetime.fromisoformat(row["created_at"])
        return row | {"tags": tags, "created_at": created_at}

    def note(self, account: str, changed: Changed) -> Steps:
        rows = [(account, kind.value, id, int(time())) for kind, id in changed]
        yield Piece("change", ("account_id", "kind", "object_id", "changed_at"), rows)

    def save(self, account: str, row: Row, tags: Tags, logged: Sequence[Any]) -> Steps:
        yield _UPDATE, account, row["id"], logged[1], *[row[name] for name in CHANGED]
        yield self.tagged, account, *tags
        yield from self.note(account, [(ChangeKind.CONTACT, row["id"])])
        yield _AUDITED, account, *logged[:5]
        yield _REMEMBERED, account, *logged, row["id"]
        yield ("COMMIT",)
