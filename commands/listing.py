"""Commands that list accounts, users, tokens and jobs: as a table for people, or as JSON for scripts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import orjson
import typer

from commands.running import AccountOption, account_of, now, run
from models import Account, ApiToken, Job, User
from schema.ids import IdPrefix, encode
from services.jobs.queue import JobStatus

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
        return [
            {
                "id": encode(IdPrefix.ACCOUNT, account.id),
                "name": account.name,
                "region": account.default_region,
                "createdAt": account.created_at,
            }
            for account in await Account.all().order_by("name", "id")
        ]

    print_rows(run(found), is_json=is_json)


def list_users(account: AccountOption, is_json: JsonOption = False) -> None:
    """List the users of an account."""

    async def found() -> list[dict[str, Any]]:
        return [
            {
                "id": encode(IdPrefix.USER, user.id),
                "email": user.email,
                "name": user.name,
                "role": user.role,
                "isActive": user.is_active,
                "createdAt": user.created_at,
            }
            for user in await User.filter(account_id=await account_of(account)).order_by("name_key", "id")
        ]

    print_rows(run(found), is_json=is_json)


def list_tokens(
    account: AccountOption,
    is_json: JsonOption = False,
    includes_ended: Annotated[bool, typer.Option("--all", help="Also list revoked and expired tokens.")] = False,
) -> None:
    """List the tokens of an account that are valid, the newest first. Their secrets are not stored."""

    async def found() -> list[dict[str, Any]]:
        account_id = await account_of(account)
        emails = {user.id: user.email for user in await User.filter(account_id=account_id)}
        instant = now()
        return [
            {
                "id": encode(IdPrefix.API_TOKEN, token.id),
                "name": token.name,
                "user": None if token.user_id is None else emails[token.user_id],
                "scopes": token.scopes,
                "createdAt": token.created_at,
                "lastUsedAt": token.last_used_at,
                "expiresAt": token.expires_at,
                "revokedAt": token.revoked_at,
            }
            for token in await ApiToken.filter(account_id=account_id).order_by("-created_at", "-id")
            if includes_ended or (token.revoked_at is None and (token.expires_at or instant) >= instant)
        ]

    print_rows(run(found), is_json=is_json)


def list_jobs(
    account: Annotated[
        str | None, typer.Option("--account", help="The account's id (acc_…) or name; default: all accounts.")
    ] = None,
    status: Annotated[JobStatus | None, typer.Option(case_sensitive=False, help="Only jobs with this status.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most this many jobs.")] = 50,
    is_json: JsonOption = False,
) -> None:
    """List jobs, the newest first."""

    async def found() -> list[dict[str, Any]]:
        query = Job.all() if account is None else Job.filter(account_id=await account_of(account))
        if status is not None:
            query = query.filter(status=status)
        return [
            {
                "id": encode(IdPrefix.JOB, job.id),
                "account": encode(IdPrefix.ACCOUNT, job.account_id),
                "kind": job.kind,
                "status": job.status,
                "rows": job.row_count,
                "doneRows": job.done_row_count,
                "error": job.error and job.error["code"],
                "createdAt": job.created_at,
                "startedAt": job.started_at,
                "finishedAt": job.finished_at,
            }
            for job in await query.order_by("-created_at", "-id").limit(limit)
        ]

    print_rows(run(found), is_json=is_json)
