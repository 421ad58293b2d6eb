"""The floor's answers from SQLite, by the standard library's module in a thread.

Each request switches threads once. Stored texts go into the answer without conversion.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from functools import partial
from typing import Any, cast
from uuid import UUID

import orjson

from bench.floor_postgres import searched
from schema.ids import Prefix, decode_as, encode_many

_FIELDS = """
    c.id, c.phone, c.full_name, c.email, c.company_name,
    EXISTS (SELECT 1 FROM opt_out o WHERE o.account_id = c.account_id AND o.phone = c.phone AND o.is_opted_out),
    c.status, c.created_at
"""
_LIVE = "FROM contact c WHERE c.account_id = ?1 AND c.deleted_at IS NULL"
_NEWEST = "ORDER BY c.id DESC"

_PAGE = f"SELECT {_FIELDS}, c.tags {_LIVE} {_NEWEST} LIMIT 50"
_DEEP = f"SELECT {_FIELDS}, c.tags {_LIVE} AND c.id < ?2 {_NEWEST} LIMIT 50"
_LISTS = """
SELECT m.contact_id, l.id, l.name, l.contact_count
FROM json_each(?2) wanted
CROSS JOIN contact_list_member m ON m.account_id = ?1 AND m.contact_id = wanted.value
CROSS JOIN contact_list l ON l.account_id = m.account_id AND l.id = m.contact_list_id
ORDER BY lower(l.name), l.id
"""
_ONE = f"SELECT {_FIELDS} FROM contact c WHERE c.account_id = ?1 AND c.id = ?2"
# As in floor_postgres: a scan finds frequent texts, trigrams find rare ones, and trigrams with the prefix find short
# ones.
_SEARCH_NEWEST = f"""
SELECT {_FIELDS} FROM (SELECT * {_LIVE} {_NEWEST} LIMIT ?3) c WHERE instr(c.search_text, ?2) {_NEWEST} LIMIT 25
"""
_SEARCH_ALL = f"""
SELECT {_FIELDS} {_LIVE} AND c.search_rowid IN (SELECT rowid FROM contact_search WHERE contact_search MATCH ?2)
{_NEWEST} LIMIT 25
"""
_SEARCH_SHORT = f"""
SELECT {_FIELDS} {_LIVE} AND c.search_rowid IN (
    SELECT rowid FROM contact_search WHERE contact_search MATCH (
        SELECT coalesce(group_concat('"' || term || '"', ' OR '), '"' || char(10, 10, 10) || '"')
        FROM contact_search_terms WHERE term >= ?2 AND term < ?3
    )
) AND instr(c.search_text, ?2) {_NEWEST} LIMIT 25
"""
_SEARCH_PLAINLY = f"SELECT {_FIELDS} {_LIVE} AND c.search_text LIKE ?2 {_NEWEST} LIMIT 25"
_NESTED_LISTS = """
SELECT id, name, contact_count FROM contact_list WHERE account_id = ?1 ORDER BY lower(name), id LIMIT 10
"""
# CROSS JOIN makes SQLite read the newest members first, until it has found ten live contacts.
_NESTED_CONTACTS = """
SELECT c.id, c.phone, c.full_name, c.tags
FROM contact_list_member m CROSS JOIN contact c ON c.account_id = m.account_id AND c.id = m.contact_id
WHERE m.account_id = ?1 AND m.contact_list_id = ?2 AND c.deleted_at IS NULL
ORDER BY m.contact_id DESC LIMIT 10
"""


class SqliteBackend:
    def __init__(self, path: str) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1)
        self.answers = {
            name: partial(self._in_thread, answer)
            for name, answer in {
                "page": self._page,
                "deep": self._deep,
                "one": self._one,
                "search": self._search,
                "nested": self._nested,
            }.items()
        }

    def account_key(self, account_id: UUID) -> str:
        return str(account_id)

    async def open(self, stack: AsyncExitStack) -> None:
        self._loop = asyncio.get_running_loop()
        self._connection = await self._loop.run_in_executor(self._thread, sqlite3.connect, self._path)
        stack.callback(self._thread.shutdown)

    async def _in_thread(self, answer: Callable[[str, Any], Any], account_id: str, variables: dict[str, Any]) -> Any:
        return await self._loop.run_in_executor(self._thread, answer, account_id, variables)

    def _rows(self, sql: str, *values: Any) -> list[Any]:
        return self._connection.execute(sql, values).fetchall()

    def _page(self, account_id: str, variables: dict[str, Any]) -> Any:
        return self._with_lists(account_id, self._rows(_PAGE, account_id))

    def _deep(self, account_id: str, variables: dict[str, Any]) -> Any:
        contact_id = str(decode_as(Prefix.CONTACT, variables["id"]))
        return self._with_lists(account_id, self._rows(_DEEP, account_id, contact_id))

    def _one(self, account_id: str, variables: dict[str, Any]) -> Any:
        rows = self._rows(_ONE, account_id, str(decode_as(Prefix.CONTACT, variables["id"])))
        return {"contact": _contacts(rows)[0] if rows else None}

    def _search(self, account_id: str, variables: dict[str, Any]) -> Any:
        text = searched(variables["search"])
        rows = self._rows(_SEARCH_NEWEST, account_id, text, 500)
        if 0 < len(rows) < 25:
            rows = self._rows(_SEARCH_NEWEST, account_id, text, 10_000)
        if len(rows) < 25 and len(text) > 2:
            rows = self._rows(_SEARCH_ALL, account_id, f'"{text}"')
        elif len(rows) < 25:
            rows = self._rows(_SEARCH_SHORT, account_id, text, text[:-1] + chr(ord(text[-1]) + 1))
        return {"contacts": {"nodes": _contacts(rows)}}

    def _nested(self, account_id: str, variables: dict[str, Any]) -> Any:
        nodes = []
        lists = self._rows(_NESTED_LISTS, account_id)
        for id, row in zip(_ids(Prefix.CONTACT_LIST, [row[0] for row in lists]), lists, strict=True):
            rows = self._rows(_NESTED_CONTACTS, account_id, row[0])
            contacts = [
                {"id": id, "phone": row[1], "name": row[2], "tags": orjson.Fragment(row[3])}
                for id, row in zip(_ids(Prefix.CONTACT, [row[0] for row in rows]), rows, strict=True)
            ]
            nodes.append({"id": id, "name": row[1], "contactCount": row[2], "contacts": {"nodes": contacts}})
        return {"contactLists": {"nodes": nodes}}

    def _with_lists(self, account_id: str, rows: Sequence[Any]) -> Any:
        keys = [row[0] for row in rows]
        found = self._rows(_LISTS, account_id, orjson.dumps(keys).decode())
        lists: dict[str, list[Any]] = {key: [] for key in keys}
        for id, row in zip(_ids(Prefix.CONTACT_LIST, [row[1] for row in found]), found, strict=True):
            lists[row[0]].append({"id": id, "name": row[2], "contactCount": row[3]})
        contacts = _contacts(rows)
        for contact, row in zip(contacts, rows, strict=True):
            contact["tags"] = orjson.Fragment(row[8])
            contact["lists"] = lists[row[0]]
        return {"contacts": {"nodes": contacts}}


class PlainSqliteSearch(SqliteBackend):
    def _search(self, account_id: str, variables: dict[str, Any]) -> Any:
        rows = self._rows(_SEARCH_PLAINLY, account_id, f"%{searched(variables['search'])}%")
        return {"contacts": {"nodes": _contacts(rows)}}


class _Bytes:
    """The part of a UUID that the encoding of ids uses."""

    __slots__ = ("bytes",)

    def __init__(self, value: bytes) -> None:
        self.bytes = value


def _ids(prefix: Prefix, texts: list[str]) -> list[str]:
    data = bytes.fromhex("".join(texts).replace("-", ""))
    values = [_Bytes(data[at : at + 16]) for at in range(0, len(data), 16)]
    return encode_many(prefix, cast(list[UUID], values))


def _contacts(rows: Sequence[Any]) -> list[dict[str, Any]]:
    return [
        {
            "id": id,
            "phone": row[1],
            "name": row[2],
            "email": row[3],
            "companyName": row[4],
            "isOptedOut": row[5] == 1,
            "status": row[6],
            "createdAt": f"{row[7][:10]}T{row[7][11:-6]}Z",
        }
        for id, row in zip(_ids(Prefix.CONTACT, [row[0] for row in rows]), rows, strict=True)
    ]
