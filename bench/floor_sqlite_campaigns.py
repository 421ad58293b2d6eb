"""Adds people to a campaign in SQLite. The caller opens the transaction."""

import sqlite3
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from bench.floor_campaigns import CONTACT_COLUMNS, PLACE_COLUMNS, CampaignBatch
from models.db.sqlite.values import to_parameter

_OF_PHONES = "account_id = ? AND phone IN (SELECT value FROM json_each(?))"
_KNOWN = f"SELECT phone, id FROM contact WHERE {_OF_PHONES} AND deleted_at IS NULL"
_OPTED_OUT = f"SELECT phone FROM opt_out WHERE {_OF_PHONES} AND is_opted_out"
_PLACES = """
SELECT contact_id, id FROM campaign_contact
WHERE account_id = ? AND campaign_id = ? AND contact_id IN (SELECT value FROM json_each(?))
"""


def _picked(place: int) -> str:
    return f"json_extract(value, '$[{place}]')"


# ?1 is the account, ?2 the instant, ?3 the rows as JSON: arrays of CONTACT_COLUMNS.
_INSERT = f"""
INSERT INTO contact (account_id, created_at, updated_at, {", ".join(CONTACT_COLUMNS)}, custom_variables,
                     last_inbound_at, last_outbound_at)
SELECT ?1, ?2, ?2, {", ".join(_picked(place) for place in range(len(CONTACT_COLUMNS)))}, '{{}}', h.last_inbound_at,
       h.last_outbound_at
FROM json_each(?3) LEFT JOIN phone_history h ON h.account_id = ?1 AND h.phone = {_picked(1)}
"""
_PLACE = f"""
INSERT INTO campaign_contact (account_id, campaign_id, created_at, updated_at, {", ".join(PLACE_COLUMNS)})
VALUES (?1, ?2, ?3, ?3, {", ".join(f"?{place + 4}" for place in range(len(PLACE_COLUMNS)))})
"""
_COUNT = "UPDATE campaign SET contact_count = contact_count + ?3 WHERE account_id = ?1 AND id = ?2"


def add(connection: sqlite3.Connection, account_id: str, batch: CampaignBatch, now: datetime) -> None:
    campaign_id, instant, phones = str(batch.campaign_id), to_parameter(now), to_parameter(batch.phones)

    def rows(sql: str, *values: Any) -> list[Any]:
        return connection.execute(sql, values).fetchall()

    known = {phone: UUID(id) for phone, id in rows(_KNOWN, account_id, phones)}
    opted_out = {phone for (phone,) in rows(_OPTED_OUT, account_id, phones)}
    there = rows(_PLACES, account_id, campaign_id, to_parameter(list(known.values())))
    contacts, places = batch.take(known, opted_out, {UUID(contact): UUID(id) for contact, id in there}, now)
    records = [[to_parameter(row[name]) for name in CONTACT_COLUMNS] for row in contacts]
    connection.execute(_INSERT, (account_id, instant, orjson.dumps(records).decode()))
    for place in places:
        place["extracted_data"] = place["extracted_data"] or {}
    connection.executemany(
        _PLACE,
        [
            (account_id, campaign_id, instant, *[to_parameter(place[name]) for name in PLACE_COLUMNS])
            for place in places
        ],
    )
    connection.execute(_COUNT, (account_id, campaign_id, len(places)))
