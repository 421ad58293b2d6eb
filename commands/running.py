"""Runs commands, with their settings, their database and their error messages."""

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any, NoReturn, TypeVar
from uuid import UUID

import asyncpg
import typer
from rich.console import Console
from tortoise.exceptions import BaseORMException

import settings as environment
from models import Account, User
from models.db import database, migration_state
from models.db.distribution import NotDistributed
from schema.ids import IdPrefix, InvalidId, decode_as, encode
from server import configure_log
from services import mail
from services.accounts.usage import usage
from services.audit import retention as audit_retention
from services.changes import retention as change_retention
from services.contacts import erasure
from services.events import recording as events
from services.input.text import fold
from services.jobs import retention
from services.refusal import Refusal, Refused
from services.webhooks import recording as webhook_recording
from settings import Settings

T = TypeVar("T")

_DRIVER_ERRORS = (OSError, sqlite3.Error, asyncpg.PostgresError, asyncpg.InterfaceError, BaseORMException)
_NOT_MIGRATED = "the database is not migrated: run python -m muster migrate"

console = Console(stderr=True, highlight=False)
"""The console for messages. A command's result goes to standard output."""

AccountOption = Annotated[str, typer.Option("--account", help="The account's id (acc_…) or name.")]


def load_settings(**options: Any) -> Settings:
    """Loads the settings, and configures the log. `options` of the command line come first. Bad settings fail."""
    try:
        settings = environment.load(**options)
    except environment.BadSettings as error:
        fail(str(error), status=2)
    configure_log(settings)
    return settings


def run(work: Callable[[], Awaitable[T]], *, is_migrated: bool = True) -> T:
    """Runs a command's work on the database, which must be migrated. An error ends the command with one line."""
    settings = load_settings()

    async def with_database() -> T:
        if not is_migrated:
            return await work()
        async with _opened(settings):
            return await work()

    try:
        return asyncio.run(with_database())
    except Refused as refused:
        fail(" ".join(map(_sentence, refused.refusals)))
    except NotDistributed as error:
        fail(str(error))
    except _DRIVER_ERRORS as error:
        fail(f"the database can't be used: {error}")


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[None]:
    path = migration_state.sqlite_path(settings.database_url)
    if path is not None and not path.exists():  # opening it would create an empty one
        fail(_NOT_MIGRATED)
    await database.connect(settings.database_url, **settings.database_options)
    try:
        mail.configure(settings.smtp_url, sender=settings.mail_from)
        retention.configure(days=settings.job_retention_days)
        events.configure(has_webhook=settings.webhook_url is not None)
        change_retention.configure(days=settings.changes_days)
        audit_retention.configure(days=settings.audit_retention_days)
        erasure.configure(is_keeping_messages=settings.keep_messages_after_purge)
        webhook_recording.configure(settings.webhook_events if settings.webhook_url else ())
        if not await migration_state.is_current():
            fail(_NOT_MIGRATED)
        yield
    finally:
        await usage().flush()
        await database.disconnect()


def fail(message: str, *, status: int = 1) -> NoReturn:
    """Ends the command with a message. Status 1: the command was refused; 2: it was used incorrectly."""
    print(f"muster: {message}", file=sys.stderr)
    raise typer.Exit(status)


def _sentence(refusal: Refusal) -> str:
    return f"{'.'.join(refusal.path)}: {refusal.message}" if refusal.path else refusal.message


def now() -> datetime:
    return datetime.now(UTC)


def decoded(prefix: IdPrefix, text: str) -> UUID:
    try:
        return decode_as(prefix, text)
    except InvalidId as error:
        fail(str(error), status=2)


async def account_of(text: str) -> UUID:
    """Returns the account with this id or name. A name that several accounts have ends the command with their ids."""
    try:
        accounts = await Account.filter(id=decode_as(IdPrefix.ACCOUNT, text))
    except InvalidId:
        accounts = await Account.filter(name=text).order_by("id")
    if not accounts:
        fail(f"there is no account {text or repr(text)}")
    if len(accounts) > 1:
        ids = ", ".join(encode(IdPrefix.ACCOUNT, account.id) for account in accounts)
        fail(f"{len(accounts)} accounts have the name {text!r}: use one of the ids {ids}")
    return accounts[0].id


async def user_of(account_id: UUID, text: str) -> UUID:
    """Returns the account's user with this id or e-mail address."""
    try:
        user = await User.get_or_none(account_id=account_id, id=decode_as(IdPrefix.USER, text))
    except InvalidId:
        user = await User.get_or_none(account_id=account_id, email_key=fold(text))
    if user is None:
        fail(f"the account has no user {text or repr(text)}")
    return user.id
