"""Commands that list accounts, users, tokens and jobs: as a table for people, or as JSON for scripts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import orjson
import typer

from commands.running import AccountOption, account_of, now, run
from models.db import database
from schema.ids import Prefix, encode
from services.jobs.queue import Status

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
_EMPTY = "-"


def print_rows(rows: Sequence[Mapping[str, Any]], *, is_json: bool) -> None:
    """Prints rows with the same keys. A table has the keys in its first line, and times in UTC."""
    if is_json:
        print(orjson.dumps(rows, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z).decode())
        return
    lines = [list(rows[0]), *([_shown(value) for value in row.values()] for row in rows)] if rows else []
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _shown(value: Any) -> str:
    if value is None or value == []:
        return _EMPTY
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = ",".join(value) if isinstance(value, list) else str(value)
    return "".join(character if character.isprintable() else "?" for character in text) or _EMPTY


def list_accounts(is_json: JsonOption = False) -> None:
    """List the accounts."""

    async def found() -> list[dict[str, Any]]:
        rows = await database.fetch("SELECT id, name, default_region, created_at FROM account ORDER BY name, id")
        return [
            {
                "id": encode(Prefix.ACCOUNT, row["id"]),
                "name": row["name"],
                "region": row["default_region"],
                "createdAt": row["created_at"],
            }
            for row in rows
        ]

    print_rows(run(found), is_json=is_json)


def list_users(account: AccountOption, is_json: JsonOption = False) -> None:
    """List the users of an account."""

    async def found() -> list[dict[str, Any]]:
        rows = await database.fetch(
            "SELECT id, email, name, role, is_active, created_at FROM account_user WHERE account_id = $1 "
            "ORDER BY name_key, id",
            await account_of(account),
        )
        return [
            {
                "id": encode(Prefix.USER, row["id"]),
                "email": row["email"],
                "name": row["name"],
                "role": row["role"],
                "isActive": row["is_active"],
                "createdAt": row["created_at"],
            }
            for row in rows
        ]

    print_rows(run(found), is_json=is_json)


def list_tokens(
    account: AccountOption,
    is_json: JsonOption = False,
    includes_ended: Annotated[bool, typer.Option("--all", help="Also list revoked and expired tokens.")] = False,
) -> None:
    """List the tokens of an account that are valid, the newest first. Their secrets are not stored."""

    async def found() -> list[dict[str, Any]]:
        rows = await database.fetch(
            "SELECT t.id, t.name, u.email, t.scopes, t.created_at, t.last_used_at, t.expires_at, t.revoked_at "
            "FROM api_token t LEFT JOIN account_user u ON u.account_id = t.account_id AND u.id = t.user_id "
            "WHERE t.account_id = $1 ORDER BY t.created_at DESC, t.id DESC",
            await account_of(account),
        )
        instant = now()
        return [
            {
                "id": encode(Prefix.API_TOKEN, row["id"]),
                "name": row["name"],
                "user": row["email"],
                "scopes": list(row["scopes"]),
                "createdAt": row["created_at"],
                "lastUsedAt": row["last_used_at"],
                "expiresAt": row["expires_at"],
                "revokedAt": row["revoked_at"],
            }
            for row in rows
            if includes_ended or (row["revoked_at"] is None and (row["expires_at"] or instant) >= instant)
        ]

    print_rows(run(found), is_json=is_json)


def list_jobs(
    account: Annotated[
        str | None, typer.Option("--account", help="The account's id (acc_…) or name; default: all accounts.")
    ] = None,
    status: Annotated[Status | None, typer.Option(case_sensitive=False, help="Only jobs with this status.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most this many jobs.")] = 50,
    is_json: JsonOption = False,
) -> None:
    """List jobs, the newest first."""

    async def found() -> list[dict[str, Any]]:
        conditions = {"account_id": None if account is None else await account_of(account), "status": status}
        given = {column: value for column, value in conditions.items() if value is not None}
        where = " AND ".join(f"{column} = ${number}" for number, column in enumerate(given, start=2)) or "TRUE"
        rows = await database.fetch(
            "SELECT account_id, id, kind, status, row_count, done_row_count, error, created_at, started_at, "
            f"finished_at FROM job WHERE {where} ORDER BY created_at DESC, id DESC LIMIT $1",
            limit,
            *given.values(),
        )
        return [
            {
                "id": encode(Prefix.JOB, row["id"]),
                "account": encode(Prefix.ACCOUNT, row["account_id"]),
                "kind": row["kind"],
                "status": row["status"],
                "rows": row["row_count"],
                "doneRows": row["done_row_count"],
                "error": row["error"] and row["error"]["code"],
                "createdAt": row["created_at"],
                "startedAt": row["started_at"],
                "finishedAt": row["finished_at"],
            }
            for row in rows
        ]

    print_rows(run(found), is_json=is_json)
