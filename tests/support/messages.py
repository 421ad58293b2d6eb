"""Builds messages to and from one number as clients report them."""

from datetime import datetime
from typing import Any

from models.db import database
from tests.support.api_client import Api, iso

PHONE = "+254712345678"


def inbound(at: datetime | None = None, body: str = "Hello", **more: Any) -> dict[str, Any]:
    return _message("INBOUND", at, body, more)


def outbound(at: datetime | None = None, body: str = "Hello", **more: Any) -> dict[str, Any]:
    return _message("OUTBOUND", at, body, more)


def _message(direction: str, at: datetime | None, body: str, more: dict[str, Any]) -> dict[str, Any]:
    occurred = {} if at is None else {"occurredAt": iso(at)}
    return {"phone": PHONE, "direction": direction, "body": body, **occurred, **more}


async def history(api: Api, phone: str = PHONE) -> tuple[datetime | None, datetime | None]:
    """Returns the stored instants of a number's last inbound and last outbound message that count."""
    row = await database.fetch_one(
        "SELECT last_inbound_at, last_outbound_at FROM phone_history WHERE account_id = $1 AND phone = $2",
        api.account_id,
        phone,
    )
    return (None, None) if row is None else (row["last_inbound_at"], row["last_outbound_at"])
