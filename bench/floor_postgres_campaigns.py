"""Adds people to a campaign in PostgreSQL: four statements read the existing rows, and COPY writes the new ones."""

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from bench import floor_writing
from bench.floor_campaigns import CONTACT_COLUMNS, PLACE_COLUMNS, CampaignBatch

_KNOWN = """
SELECT id, phone FROM contact WHERE account_id = $1 AND phone = ANY($2) AND deleted_at IS NULL ORDER BY id FOR UPDATE
"""
_OPTED_OUT = "SELECT phone FROM opt_out WHERE account_id = $1 AND phone = ANY($2) AND is_opted_out"
_HISTORY = (
    "SELECT phone, last_inbound_at, last_outbound_at FROM phone_history WHERE account_id = $1 AND phone = ANY($2)"
)
_LOCK = "SELECT id FROM campaign WHERE account_id = $1 AND id = $2 FOR UPDATE"
_PLACES = """
SELECT contact_id, id FROM campaign_contact WHERE account_id = $1 AND campaign_id = $2 AND contact_id = ANY($3)
"""
_COUNT = "UPDATE campaign SET contact_count = contact_count + $3 WHERE account_id = $1 AND id = $2"
_OF_CONTACT = (
    "account_id",
    *CONTACT_COLUMNS,
    "custom_variables",
    "last_inbound_at",
    "last_outbound_at",
    "created_at",
    "updated_at",
)
_OF_PLACE = ("account_id", "campaign_id", *PLACE_COLUMNS, "created_at", "updated_at")
_NEVER = (None, None)


async def add(pool: Any, account_id: UUID, given: dict[str, Any]) -> Any:
    batch, now = CampaignBatch(given), floor_writing.now()
    async with pool.acquire() as connection:
        while True:
            try:
                async with connection.transaction():
                    await _save(connection, account_id, batch, now)
                return batch.answer()
            except asyncpg.UniqueViolationError:
                continue  # another request has created one of the contacts


async def _save(connection: Any, account_id: UUID, batch: CampaignBatch, now: datetime) -> None:
    known = {row["phone"]: row["id"] for row in await connection.fetch(_KNOWN, account_id, batch.phones)}
    opted_out = {row["phone"] for row in await connection.fetch(_OPTED_OUT, account_id, batch.phones)}
    history = {row[0]: row[1:] for row in await connection.fetch(_HISTORY, account_id, batch.phones)}
    await connection.fetch(_LOCK, account_id, batch.campaign_id)
    there = await connection.fetch(_PLACES, account_id, batch.campaign_id, list(known.values()))
    contacts, places = batch.take(known, opted_out, {row[0]: row[1] for row in there}, now)
    await connection.copy_records_to_table(
        "contact",
        columns=_OF_CONTACT,
        records=[
            (account_id, *[row[name] for name in CONTACT_COLUMNS], "{}", *history.get(row["phone"], _NEVER), now, now)
            for row in contacts
        ],
    )
    for place in places:
        place["extracted_data"] = orjson.dumps(place["extracted_data"] or {}).decode()
    await connection.copy_records_to_table(
        "campaign_contact",
        columns=_OF_PLACE,
        records=[
            (account_id, batch.campaign_id, *[place[name] for name in PLACE_COLUMNS], now, now) for place in places
        ],
    )
    await connection.execute(_COUNT, account_id, batch.campaign_id, len(places))
