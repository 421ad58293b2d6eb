"""Inserts rows with SQL: rows that no mutation creates, and rows that would take thousands of requests."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from models.db import database
from schema.ids import IdPrefix, decode_as, encode
from services import account_queue
from services.account_queue import Queue
from services.contacts.normalization import full_name, search_text
from services.input.text import fold
from services.webhooks import recording as webhooks
from tests.support.api_client import MONDAY, Api


async def insert(table: str, **values: Any) -> None:
    marks = ", ".join(f"${place}" for place in range(1, len(values) + 1))
    names = ", ".join(f'"{name}"' for name in values)
    await database.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", *values.values())


async def change(table: str, id: str, **values: Any) -> None:
    """Sets columns of the row with this client-visible id."""
    assigned = ", ".join(f"{name} = ${place}" for place, name in enumerate(values, 2))
    await database.execute(f"UPDATE {table} SET {assigned} WHERE id = $1", uuid_of(id), *values.values())


def uuid_of(id: str) -> UUID:
    return decode_as(IdPrefix(id.rpartition("_")[0]), id)


async def make_campaign(api: Api, name: str, **values: Any) -> str:
    """Inserts a campaign and returns its id."""
    campaign_id = database.uuid7(values.get("created_at", MONDAY))
    row = {
        "channel": "SMS",
        "status": "DRAFT",
        "contact_count": 0,
        "created_at": MONDAY,
        "updated_at": MONDAY,
        "name_key": fold(name),
    }
    await insert("campaign", account_id=api.account_id, id=campaign_id, name=name, **row | values)
    return encode(IdPrefix.CAMPAIGN, campaign_id)


async def add_to_campaign(api: Api, campaign: str, contact: str, **values: Any) -> str:
    """Inserts a campaign contact and returns its id."""
    place_id = database.uuid7(values.get("created_at", MONDAY))
    row = {"extracted_data": {}, "created_at": MONDAY, "updated_at": MONDAY}
    await insert(
        "campaign_contact",
        account_id=api.account_id,
        id=place_id,
        campaign_id=uuid_of(campaign),
        contact_id=uuid_of(contact),
        **row | values,
    )
    return encode(IdPrefix.CAMPAIGN_CONTACT, place_id)


async def make_message(api: Api, phone: str, *, occurred_at: datetime = MONDAY, **values: Any) -> str:
    """Inserts a message and returns its id."""
    message_id = database.uuid7(occurred_at)
    row = {
        "direction": "OUTBOUND",
        "status": "SENT",
        "kind": "CONVERSATION",
        "channel": "SMS",
        "occurred_at": occurred_at,
        "created_at": occurred_at,
    }
    await insert("message", account_id=api.account_id, id=message_id, phone=phone, **row | values)
    return encode(IdPrefix.MESSAGE, message_id)


async def make_job(api: Api, **values: Any) -> str:
    """Inserts a job and returns its id. By default it is a completed import."""
    job_id = database.uuid7(values.get("created_at", MONDAY))
    row = {
        "kind": "IMPORT",
        "status": "COMPLETED",
        "input": {},
        "checkpoint": {},
        "done_row_count": 0,
        "columns": [],
        "is_dry_run": False,
        "created_at": MONDAY,
    }
    await insert("job", account_id=api.account_id, id=job_id, **row | values)
    await account_queue.add(Queue.JOBS, api.account_id)
    return encode(IdPrefix.JOB, job_id)


async def insert_contacts(api: Api, rows: list[dict[str, Any]]) -> list[str]:
    """Inserts contacts unchanged and returns their ids in the same order. `phone` must be in E.164."""
    ids = [database.uuid7(row.get("created_at") or MONDAY) for row in rows]
    empty = dict.fromkeys(("first_name", "last_name", "name", "email", "company_name"))
    columns = {
        "id": "uuid",
        "phone": "text",
        "first_name": "text",
        "last_name": "text",
        "name": "text",
        "full_name": "text",
        "email": "text",
        "company_name": "text",
        "search_text": "text",
        "created_at": "timestamptz",
        "updated_at": "timestamptz",
        "last_inbound_at": "timestamptz",
        "last_outbound_at": "timestamptz",
        "deleted_at": "timestamptz",
        "purge_at": "timestamptz",
    }
    whole = []
    for id, given in zip(ids, rows, strict=True):
        row = {**dict.fromkeys(columns), **empty, "created_at": MONDAY, "updated_at": MONDAY, **given, "id": id}
        row["full_name"], row["search_text"] = full_name(row), search_text(row)
        whole.append({name: row[name] for name in columns})
    names = ", ".join(columns)
    picked = ", ".join(f"r.{name}" for name in columns)
    no_tags = database.cast_to("$3", "text[]")
    await database.execute(
        f"INSERT INTO contact (account_id, {names}, tags, time_zones, custom_variables, status) "
        f"SELECT $1, {picked}, {no_tags}, {no_tags}, $4, 'VALID' FROM {database.rows_of('$2', 'r', columns)}",
        api.account_id,
        whole,
        [],
        {},
    )
    return [encode(IdPrefix.CONTACT, id) for id in ids]


async def add_webhook_endpoint(
    account_id: UUID, *, event_types: Sequence[str] = ("CONTACT_UPDATED",), **values: Any
) -> tuple[UUID, UUID, UUID]:
    """Creates a webhook endpoint with one delivery. Returns the ids of the endpoint, the delivery and its event."""
    endpoint_id, event_id = database.uuid7(), database.uuid7()
    delivery_id = webhooks.delivery_id(event_id, endpoint_id)
    await insert(
        "webhook_endpoint",
        account_id=account_id,
        id=endpoint_id,
        url="https://hooks.example.com",
        event_types=list(event_types),
        is_ordered=False,
        secret=b"k" * 32,
        failure_count=0,
        created_at=MONDAY,
        updated_at=MONDAY,
        **values,
    )
    await insert(
        "webhook_delivery",
        account_id=account_id,
        id=delivery_id,
        endpoint_id=endpoint_id,
        event_id=event_id,
        event_type="CONTACT_UPDATED",
        occurred_at=MONDAY,
        subject={},
        is_broad=False,
        erasure_count=0,
        status="PENDING",
        attempt_count=0,
        retry_until=MONDAY,
        created_at=MONDAY,
    )
    return endpoint_id, delivery_id, event_id


async def add_audit_event(account_id: UUID, **values: Any) -> str:
    """Inserts an event of the audit log and returns its id."""
    event_id = database.uuid7(values.get("occurred_at", MONDAY))
    row = {"action": "UPDATE", "count": 1, "summary": "Changed name.", "occurred_at": MONDAY}
    await insert("audit_event", account_id=account_id, id=event_id, **row | values)
    return encode(IdPrefix.AUDIT_EVENT, event_id)
