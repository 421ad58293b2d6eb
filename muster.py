"""The command line: `python -m muster …`. What was asked for goes to standard output, all else to standard error."""

import asyncio
import os
import re
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar
from uuid import UUID

import asyncpg
import typer
import uvicorn
from rich.console import Console
from tortoise.exceptions import BaseORMException

import settings as environment
from commands import exporting, importing
from models import database, migration, notifications
from schema.ids import InvalidId, Prefix, decode_as, encode
from schema.root import schema as graphql_schema
from server import configure_log, create_app, server_options
from services import accounts, demo, jobs, mail, tokens, trash, users
from services.authentication import Role, Scope, settings_of
from services.contact_export.writers import Format
from services.contact_saving import IfExists
from services.job_tasks import TASKS
from services.job_worker import Worker
from services.refusal import Refusal, Refused
from services.texts import fold
from settings import Settings

T = TypeVar("T")

_ROOT = Path(__file__).parent
_LOOPBACK = "127.0.0.1"
_DRIVER_ERRORS = (OSError, sqlite3.Error, asyncpg.PostgresError, asyncpg.InterfaceError, BaseORMException)

app = typer.Typer(
    help="Muster: contacts and campaigns over GraphQL. Settings come from the environment (MUSTER_*).",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
account_app = typer.Typer(help="Accounts: the customers of this server.", no_args_is_help=True)
user_app = typer.Typer(help="The people who work in an account.", no_args_is_help=True)
token_app = typer.Typer(help="The keys to an account.", no_args_is_help=True)
app.add_typer(account_app, name="account")
app.add_typer(user_app, name="user")
app.add_typer(token_app, name="token")

told = Console(stderr=True, highlight=False)

AccountOption = Annotated[str, typer.Option("--account", help="The account's id: acc_…")]


# ------------------------------------------------------------------ serving


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Default: MUSTER_HOST, else 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(help="Default: MUSTER_PORT, else 8000.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes. Default: MUSTER_WORKERS, else 1.")] = None,
) -> None:
    """Serve the API until stopped."""
    given = {"host": host, "port": port, "workers": workers}
    _settings(**given)
    chosen = {f"{environment.PREFIX}{name.upper()}": str(value) for name, value in given.items() if value is not None}
    # The same process goes on without this command line and its libraries.
    os.execve(sys.executable, [sys.executable, str(_ROOT / "serving.py")], os.environ | chosen)


@app.command("demo-serve")
def demo_serve(
    port: Annotated[int | None, typer.Option(help="Default: MUSTER_PORT, else 8000.")] = None,
) -> None:
    """Migrate, fill the demo account once, and serve it to this machine alone. This is what `make run` does."""
    settings = _settings(host=_LOOPBACK, port=port, workers=1)
    _run(lambda: migration.migrate(settings.database_url), is_migrated=False)
    secret = _run(_prepare_demo)
    config = uvicorn.Config(create_app(settings, demo_token=secret), **server_options(settings))
    with suppress(KeyboardInterrupt):
        _serve(_Announced(config, secret))


@app.command()
def work(
    size: Annotated[int | None, typer.Option("--jobs", min=1, help="At once. Default: MUSTER_JOBS, else 2.")] = None,
) -> None:
    """Do jobs (imports, exports and the like) apart from the server, until stopped. Any number may run."""
    with suppress(KeyboardInterrupt):
        _run(lambda: _work(size or _settings().jobs or 1))


async def _work(size: int) -> None:
    worker = Worker(TASKS, clock=_now, size=size)
    listener = notifications.Listener({jobs.QUEUED_CHANNEL: lambda _: worker.wake()})
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    listener.start()
    worker.start()
    told.print(f"doing up to {size} jobs at once")
    try:
        await stopped.wait()
    finally:
        await worker.stop()
        await listener.stop()


class _Announced(uvicorn.Server):
    """A server that prints its address and a token, a line each, as soon as it listens."""

    def __init__(self, config: uvicorn.Config, secret: str) -> None:
        super().__init__(config)
        self._secret = secret

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        if self.started:
            print(f"http://{self.config.host}:{self.config.port}/graphql\n{self._secret}", flush=True)


def _serve(server: uvicorn.Server) -> None:
    server.run()
    if not server.started:
        raise typer.Exit(1)


# ------------------------------------------------------------------ the database


@app.command()
def migrate() -> None:
    """Bring the database to this version. Safe to repeat, and from several machines at once."""
    settings = _settings()
    applied = _run(lambda: migration.migrate(settings.database_url), is_migrated=False)
    told.print("\n".join(f"applied {name}" for name in applied) or "nothing to apply")


@app.command()
def purge() -> None:
    """Delete what the trash of any account should have let go of by now. The server does so daily by itself."""
    count = _run(lambda: trash.purge_expired(now=_now()))
    told.print(f"purged {count} contacts")


@app.command("demo")
def fill_demo() -> None:
    """Fill a demo account, once, and print its id."""
    print(encode(Prefix.ACCOUNT, _run(_fill_demo)))


async def _fill_demo() -> UUID:
    with told.status("Filling the demo account"):
        return await demo.fill(now=_now())


async def _prepare_demo() -> str:
    return await demo.new_token(account_id=await _fill_demo(), now=_now())


# ------------------------------------------------------------------ accounts, users and tokens


@account_app.command("create")
def create_account(
    name: Annotated[str, typer.Option(help="What the customer is called.")],
    region: Annotated[
        str | None, typer.Option(help="Where a number without a country code is read, such as KE.")
    ] = None,
) -> None:
    """Make an account and print its id."""
    account_id = _run(lambda: accounts.create(name=name, default_region=region, now=_now()))
    print(encode(Prefix.ACCOUNT, account_id))


@user_app.command("create")
def create_user(
    account: AccountOption,
    email: Annotated[str, typer.Option(help="Unique in the account.")],
    name: Annotated[str, typer.Option(help="The person's name.")],
    role: Annotated[Role, typer.Option(case_sensitive=False, help="What the person may do.")] = Role.AGENT,
) -> None:
    """Make a user and print the id."""

    async def create() -> UUID:
        account_id = await _account(account)
        return await users.create(account_id=account_id, email=email, name=name, role=role, now=_now())

    print(encode(Prefix.USER, _run(create)))


@token_app.command("create")
def create_token(
    account: AccountOption,
    user: Annotated[
        str | None, typer.Option(help="The e-mail of the user whom it speaks for; default: nobody.")
    ] = None,
    scope: Annotated[
        list[Scope] | None, typer.Option(case_sensitive=False, help="May be repeated; default: all.")
    ] = None,
    name: Annotated[str, typer.Option(help="What it is for.")] = "Command line",
    expires: Annotated[
        str | None, typer.Option(help="A date or an instant (2027-01-31, 2027-01-31T09:30:00Z), or days from now (30).")
    ] = None,
) -> None:
    """Make a token and print its secret, which can't be shown again."""
    expires_at = _instant(expires) if expires else None

    async def create() -> str:
        account_id = await _account(account)
        _, secret = await tokens.create(
            account_id=account_id,
            name=name,
            user_id=await _user(account_id, user) if user else None,
            scopes=scope or list(Scope),
            expires_at=expires_at,
            now=_now(),
        )
        return secret

    print(_run(create))


@token_app.command("revoke")
def revoke_token(token: Annotated[str, typer.Argument(help="The token's id: tok_…")]) -> None:
    """End a token."""
    token_id = _decoded(Prefix.API_TOKEN, token)

    async def revoke() -> None:
        # The one look-up by id alone: whoever runs the server names a token, not its account.
        found = await database.fetch_one("SELECT account_id FROM api_token WHERE id = $1", token_id)
        if found is None:
            _fail(f"there is no token {token}")
        await tokens.revoke(account_id=found["account_id"], token_id=token_id, now=_now())

    _run(revoke)


# ------------------------------------------------------------------ files


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A CSV or XLSX file.")],
    account: AccountOption,
    list_id: Annotated[str | None, typer.Option("--list", help="A list for all new contacts: lst_…")] = None,
    add_existing: Annotated[
        bool, typer.Option("--add-existing-to-list", help="Those that were there already as well.")
    ] = False,
    region: Annotated[
        str | None, typer.Option(help="For phones without a country code, such as KE; default: the account's.")
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="Of an XLSX file; default: the first.")] = None,
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", help="HEADER=FIELD, such as Age=custom:Age or Fax=ignore; may be repeated."),
    ] = None,
    if_exists: Annotated[
        IfExists, typer.Option(case_sensitive=False, help="What to do with a number that a contact has already.")
    ] = IfExists.SKIP,
    tag: Annotated[list[str] | None, typer.Option(help="For every contact of the file; may be repeated.")] = None,
    user: Annotated[str | None, typer.Option(help="The e-mail of the user whose contacts the new ones are.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, and write nothing.")] = False,
) -> None:
    """Take a file of contacts in. Ctrl-C ends it; what is in by then stays in."""
    pairs = [_header_and_field(text) for text in mapping or ()]
    wanted_list = _decoded(Prefix.CONTACT_LIST, list_id) if list_id else None

    async def take_in() -> str | None:
        account_id = await _account(account)
        settings = await settings_of(account_id)
        job_id = await importing.take_in(
            file,
            told,
            clock=_now,
            settings=settings,
            user_id=await _user(account_id, user) if user else None,
            list_id=wanted_list,
            mapping=pairs,
            sheet=sheet,
            region=region,
            if_exists=if_exists,
            is_existing_added_to_list=add_existing,
            tags=tag or (),
            is_dry_run=dry_run,
        )
        return await importing.outcome(account_id, job_id, told)

    if problem := _run(take_in):
        _fail(problem)


@app.command("export")
def export_file(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="Where to; ends in .csv, .xlsx or .json.")],
    account: AccountOption,
    list_id: Annotated[str | None, typer.Option("--list", help="Only the members of a list: lst_…")] = None,
    search: Annotated[str | None, typer.Option(help="Only contacts with this in their names or numbers.")] = None,
) -> None:
    """Write contacts to a file. One that is there already is replaced once the new one is whole."""
    wanted_list = _decoded(Prefix.CONTACT_LIST, list_id) if list_id else None
    ending = file.suffix.lstrip(".").upper()
    if ending not in list(Format):
        _fail(f"{file.name!r} must end in .csv, .xlsx or .json", status=2)

    async def write_out() -> str | None:
        return await exporting.write_out(
            file,
            told,
            account_id=await _account(account),
            list_id=wanted_list,
            search=search,
            format=Format(ending),
            clock=_now,
        )

    if problem := _run(write_out):
        _fail(problem)


def _header_and_field(text: str) -> tuple[str, str]:
    header, equals, field = text.rpartition("=")
    if not equals:
        _fail(f"{text!r} is not HEADER=FIELD", status=2)
    return header, field


async def _account(text: str) -> UUID:
    account_id = _decoded(Prefix.ACCOUNT, text)
    if await database.fetch_one("SELECT 1 FROM account WHERE id = $1", account_id) is None:
        _fail(f"there is no account {text}")
    return account_id


async def _user(account_id: UUID, email: str) -> UUID:
    sql = "SELECT id FROM account_user WHERE account_id = $1 AND email_key = $2"
    found = await database.fetch_one(sql, account_id, fold(email))
    if found is None:
        _fail(f"the account has no user {email}")
    user_id: UUID = found["id"]
    return user_id


# ------------------------------------------------------------------ for `make check`


@app.command("schema")
def print_schema() -> None:
    """Print the schema as SDL."""
    print(graphql_schema.as_str())


@app.command()
def drift() -> None:
    """Say what the models describe and the migrations don't make; fail where there is such a thing."""
    if differences := asyncio.run(migration.drift()):
        _fail("the models and the migrations differ: " + "; ".join(differences))


# ------------------------------------------------------------------ how commands run


def _settings(**options: Any) -> Settings:
    """The settings, with what was given on the command line first; and a log to match."""
    try:
        settings = environment.load(**options)
    except environment.BadSettings as error:
        _fail(str(error), status=2)
    configure_log(settings)
    return settings


def _run(work: Callable[[], Awaitable[T]], *, is_migrated: bool = True) -> T:
    """Runs a command's work on the database, which has to be migrated for it, and tells what goes wrong in one line."""
    settings = _settings()

    async def run() -> T:
        if not is_migrated:
            return await work()
        async with _opened(settings):
            return await work()

    try:
        return asyncio.run(run())
    except Refused as refused:
        _fail(" ".join(map(_sentence, refused.refusals)))
    except _DRIVER_ERRORS as error:
        _fail(f"the database can't be used: {error}")


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[None]:
    mail.configure(settings.smtp_url, sender=settings.mail_from)
    await database.connect(settings.database_url, pool_size=settings.pool_size)
    try:
        if not await migration.is_current():
            _fail("the database is not migrated: run python -m muster migrate")
        yield
    finally:
        await database.disconnect()


def _fail(message: str, *, status: int = 1) -> NoReturn:
    print(f"muster: {message}", file=sys.stderr)
    raise typer.Exit(status)


def _sentence(refusal: Refusal) -> str:
    return f"{'.'.join(refusal.path)}: {refusal.message}" if refusal.path else refusal.message


def _now() -> datetime:
    return datetime.now(UTC)


def _decoded(prefix: Prefix, text: str) -> UUID:
    try:
        return decode_as(prefix, text)
    except InvalidId as error:
        _fail(str(error), status=2)


def _instant(text: str) -> datetime:
    """When a number of days is over, or a date or an instant; UTC where no offset is given."""
    if re.fullmatch(r"\d{1,5}", text):
        return _now() + timedelta(days=int(text))
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        _fail(f"{text!r} is no date, no instant and no number of days", status=2)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


if __name__ == "__main__":
    app(prog_name="python -m muster")
