"""The floor's answers from PostgreSQL."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import asyncpg

from schema.ids import Prefix, decode_as, encode_many

# With EXISTS, PostgreSQL would hash the whole opt_out table.
_FIELDS = """
    c.id, c.phone, c.full_name, c.email, c.company_name,
    (SELECT o.is_opted_out FROM opt_out o WHERE o.account_id = c.account_id AND o.phone = c.phone) IS TRUE,
    c.status, c.created_at
"""
_LIST_IDS = """
    ARRAY(SELECT m.contact_list_id FROM contact_list_member m WHERE m.account_id = c.account_id AND m.contact_id = c.id)
"""
_LIVE = "FROM contact c WHERE c.account_id = $1 AND c.deleted_at IS NULL"
_NEWEST = "ORDER BY c.id DESC"

_PAGE = f"SELECT {_FIELDS}, c.tags, {_LIST_IDS} {_LIVE} {_NEWEST} LIMIT 50"
_DEEP = f"SELECT {_FIELDS}, c.tags, {_LIST_IDS} {_LIVE} AND c.id < $2 {_NEWEST} LIMIT 50"
_LISTS = (
    "SELECT id, name, contact_count FROM contact_list WHERE account_id = $1 AND id = ANY($2) ORDER BY lower(name), id"
)
_ONE = f"SELECT {_FIELDS} FROM contact c WHERE c.account_id = $1 AND c.id = $2"
# These expressions must be identical to those of the indexes.
BETWEEN, LETTERS = " .@-", "ϣϥϧϫ"
WORDS = "replace(replace(replace(replace(c.search_text, ' ', 'ϣ'), '.', 'ϥ'), '@', 'ϧ'), '-', 'ϫ')"
CHARACTERS = "string_to_array(translate(c.search_text, 'abcdefghiklmnoprstuvwy0123456789+@. ' || chr(10), ''), NULL)"
FOLLOWING = LETTERS + r" -@\[-~\nà-öø-ÿāăąćĉċčďđēĕėęěĝğġģĥħĩīĭįıĵķĺļľłńņňŋōŏőœŕŗřśŝşšţťŧũūŭůűųŵŷźżžơưșțɓɗƙƴ"
# A scan in page order soon finds a frequent text. An index finds a rare text; its few hits are then sorted.
_SEARCH_NEWEST = f"""
SELECT {_FIELDS}
FROM (SELECT * {_LIVE} {_NEWEST} LIMIT $3) c WHERE strpos(c.search_text, $2) > 0 {_NEWEST} LIMIT 25
"""
_SEARCH_ALL = f"""
WITH hits AS MATERIALIZED (SELECT c.account_id, c.id {_LIVE} AND {{found}}),
     first AS MATERIALIZED (SELECT c.* FROM hits c {_NEWEST} LIMIT 25)
SELECT {_FIELDS} FROM first JOIN contact c ON c.account_id = first.account_id AND c.id = first.id {_NEWEST}
"""
_BY_TRIGRAMS = _SEARCH_ALL.format(found=f"strpos(c.search_text, $2) > 0 AND {WORDS} LIKE $3")
_BY_CHARACTERS = _SEARCH_ALL.format(found=f"{CHARACTERS} @> $3::text[] AND strpos(c.search_text, $2) > 0")
_UNFORESEEN = f"{WORDS} ~ '([a-z0-9]|[a-z0-9{LETTERS}][{LETTERS}])[^{FOLLOWING}]'"
_BY_WHAT_FOLLOWS = _SEARCH_ALL.format(
    found=f"strpos(c.search_text, $2) > 0 AND ({WORDS} ~ $3 OR {WORDS} LIKE $4 OR {_UNFORESEEN})"
)
_SEARCH_PLAINLY = f"SELECT {_FIELDS} {_LIVE} AND {WORDS} LIKE $2 {_NEWEST} LIMIT 25"
_NESTED_LISTS = """
SELECT id, name, contact_count FROM contact_list WHERE account_id = $1 ORDER BY lower(name), id LIMIT 10
"""
_NESTED_CONTACTS = """
SELECT p.list_id, c.id, c.phone, c.full_name, c.tags
FROM unnest($2::uuid[]) WITH ORDINALITY AS p(list_id, place)
CROSS JOIN LATERAL (
    SELECT c.id, c.phone, c.full_name, c.tags
    FROM contact_list_member m JOIN contact c ON c.account_id = m.account_id AND c.id = m.contact_id
    WHERE m.account_id = $1 AND m.contact_list_id = p.list_id AND c.deleted_at IS NULL
    ORDER BY m.contact_id DESC LIMIT 10
) c
ORDER BY p.place, c.id DESC
"""


class _Connection(asyncpg.Connection):
    def get_reset_query(self) -> str:
        return ""


class PostgresBackend:
    def __init__(self, url: str) -> None:
        self._url = url
        self.answers = {
            "page": self._page,
            "deep": self._deep,
            "one": self._one,
            "search": self._search,
            "nested": self._nested,
        }

    def account_key(self, account_id: UUID) -> UUID:
        return account_id

    async def open(self, stack: AsyncExitStack) -> None:
        self._pool = await stack.enter_async_context(
            asyncpg.create_pool(self._url, min_size=1, max_size=10, connection_class=_Connection)
        )

    async def _page(self, account_id: UUID, variables: dict[str, Any]) -> Any:
        async with self._pool.acquire() as connection:
            rows = await connection.fetch(_PAGE, account_id)
            return await _with_lists(connection, account_id, rows)

    async def _deep(self, account_id: UUID, variables: dict[str, Any]) -> Any:
        async with self._pool.acquire() as connection:
            rows = await connection.fetch(_DEEP, account_id, decode_as(Prefix.CONTACT, variables["id"]))
            return await _with_lists(connection, account_id, rows)

    async def _one(self, account_id: UUID, variables: dict[str, Any]) -> Any:
        rows = await self._pool.fetch(_ONE, account_id, decode_as(Prefix.CONTACT, variables["id"]))
        return {"contact": _contacts(rows)[0] if rows else None}

    async def _search(self, account_id: UUID, variables: dict[str, Any]) -> Any:
        text = searched(variables["search"])
        async with self._pool.acquire() as connection:
            rows = await connection.fetch(_SEARCH_NEWEST, account_id, text, 500)
            if 0 < len(rows) < 25:
                rows = await connection.fetch(_SEARCH_NEWEST, account_id, text, 10_000)
            if len(rows) < 25:
                rows = await connection.fetch(*_by_index(account_id, text))
        return {"contacts": {"nodes": _contacts(rows)}}

    async def _nested(self, account_id: UUID, variables: dict[str, Any]) -> Any:
        async with self._pool.acquire() as connection:
            lists = await connection.fetch(_NESTED_LISTS, account_id)
            rows = await connection.fetch(_NESTED_CONTACTS, account_id, [row[0] for row in lists])
        members: dict[UUID, list[Any]] = {row[0]: [] for row in lists}
        for id, row in zip(encode_many(Prefix.CONTACT, [row[1] for row in rows]), rows, strict=True):
            members[row[0]].append({"id": id, "phone": row[2], "name": row[3], "tags": row[4]})
        nodes = [
            {"id": id, "name": row[1], "contactCount": row[2], "contacts": {"nodes": members[row[0]]}}
            for id, row in zip(encode_many(Prefix.CONTACT_LIST, [row[0] for row in lists]), lists, strict=True)
        ]
        return {"contactLists": {"nodes": nodes}}


class PlainPostgresSearch(PostgresBackend):
    async def _search(self, account_id: UUID, variables: dict[str, Any]) -> Any:
        rows = await self._pool.fetch(_SEARCH_PLAINLY, account_id, f"%{_words(searched(variables['search']))}%")
        return {"contacts": {"nodes": _contacts(rows)}}


async def _with_lists(connection: Any, account_id: UUID, rows: Sequence[Any]) -> Any:
    """Returns the page. Each list on it is fetched once."""
    found = await connection.fetch(_LISTS, account_id, list({list_id for row in rows for list_id in row[9]}))
    ids = encode_many(Prefix.CONTACT_LIST, [row[0] for row in found])
    lists = {
        row[0]: (place, {"id": ids[place], "name": row[1], "contactCount": row[2]}) for place, row in enumerate(found)
    }
    contacts = _contacts(rows)
    for contact, row in zip(contacts, rows, strict=True):
        contact["tags"] = row[8]
        on = [lists[list_id] for list_id in row[9]]
        if len(on) > 1:
            on.sort(key=_place)
        contact["lists"] = [shown for _, shown in on]
    return {"contacts": {"nodes": contacts}}


def _place(entry: tuple[int, Any]) -> int:
    return entry[0]


def _contacts(rows: Sequence[Any]) -> list[dict[str, Any]]:
    return [
        {
            "id": id,
            "phone": row[1],
            "name": row[2],
            "email": row[3],
            "companyName": row[4],
            "isOptedOut": row[5],
            "status": row[6],
            "createdAt": row[7],
        }
        for id, row in zip(encode_many(Prefix.CONTACT, [row[0] for row in rows]), rows, strict=True)
    ]


def searched(text: str) -> str:
    """Returns the text to search for. For a number as dialled in the country or abroad, returns its digits in E.164."""
    digits = text.replace(" ", "").removeprefix("+")
    return digits.removeprefix("0") if digits.isdigit() else text.casefold()


def _by_index(account_id: UUID, text: str) -> tuple[Any, ...]:
    """Returns a statement and its values. A trigram index can't find texts of fewer than three letters."""
    words = _words(text)
    if len(text) > 2:
        return _BY_TRIGRAMS, account_id, text, f"%{words}%"
    if len(text) == 2:
        return _BY_WHAT_FOLLOWS, account_id, text, f"{words}[{FOLLOWING}]", f"%{words}"
    return _BY_CHARACTERS, account_id, text, [text]


def _words(text: str) -> str:
    return text.translate(str.maketrans(BETWEEN, LETTERS))
