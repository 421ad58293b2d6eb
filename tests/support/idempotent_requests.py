"""Sends requests with an Idempotency-Key to a running server, and reads what they wrote."""

from dataclasses import replace
from typing import Any

import httpx2

from models.db import database
from services.accounts import tokens
from services.accounts.authentication import Scope
from tests.support.api_client import MONDAY
from tests.support.servers.http_client import HttpServer

CREATE = """
mutation Create($contact: ContactInput!) {
  createContact(input: {contact: $contact}) { contact { id phone createdAt } errors { code path } }
}
"""
PHONE = "+254712345678"


async def send(site: HttpServer, key: str, query: str = CREATE, **variables: Any) -> httpx2.Response:
    content = {"query": query, "variables": variables or {"contact": {"phone": PHONE}}}
    return await site.post(content, Idempotency_Key=key)


async def phones(site: HttpServer) -> list[str]:
    rows = await database.fetch("SELECT phone FROM contact WHERE account_id = $1 ORDER BY phone", site.account_id)
    return [row["phone"] for row in rows]


async def lists(site: HttpServer) -> list[str]:
    rows = await database.fetch("SELECT name FROM contact_list WHERE account_id = $1 ORDER BY name", site.account_id)
    return [row["name"] for row in rows]


async def keys(site: HttpServer) -> int:
    return len(await database.fetch("SELECT key_hash FROM idempotency_key WHERE account_id = $1", site.account_id))


def replayed(first: httpx2.Response) -> bytes:
    """Returns the bytes that a replay of this answer must have."""
    return first.content[:-1] + b',"extensions":{"idempotency":{"replayed":true}}}'


async def with_token(site: HttpServer, *scopes: Scope) -> HttpServer:
    """Returns the same server with another token of the site's account."""
    _, secret = await tokens.create(
        account_id=site.account_id, name="other", user_id=None, scopes=scopes, expires_at=None, now=MONDAY
    )
    return replace(site, secret=secret)
