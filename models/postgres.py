"""PostgreSQL's side of the database: a Tortoise engine whose connections cost no extra round trip."""

from typing import Any

import asyncpg
import orjson
from tortoise.backends.asyncpg.client import AsyncpgDBClient


class Connection(asyncpg.Connection):
    """A connection that goes back to the pool without a reset query: nothing here leaves session state behind."""

    def get_reset_query(self) -> str:
        return ""


async def _prepare(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="binary",
        encoder=lambda value: (
            b"\x01" + (value.encode() if isinstance(value, str) else orjson.dumps(value, default=str))
        ),
        decoder=lambda data: orjson.loads(data[1:]),
    )


class PostgresClient(AsyncpgDBClient):
    """Tortoise's asyncpg client; jsonb is Python objects in and out."""

    connection_class = Connection  # type: ignore[assignment]  # generic in the stubs alone

    async def create_pool(self, **kwargs: Any) -> "asyncpg.Pool[asyncpg.Record]":
        return await asyncpg.create_pool(None, init=_prepare, **kwargs)


client_class = PostgresClient
