"""Reads the events in the outbox."""

from typing import Any

from models.db import database
from tests.support.api_client import Api


async def recorded_events(api: Api, *kinds: str) -> list[tuple[str, dict[str, Any]]]:
    """Returns kind and payload of the account's events, as recorded. With `kinds`, only events of these kinds."""
    rows = await database.fetch(
        "SELECT kind, payload FROM event WHERE account_id = $1 ORDER BY occurred_at, id", api.account_id
    )
    return [(row["kind"], row["payload"]) for row in rows if not kinds or row["kind"] in kinds]
