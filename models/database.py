"""Database access: Tortoise's configuration from a URL, and statements on SQLite and PostgreSQL.

SQL is written once, with ``$1`` for parameters. Where the two databases need different SQL, a function here (`any_of`,
`rows_of` …) returns it. A statement inside `transaction()` is part of that transaction. A statement outside one runs
alone and sees committed data. `models.transactions` implements transactions.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from importlib import import_module
from random import getrandbits
from typing import Any, Protocol, cast
from urllib.parse import urlsplit
from uuid import UUID

from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.connection import get_connection

from models import deadline
from models.transactions import (
    Conflict as Conflict,
    UniqueViolation as UniqueViolation,
    after_commit as after_commit,
    as_one_transaction as as_one_transaction,
    in_a_transaction as in_a_transaction,
    is_between_parts,
    part,
    transaction as transaction,
    transactional as transactional,
)

MODULES = ["models"]
MIGRATIONS = "models.migrations"
# A process imports only the driver that it uses, because each takes megabytes of memory.
_ENGINES = {"sqlite": "models.sqlite", "postgres": "models.postgres", "postgresql": "models.postgres"}


class Dialect(StrEnum):
    SQLITE = "sqlite"
    POSTGRES = "postgres"


class Row(Protocol):
    """A result row, with access by column name and by position, and iteration in column order."""

    def __getitem__(self, key: str | int, /) -> Any: ...
    def keys(self) -> Iterable[str]: ...
    def __iter__(self) -> Any: ...
    def __len__(self) -> int: ...


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


# Functions that are called with the text of each executed statement. Tests count statements with them.
statement_watchers: list[Callable[[str], None]] = []

_dialect: Dialect = Dialect.SQLITE
# Tortoise's client outside transactions. It is cached because Tortoise's lookup takes as long as some statements.
_client: Any = None
_engine: Any = None
"""The module models.sqlite or models.postgres."""


def configuration(url: str, **options: Any) -> dict[str, Any]:
    """Returns Tortoise's configuration for a database URL (sqlite:///path, sqlite:////absolute/path or postgres://…).

    `options` are those of `connect`. Raises ValueError for any other scheme, and for an option after the ``?`` that the
    driver does not accept.
    """
    scheme = urlsplit(url).scheme
    if scheme not in _ENGINES:
        raise ValueError(f"the scheme must be sqlite or postgres, not {scheme or 'empty'!r}")
    address, _, query = url.partition("?")
    if scheme == "sqlite":
        connection = expand_db_url(url.replace("sqlite:///", "sqlite://", 1))
        names = {"wait_seconds": "wait_seconds", "sqlite_readers": "readers", "sqlite_synchronous": "synchronous"}
    else:
        connection = expand_db_url(address)
        connection["credentials"] |= import_module(_ENGINES[scheme]).options(query)
        names = {"wait_seconds": "wait_seconds", "pool_size": "maxsize"}
    connection["engine"] = _ENGINES[scheme]
    for option, name in names.items():
        if option in options:
            connection["credentials"].setdefault(name, options[option])
    return {
        "connections": {"default": connection},
        "apps": {"models": {"models": MODULES, "default_connection": "default", "migrations": MIGRATIONS}},
        "use_tz": True,
        "timezone": "UTC",
    }


async def connect(
    url: str,
    *,
    pool_size: int = 10,
    wait_seconds: float = 5.0,
    sqlite_readers: int = 4,
    sqlite_synchronous: str = "FULL",
) -> None:
    """Opens the database for this process. The first statement raises the errors of the connection.

    `pool_size` is the number of connections to PostgreSQL for transactions, and also the number for single statements.
    `wait_seconds` is how long a statement waits for one of them, or for one of SQLite's `sqlite_readers` threads.
    """
    global _dialect, _client, _engine
    configured = configuration(
        url,
        pool_size=pool_size,
        wait_seconds=wait_seconds,
        sqlite_readers=sqlite_readers,
        sqlite_synchronous=sqlite_synchronous,
    )
    await Tortoise.init(config=configured, _enable_global_fallback=True)
    _dialect = Dialect.SQLITE if urlsplit(url).scheme == "sqlite" else Dialect.POSTGRES
    _client = get_connection("default")
    _engine = import_module(_ENGINES[urlsplit(url).scheme])
    deadline.probe = _client.answers if _dialect is Dialect.POSTGRES else None


async def disconnect() -> None:
    deadline.probe = None
    await Tortoise.close_connections()


def connection() -> BaseDBAsyncClient:
    """Returns Tortoise's client; inside a transaction, the transaction's client."""
    return get_connection("default")


def is_postgres() -> bool:
    return _dialect is Dialect.POSTGRES


_counters: dict[int, int] = {}
"""The latest counter of ids for each recent millisecond. Requests fix their instants, so several are in use at once."""
_MAX_COUNTERS = 16


def uuid7(now: datetime | None = None, *, room: int = 0) -> UUID:
    """Returns a new id: a UUIDv7 of an instant, by default the present.

    Ids that are made one after another for the same instant sort in that order: 26 bits count from a random start (RFC
    9562, section 6.2, method 1), and 48 are random. `room` skips that many counter values after this id, so that the
    caller can make the ids itself.
    """
    instant = datetime.now(UTC) if now is None else now
    millisecond = max((instant - _EPOCH) // _MILLISECOND, 0)
    counter = _counters.get(millisecond)
    if counter is None:
        if len(_counters) >= _MAX_COUNTERS:
            del _counters[next(iter(_counters))]
        counter = getrandbits(25)
    counter = (counter + 1) & 0x3FF_FFFF
    _counters[millisecond] = counter + room
    high = millisecond << 80 | 0x7 << 76 | (counter >> 14) << 64
    return UUID(int=high | 0b10 << 62 | (counter & 0x3FFF) << 48 | getrandbits(48))


def least_uuid7(instant: datetime) -> UUID:
    """Returns the smallest id of an instant: all ids of earlier instants are smaller, all others are not."""
    return UUID(int=max((instant - _EPOCH) // _MILLISECOND, 0) << 80)


# ------------------------------------------------------------------ statements


async def fetch(sql: str, *args: Any, is_repeatable: bool = True) -> Sequence[Row]:
    """Returns the rows of a statement (RETURNING included). Raises Conflict, and the exceptions of `models.deadline`.

    If the connection is lost, the statement may run again. `is_repeatable=False` marks a single write outside a
    transaction: it never runs twice, and raises ResultUnknown.
    """
    client = None
    if in_a_transaction():
        if is_between_parts():
            async with part(is_undone_alone=_dialect is Dialect.POSTGRES):
                return await fetch(sql, *args)
        client = cast(Any, get_connection("default"))
    for watch in statement_watchers:
        watch(sql)
    if client is None and not is_repeatable:
        with _engine.translated():
            return cast(Sequence[Row], await _client.statements.fetch_written(sql, args))
    with _engine.statement():
        if client is None:
            return cast(Sequence[Row], await _client.statements.fetch(sql, args))
        return cast(Sequence[Row], await _engine.fetch(client._connection, sql, args))


async def fetch_reserved(sql: str, *args: Any) -> Sequence[Row]:
    """Returns the rows of a short statement, on a connection that no account's work can occupy.

    Token look-ups and readiness checks use it, since they must be fast on a busy server. Not inside a transaction.
    """
    for watch in statement_watchers:
        watch(sql)
    with _engine.statement():
        return cast(Sequence[Row], await _client.reserved.fetch(sql, args))


async def fetch_one(sql: str, *args: Any) -> Row | None:
    rows = await fetch(sql, *args)
    return rows[0] if rows else None


async def execute(sql: str, *args: Any) -> int:
    """Runs a statement without rows, and returns the number of changed rows. Raises the exceptions of `fetch`."""
    if is_between_parts():
        async with part(is_undone_alone=_dialect is Dialect.POSTGRES):
            return await execute(sql, *args)
    for watch in statement_watchers:
        watch(sql)
    if not in_a_transaction():
        with _engine.translated():
            return cast(int, await _client.statements.execute(sql, args))
    with statement():
        return cast(int, await _engine.execute(cast(Any, get_connection("default"))._connection, sql, args))


def statement() -> AbstractContextManager[None]:
    """Wraps a call of a driver: the operation's deadline interrupts it, and its exceptions become those of `fetch`."""
    return cast(AbstractContextManager[None], _engine.statement())


async def try_lock(name: bytes) -> bool:
    """Takes a lock by name until the transaction ends. Returns False at once if another transaction has it.

    On SQLite it always returns True, because there is one writer. Two names share a lock with a chance of 1 in 2**64.
    """
    if not is_postgres():
        return True
    number = int.from_bytes(hashlib.sha256(name).digest()[:8], signed=True)
    row = await fetch_one("SELECT pg_try_advisory_xact_lock($1)", number)
    return row is not None and bool(row[0])


# ------------------------------------------------------------------ what the databases say differently


def any_of(term: str, placeholder: str, kind: str) -> str:
    """That a term is one of a list given as one parameter. `kind` is PostgreSQL's name of the term's type."""
    if is_postgres():
        return f"{term} = ANY({placeholder}::{kind}[])"
    return f"{term} IN (SELECT value FROM json_each({placeholder}))"


def rows_of(placeholder: str, alias: str, columns: Mapping[str, str]) -> str:
    """A table, for FROM, out of one parameter that is a list of dicts. `columns`: name to PostgreSQL's type.

    Each of its rows looks up what it is joined to. Without the LIMIT, which keeps the rows a table of their own, SQLite
    goes through all rows of the table that is joined, and through these for each of them.
    """
    if is_postgres():
        definition = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        return f"jsonb_to_recordset({placeholder}::jsonb) AS {alias}({definition})"
    picked = ", ".join(f"json_extract(value, '$.{name}') AS {name}" for name in columns)
    return f"(SELECT {picked} FROM json_each({placeholder}) LIMIT -1) AS {alias}"


def columns_of(alias: str, columns: Mapping[str, tuple[str, str]]) -> str:
    """A table, for FROM, out of one parameter a column, each a list of the same length: the quick form of `rows_of`.

    `columns`: name to placeholder and PostgreSQL's type. Its column `place` counts the rows from 1.
    """
    if is_postgres():
        lists = ", ".join(f"{placeholder}::{kind}[]" for placeholder, kind in columns.values())
        return f"unnest({lists}) WITH ORDINALITY AS {alias}({', '.join(columns)}, place)"
    (first, (placeholder, _)), *others = columns.items()
    picked = "".join(f", json_extract({other}, '$[' || key || ']') AS {name}" for name, (other, _) in others)
    return f"(SELECT key + 1 AS place, value AS {first}{picked} FROM json_each({placeholder})) AS {alias}"


def keyed(rows: str, alias: str, account: str) -> str:
    """A derived table, for FROM: another table's rows with the column `account_id` in addition.

    A join by this column searches the best index once for each row. If a statement names the account by a parameter,
    PostgreSQL estimates one row for an account that is newer than its statistics, and then reads all rows of that
    account for each row of this table.
    """
    if is_postgres():
        return f"(SELECT {account}::uuid AS account_id, {alias}.* FROM {rows} OFFSET 0) AS {alias}"
    return f"(SELECT {account} AS account_id, {alias}.* FROM {rows} LIMIT -1) AS {alias}"


def by_keys(table: str, column: str, kind: str = "uuid") -> str:
    """A FROM clause: a table's rows of the account $1 that have one of the keys in the list $2, which are distinct.

    A grouping or an order does not keep the planner from searching by the keys.
    """
    keys = keyed(placed("$2", "keys", kind), "keys", "$1")
    return f"{keys} {lookup_join(table, f'{table}.account_id = keys.account_id AND {table}.{column} = keys.key')}"


def looked_up(table: str, condition: str) -> str:
    """Joins to each row of a FROM at most one of a table's, for which a condition holds: by an index, row by row.

    Without being told, PostgreSQL reads a whole large table for some thousand rows.
    """
    if is_postgres():
        return f"LEFT JOIN LATERAL (SELECT * FROM {table} WHERE {condition} LIMIT 1) AS {table} ON TRUE"
    return f"LEFT JOIN {table} ON {condition}"


def lookup_join(table: str, condition: str) -> str:
    """Joins a table to the rows on its left, which drive the join: the table is searched once for each of them.

    SQLite never reorders a CROSS JOIN. Without it and without statistics, SQLite takes the rows of an account to be
    about ten, and reads all of them first.
    """
    return f"JOIN {table} ON {condition}" if is_postgres() else f"CROSS JOIN {table} ON {condition}"


def selective(condition: str) -> str:
    """A condition that few rows meet, so that SQLite uses an index for it rather than one in the order of the page."""
    return condition if is_postgres() else f"unlikely({condition})"


def elements_of(column: str, alias: str) -> str:
    """A table, for FROM, of the strings in a list column; the one column is called `value`."""
    return f"unnest({column}) AS {alias}(value)" if is_postgres() else f"json_each({column}) AS {alias}"


def list_of(term: str) -> str:
    """An aggregate: the values of all rows as a list column holds them, in no order."""
    return f"array_agg({term})" if is_postgres() else f"json_group_array({term})"


def keys_of(column: str, alias: str) -> str:
    """A table, for FROM, of the keys of a JSON object; the one column is called `key`."""
    return f"jsonb_object_keys({column}) AS {alias}(key)" if is_postgres() else f"json_each({column}) AS {alias}"


def placed(placeholder: str, alias: str, kind: str) -> str:
    """A table, for FROM, of a list given as one parameter: `key`, and its `place` from 0 on."""
    if is_postgres():
        numbered = f"unnest({placeholder}::{kind}[]) WITH ORDINALITY AS given(key, number)"
        return f"(SELECT key, (number - 1)::integer AS place FROM {numbered}) AS {alias}"
    return f"(SELECT key AS place, value AS key FROM json_each({placeholder})) AS {alias}"


def typed(term: str, name: str, kind: str) -> str:
    """A selected expression that SQLite can't tell the type of (uuid, timestamp, json or boolean)."""
    return f'{term} AS "{name}"' if is_postgres() else f'{term} AS "{name} [{kind}]"'


def cast_to(placeholder: str, kind: str) -> str:
    """A parameter whose type PostgreSQL could not tell from where it stands."""
    return f"{placeholder}::{kind}" if is_postgres() else placeholder


def for_update(alias: str = "") -> str:
    """Locks the selected rows until the transaction ends; SQLite's transactions hold the one write lock anyway."""
    if not is_postgres():
        return ""
    return f" FOR UPDATE OF {alias}" if alias else " FOR UPDATE"


def locked_in_order(key: str, alias: str = "") -> str:
    """The same in the order of a key, so that no two transactions wait for each other.

    For the order's sake SQLite would walk the key's index, and look at every row of the account; the `+` keeps it from
    that.
    """
    return f" ORDER BY {key}{for_update(alias)}" if is_postgres() else f" ORDER BY +{key}"


def skip_locked() -> str:
    """Locks the selected rows and leaves out those that somebody else has locked."""
    return " FOR UPDATE SKIP LOCKED" if is_postgres() else ""
