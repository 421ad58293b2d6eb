"""`python -m muster doctor`: checks everything that the server needs, with these settings and on this machine."""

import asyncio
import shutil
import ssl
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import typer

from commands.listing import JsonOption, print_rows
from commands.running import load_settings, now
from models.db import database, distribution, migration_state, notifications
from models.db.replicas import UnsuitableDatabase, replicas
from services import mail, write_probe
from services.webhooks.public_addresses import PrivateAddress, public_addresses, resolve
from settings import Settings

_SECONDS = 15.0
"""The time limit of each check."""
_CLOCKS_DIFFER_BY = timedelta(seconds=10)
_LEAST_FREE_BYTES = 1_000_000_000


class _Check(NamedTuple):
    """`run` returns what it found, and raises any exception if the check fails."""

    name: str
    run: Callable[[Settings], Awaitable[str]]
    needs_database: bool = True


class _CheckFailed(Exception):
    """The check failed for the reason in the text."""


def doctor(is_json: JsonOption = False) -> None:
    """Check the database, notifications, replicas, mail, the webhook's receiver, the clock and the disk.

    Prints a line for each check. The exit status is 1 if one fails. Sends no mail and no event.
    """
    settings = load_settings()
    results = asyncio.run(_results(settings))
    print_rows(results, is_json=is_json)
    raise typer.Exit(int(any(result["result"] == "FAILED" for result in results)))


async def _results(settings: Settings) -> list[dict[str, str]]:
    results: list[dict[str, str]] = []
    async with _connected(settings):
        for check in _CHECKS:
            if check.needs_database and any(result["result"] == "FAILED" for result in results[:1]):
                result, detail = "skipped", "needs the database"
            else:
                result, detail = await _result(check, settings)
            results.append({"check": check.name, "result": result, "detail": detail})
    return results


@asynccontextmanager
async def _connected(settings: Settings) -> AsyncIterator[None]:
    """Sets up the database and mail, without connecting to either."""
    await database.connect(settings.database_url, **settings.database_options)
    mail.configure(settings.smtp_url, sender=settings.mail_from)
    try:
        yield
    finally:
        await database.disconnect()


async def _result(check: _Check, settings: Settings) -> tuple[str, str]:
    try:
        async with asyncio.timeout(_SECONDS):
            return "ok", await check.run(settings)
    except _CheckFailed as failed:
        return "FAILED", str(failed)
    except Exception as error:  # noqa: BLE001  # whatever it is, the check failed
        reason = error.__cause__ or error
        return "FAILED", " ".join(f"{error}: {type(reason).__name__}: {reason}".removeprefix(": ").split())


# ------------------------------------------------------------------ checks


async def _reach_database(settings: Settings) -> str:
    path = migration_state.sqlite_path(settings.database_url)
    if path is not None and not path.exists():  # opening it would create an empty one
        raise _CheckFailed(f"there is no file {path}: run python -m muster migrate")
    version = "current_setting('server_version')" if path is None else "sqlite_version()"
    [row] = await database.fetch(f"SELECT {version}")
    parts = urlsplit(settings.database_url)
    return f"SQLite {row[0]}, {path}" if path else f"PostgreSQL {row[0]}, {parts.hostname}{parts.path}"


async def _find_migrations(settings: Settings) -> str:
    if not await migration_state.is_current():
        raise _CheckFailed("migrations are missing: run python -m muster migrate")
    return f"all {len(await migration_state.applied())} migrations"


async def _find_nodes(settings: Settings) -> str:
    if not await distribution.has_extension():
        return "all tables are on one node"
    if not await distribution.is_coordinator():
        raise _CheckFailed(distribution.NOT_COORDINATOR)
    layout = await distribution.layout()
    if layout.left:
        raise _CheckFailed(f"{', '.join(layout.left)} are on one node only: run python -m muster migrate")
    return (
        f"{len(layout.by_account)} tables by account in {layout.shard_count} shards on {layout.node_count} nodes, "
        f"{len(layout.copied)} copied to each node, {len(layout.local)} on the coordinator"
    )


async def _write(settings: Settings) -> str:
    await write_probe.write(now=now())
    return "accepts writes"


async def _listen(settings: Settings) -> str:
    if not database.is_postgres():
        return "not needed on SQLite"
    connection = await notifications.connect(settings.listen_url)
    try:
        if not await notifications.hears(connection):
            raise _CheckFailed("notifications are not heard: set MUSTER_LISTEN_URL to a direct connection")
    finally:
        await connection.close()
    return "notifications are heard"


async def _reach_replicas(settings: Settings) -> str:
    if not settings.read_url:
        return "not configured"
    used = replicas()
    try:
        await used.start(settings.read_url, settings.replica_options, notifications.Listener({}))
    except UnsuitableDatabase as error:
        raise _CheckFailed(str(error)) from None
    try:
        lines = [
            f"{each.name}: {each.problem}" if each.problem else f"{each.name} is {each.lag_bytes:,} bytes behind"
            for each in used.all
        ]
        if any(each.problem for each in used.all):
            raise _CheckFailed("; ".join(lines))
        return "; ".join(lines)
    finally:
        await used.stop()


async def _compare_clocks(settings: Settings) -> str:
    if not database.is_postgres():
        return "SQLite uses this machine's clock"
    before = now()
    [row] = await database.fetch("SELECT clock_timestamp()")
    difference = abs(row[0] - (before + (now() - before) / 2))
    if difference > _CLOCKS_DIFFER_BY:
        raise _CheckFailed(
            f"differs from the database's by {difference.total_seconds():.0f} s; at most 10 s are allowed"
        )
    return f"differs from the database's by {difference.total_seconds():.1f} s"


async def _reach_mail(settings: Settings) -> str:
    if settings.smtp_url is None:
        return "not configured"
    await mail.check()
    return f"{urlsplit(settings.smtp_url).hostname} accepts connections"


async def _reach_webhook(settings: Settings) -> str:
    if settings.webhook_url is None:
        return "not configured"
    parts = urlsplit(settings.webhook_url)
    host, is_tls = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if is_tls else 80)
    try:
        address, *_ = await (resolve if settings.webhook_allow_private else public_addresses)(host, port)
    except PrivateAddress:
        raise _CheckFailed(f"{host} has a private address: set MUSTER_WEBHOOK_ALLOW_PRIVATE to allow it") from None
    tls = ssl.create_default_context() if is_tls else None
    _, writer = await asyncio.open_connection(address, port, ssl=tls, server_hostname=host if is_tls else None)
    writer.close()
    return f"{host} accepts connections"


async def _measure_disks(settings: Settings) -> str:
    """Checks the disks of uploads, of jobs' temporary files and of SQLite. That of PostgreSQL is not visible here."""
    needed = dict.fromkeys(
        (settings.upload_directory or Path(tempfile.gettempdir()), Path(tempfile.gettempdir())),
        settings.max_upload_bytes,
    )
    path = migration_state.sqlite_path(settings.database_url)
    if path is not None:
        needed[path.absolute().parent] = max(needed.get(path.absolute().parent, 0), _LEAST_FREE_BYTES)
    found = {directory: shutil.disk_usage(directory).free for directory in needed}
    text = ", ".join(f"{directory}: {free / 1e9:.1f} GB free" for directory, free in found.items())
    lacking = [
        f"{directory} needs {least / 1e9:.1f} GB" for directory, least in needed.items() if found[directory] < least
    ]
    if lacking:
        raise _CheckFailed(f"{text}; {', '.join(lacking)}")
    return text


_CHECKS = (
    _Check("database", _reach_database),
    _Check("migrations", _find_migrations),
    _Check("nodes", _find_nodes),
    _Check("writes", _write),
    _Check("notifications", _listen),
    _Check("replicas", _reach_replicas),
    _Check("clock", _compare_clocks),
    _Check("mail", _reach_mail, needs_database=False),
    _Check("webhook", _reach_webhook, needs_database=False),
    _Check("disk", _measure_disks, needs_database=False),
)
