"""The floor's mutations on PostgreSQL, in as few statements as possible; each statement writes a set of rows."""

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from bench import floor_postgres_campaigns, floor_writing
from bench.floor_postgres import PostgresBackend
from bench.floor_writing import COLUMNS, Batch, Row
from schema.ids import Prefix, decode_as

_COPIED = (
    "account_id",
    *COLUMNS,
    "custom_variables",
    "last_inbound_at",
    "last_outbound_at",
    "created_at",
    "updated_at",
)
_IS_OPTED_OUT = "(SELECT o.is_opted_out FROM opt_out o WHERE o.account_id = $1 AND o.phone = {phone}) IS TRUE"
_TAGGED = """
    INSERT INTO tag (account_id, name, contact_count)
    SELECT $1, t.name, t.change FROM {source} ORDER BY t.name
    ON CONFLICT (account_id, name) DO UPDATE SET contact_count = tag.contact_count + excluded.contact_count
"""
# $2 to $16 are COLUMNS; the instant is $17, the list $18.
_CREATE = f"""
WITH made AS (
    INSERT INTO contact (account_id, {", ".join(COLUMNS)}, custom_variables, last_inbound_at, last_outbound_at,
                         created_at, updated_at)
    SELECT $1, {", ".join(f"${place}" for place in range(2, 17))}, '{{}}', h.last_inbound_at, h.last_outbound_at,
           $17, $17
    FROM (SELECT) one LEFT JOIN phone_history h ON h.account_id = $1 AND h.phone = $3
    ON CONFLICT DO NOTHING RETURNING id
), member AS (
    INSERT INTO contact_list_member (account_id, contact_list_id, contact_id, created_at)
    SELECT $1, $18, made.id, $17 FROM made
), counted AS (
    UPDATE contact_list SET contact_count = contact_count + 1 FROM made WHERE account_id = $1 AND contact_list.id = $18
), tagged AS (
    {_TAGGED.format(source="(SELECT unnest($9::text[]) AS name, 1 AS change FROM made) t")}
)
SELECT {_IS_OPTED_OUT.format(phone="$3")} FROM made
"""
_BEFORE = f"""
SELECT id, phone, first_name, last_name, name, email, company_name, tags, status, created_at, updated_at,
       {_IS_OPTED_OUT.format(phone="$2")} AS is_opted_out
FROM contact WHERE account_id = $1 AND phone = $2 AND deleted_at IS NULL
"""
_UPDATE = f"""
WITH changed AS (
    UPDATE contact SET first_name = $4, last_name = $5, full_name = $6, email = $7, company_name = $8, tags = $9,
                       search_text = $10, updated_at = $11
    WHERE account_id = $1 AND id = $2 AND updated_at = $3 RETURNING id
), tagged AS (
    {_TAGGED.format(source="changed, unnest($12::text[], $13::integer[]) AS t(name, change)")}
)
SELECT id FROM changed
"""
_KNOWN = "SELECT id, phone, full_name FROM contact WHERE account_id = $1 AND phone = ANY($2) AND deleted_at IS NULL"
_HISTORY = (
    "SELECT phone, last_inbound_at, last_outbound_at FROM phone_history WHERE account_id = $1 AND phone = ANY($2)"
)
_COUNT = "UPDATE contact_list SET contact_count = contact_count + $3 WHERE account_id = $1 AND id = $2"
_TAG = _TAGGED.format(source="unnest($2::text[], $3::integer[]) AS t(name, change)")


class PostgresWriter(PostgresBackend):
    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.answers |= {
            "write/create": self._create,
            "write/update": self._update,
            "bulk": self._bulk,
            "addcampaign": self._add,
        }

    async def _create(self, account_id: UUID, variables: dict[str, Any]) -> Any:
        """Creates a contact in one statement, which is a transaction."""
        given, now = variables["input"]["contact"], floor_writing.now()
        row = floor_writing.new_row(given, floor_writing.number(given["phone"]), now)
        list_id = decode_as(Prefix.CONTACT_LIST, given["listIds"][0])
        is_opted_out = await self._pool.fetchval(_CREATE, account_id, *[row[name] for name in COLUMNS], now, list_id)
        if is_opted_out is None:
            raise floor_writing.Refused("another contact already has this number")
        return floor_writing.created(floor_writing.shown(row, is_opted_out=is_opted_out, created_at=now))

    async def _update(self, account_id: UUID, variables: dict[str, Any]) -> Any:
        """Reads the contact and writes it if no other request has changed it in between, without a lock."""
        given, now = variables["input"], floor_writing.now()
        phone, changes = floor_writing.number(given["contact"]["phone"]), floor_writing.details(given)
        async with self._pool.acquire() as connection:
            while True:
                before = await connection.fetchrow(_BEFORE, account_id, phone)
                if before is None:
                    raise floor_writing.Refused("there is no such contact")
                row = floor_writing.finished({**before, **changes})
                tags = floor_writing.tag_changes(before["tags"], row["tags"])
                written = await connection.fetchval(
                    _UPDATE,
                    account_id,
                    before["id"],
                    before["updated_at"],
                    row["first_name"],
                    row["last_name"],
                    row["full_name"],
                    row["email"],
                    row["company_name"],
                    row["tags"],
                    row["search_text"],
                    now,
                    [name for name, _ in tags],
                    [change for _, change in tags],
                )
                if written is not None:
                    break
        contact = floor_writing.shown(row, is_opted_out=before["is_opted_out"], created_at=before["created_at"])
        return floor_writing.updated(contact)

    async def _add(self, account_id: UUID, variables: dict[str, Any]) -> Any:
        return await floor_postgres_campaigns.add(self._pool, account_id, variables["input"])

    async def _bulk(self, account_id: UUID, variables: dict[str, Any]) -> Any:
        given, now = variables["input"], floor_writing.now()
        list_id = decode_as(Prefix.CONTACT_LIST, given["listId"])
        batch = Batch(given["contacts"])
        async with self._pool.acquire() as connection:
            while True:
                try:
                    async with connection.transaction():
                        await _save(connection, account_id, list_id, batch, now)
                    return batch.answer()
                except asyncpg.UniqueViolationError:
                    continue  # another request has created one of the contacts


async def _save(connection: Any, account_id: UUID, list_id: UUID, batch: Batch, now: datetime) -> None:
    known: dict[str, Row] = {row["phone"]: row for row in await connection.fetch(_KNOWN, account_id, batch.phones)}
    history = {row[0]: row[1:] for row in await connection.fetch(_HISTORY, account_id, batch.phones)}
    new = batch.take(known, now)
    never = (None, None)
    await connection.copy_records_to_table(
        "contact",
        columns=_COPIED,
        records=[
            (account_id, *[row[name] for name in COLUMNS], "{}", *history.get(row["phone"], never), now, now)
            for row in new
        ],
    )
    await connection.copy_records_to_table(
        "contact_list_member",
        columns=("account_id", "contact_list_id", "contact_id", "created_at"),
        records=[(account_id, list_id, row["id"], now) for row in new],
    )
    await connection.execute(_COUNT, account_id, list_id, len(new))
    counts: dict[str, int] = {}
    for row in new:
        for tag in row["tags"]:
            counts[tag] = counts.get(tag, 0) + 1
    await connection.execute(_TAG, account_id, list(counts), list(counts.values()))
