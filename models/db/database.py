"""Connects to SQLite or PostgreSQL, and runs statements.

SQL is written once, with ``$1`` for parameters. If the two databases need different SQL, a function here (`sql_in`,
`rows_of` …) returns it. A statement inside `transaction()` belongs to the transaction. A statement outside it commits
immediately and sees committed data. `models.db.transactions` has the transactions.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, aclosing
from importlib import import_module
from itertools import chain
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext

from models.db import deadline
from models.db.application import Application, current
from models.db.deadline import StatementEnd, characters
from models.db.new_ids import least_uuid7 as least_uuid7, uuid7 as uuid7
from models.db.transactions import (
    Conflict as Conflict,
    UniqueViolation as UniqueViolation,
    after_commit as after_commit,
    atomic as atomic,
    execute_at_commit,
    in_a_transaction as in_a_transaction,
    insert_at_commit as insert_at_commit,
    is_between_parts,
    note_changed as note_changed,
    transaction as transaction,
    transaction_part,
    transactional as transactional,
    wait_after_commit as wait_after_commit,
)

MODULES = ["models"]
MIGRATIONS = "models.migrations"
# A process imports only the driver that it uses, because each takes megabytes.
_ENGINES = {
    "sqlite": "models.db.sqlite.engine",
    "postgres": "models.db.postgres.engine",
    "postgresql": "models.db.postgres.engine",
}


class Row(Protocol):
    """A record. It has values by column name and by position, and iterates over them in order."""

    def __getitem__(self, key: str | int, /) -> Any: ...
    def keys(self) -> Iterable[str]: ...
    def __iter__(self) -> Any: ...
    def __len__(self) -> int: ...


_PORTION = 100
"""The number of rows that `fetch_texts` reads at a time."""


# Functions to call with the text of each statement. Tests use them to count statements.
statement_watchers: list[Callable[[str], None]] = []


def configuration(url: str, **options: Any) -> dict[str, Any]:
    """Returns Tortoise's configuration for a database URL (sqlite:///path, sqlite:////absolute/path or postgres://…).

    `options` are those of `connect`. Raises ValueError for another scheme, and for an option after the ``?`` that the
    driver does not support.
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
        names = {"wait_seconds": "wait_seconds", "pool_size": "maxsize", "tells_writes": "tells_writes"}
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
    tells_writes: bool = False,
) -> Application:
    """Begins an application on a database. The first statement connects, and raises connection errors.

    `pool_size` is the size of each of PostgreSQL's two connection pools: one for transactions, one for single
    statements. `wait_seconds` is the longest time that a statement waits for a connection, or for one of SQLite's
    `sqlite_readers` threads. `tells_writes` is needed in each process if any of them reads from replicas
    (`models.db.replicas`).
    """
    configured = configuration(
        url,
        pool_size=pool_size,
        wait_seconds=wait_seconds,
        sqlite_readers=sqlite_readers,
        sqlite_synchronous=sqlite_synchronous,
        tells_writes=tells_writes,
    )
    tortoise, scheme = TortoiseContext(), urlsplit(url).scheme
    with tortoise:
        await tortoise.init(config=configured)
    EXECUTOR_CACHE.clear()  # it has the INSERT statements of the previous connection, which can be another dialect's
    application = Application(
        tortoise,
        client=tortoise.db("default"),
        engine=import_module(_ENGINES[scheme]),
        is_postgres=scheme != "sqlite",
    )
    application.enter()
    return application


async def disconnect() -> None:
    """Ends the running application. The task has its previous one again."""
    application = current()
    try:
        await application.tortoise.close_connections()
    finally:
        application.leave()


def connection() -> BaseDBAsyncClient:
    """Returns Tortoise's client; inside a transaction, the client of the transaction."""
    return get_connection("default")


def is_postgres() -> bool:
    return current().is_postgres


def is_distributed() -> bool:
    """Returns whether the tables are distributed over the nodes of a Citus cluster."""
    return current().is_distributed


# ------------------------------------------------------------------ statements


def note_statement(sql: str, bounds: deadline.Deadline | None) -> StatementEnd | None:
    """Counts a statement of an operation. Returns the function to call when it has ended, if there is one."""
    for watch in statement_watchers:
        watch(sql)
    if bounds is None:
        return None
    bounds.statement_count += 1
    return None if bounds.on_statement is None else bounds.on_statement(sql)


async def fetch(sql: str, *args: Any, is_repeatable: bool = True) -> Sequence[Row]:
    """Returns the rows of a statement (RETURNING included). Raises Conflict, and the exceptions of
    `models.db.deadline`.

    If the connection is lost, the statement may run again. `is_repeatable=False` marks a single write outside a
    transaction: it never runs twice, and raises ResultUnknown.
    """
    application, bounds = current(), deadline.current()
    if in_a_transaction():
        if is_between_parts():
            async with transaction_part(rolls_back_alone=application.is_postgres):
                return await fetch(sql, *args)
        client = cast(Any, get_connection("default"))
        with application.engine.statement(note_statement(sql, bounds)):
            rows: Sequence[Row] = await application.engine.fetch(client._connection, sql, args)
    elif is_repeatable:
        reads = application.client.statements if bounds is None or bounds.reads is None else bounds.reads
        with application.engine.statement(note_statement(sql, bounds)):
            rows = await reads.fetch(sql, args)
    else:
        with application.engine.translated(note_statement(sql, bounds)):
            rows = await application.client.statements.fetch_written(sql, args)
            deadline.note_written()
    return rows


async def fetch_texts(sql: str, *args: Any, expected: int) -> Sequence[Row]:
    """Returns the rows of a statement whose texts have at most `expected` characters together.

    If that is more than the running operation may read (`Deadline.max_characters`), reads the rows in portions, and
    counts their characters. Raises TooMuchText, and the exceptions of `fetch`.
    """
    bounds = deadline.current()
    if bounds is None or bounds.max_characters is None or expected <= bounds.max_characters or in_a_transaction():
        return await fetch(sql, *args)
    application, rows = current(), list[Row]()
    with application.engine.translated(note_statement(sql, bounds)):
        async with aclosing(application.client.statements.portions(sql, args, _PORTION)) as portions:
            while True:
                with application.engine.statement():
                    portion = await anext(portions, None)
                if portion is None:
                    return rows
                bounds.count_characters(sum(map(characters, chain.from_iterable(portion))))
                rows += portion


async def fetch_reserved(sql: str, *args: Any) -> Sequence[Row]:
    """Returns the rows of a short statement, on a connection that no account's work can occupy.

    Token look-ups and readiness checks use it, since they must be fast on a busy server. Not inside a transaction.
    """
    application = current()
    with application.engine.statement(note_statement(sql, deadline.current())):
        return cast(Sequence[Row], await application.client.reserved.fetch(sql, args))


async def fetch_one(sql: str, *args: Any) -> Row | None:
    rows = await fetch(sql, *args)
    return rows[0] if rows else None


async def execute(sql: str, *args: Any) -> int:
    """Runs a statement without rows, and returns the number of changed rows. Raises the exceptions of `fetch`."""
    application = current()
    if is_between_parts():
        async with transaction_part(rolls_back_alone=application.is_postgres):
            return await execute(sql, *args)
    ended = note_statement(sql, deadline.current())
    if not in_a_transaction():
        with application.engine.translated(ended):
            return cast(int, await application.client.statements.execute(sql, args))
    with application.engine.statement(ended):
        return cast(int, await application.engine.execute(cast(Any, get_connection("default"))._connection, sql, args))


async def count_inserted(sql: str, *args: Any) -> int:
    """Runs an INSERT … ON CONFLICT without RETURNING, and returns the number of rows that it wrote.

    On Citus, the row count of an INSERT … SELECT … ON CONFLICT is the number of selected rows.
    """
    return len(await fetch(f"{sql} RETURNING 1", *args)) if is_postgres() else await execute(sql, *args)


async def execute_last(sql: str, *args: Any) -> None:
    """Runs a statement without rows that nothing in the running transaction needs, if possible with the COMMIT."""
    if not execute_at_commit(sql, args):
        await execute(sql, *args)
        return
    for watch in statement_watchers:
        watch(sql)


def statement() -> AbstractContextManager[None]:
    """Wraps a call of a driver: the operation's deadline interrupts it, and its exceptions become those of `fetch`."""
    return cast(AbstractContextManager[None], current().engine.statement())


async def try_lock(name: bytes) -> bool:
    """Takes a lock with this name until the transaction ends. Returns False if another transaction has it; never waits.

    On SQLite it always returns True, because there is one writer. Two names share a lock with a probability of
    1 in 2**64.
    """
    if not is_postgres():
        return True
    number = int.from_bytes(hashlib.sha256(name).digest()[:8], signed=True)
    row = await fetch_one("SELECT pg_try_advisory_xact_lock($1)", number)
    return row is not None and bool(row[0])


# ------------------------------------------------------------------ SQL that differs between the databases


def sql_in(term: str, placeholder: str, kind: str) -> str:
    """Returns the condition that a term is in a list parameter. `kind` is PostgreSQL's type of the term."""
    if is_postgres():
        return f"{term} = ANY({placeholder}::{kind}[])"
    return f"{term} IN (SELECT value FROM json_each({placeholder}))"


def rows_of(placeholder: str, alias: str, columns: Mapping[str, str]) -> str:
    """Returns a table for FROM, made of one parameter that is a list of dicts.

    `columns` maps names to PostgreSQL types. A join searches the joined table once for each row of this table. The
    LIMIT ensures this on SQLite. Without it, SQLite reads all rows of the joined table, and for each of them all rows
    of this table.
    """
    if is_postgres():
        definition = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        return f"json_to_recordset({placeholder}::json) AS {alias}({definition})"
    picked = ", ".join(f"json_extract(value, '$.{name}') AS {name}" for name in columns)
    return f"(SELECT {picked} FROM json_each({placeholder}) LIMIT -1) AS {alias}"


def rows_to_insert(placeholder: str, alias: str, columns: Mapping[str, str]) -> str:
    """Returns `rows_of` with $1 as the column `account_id`. On Citus, the account's node inserts them in one phase."""
    account, of = cast_to("$1", "uuid"), ""
    if is_distributed():
        account, of = "account.id", " JOIN account ON account.id = $1"
    return f"(SELECT {account} AS account_id, {alias}.* FROM {rows_of(placeholder, alias, columns)}{of}) AS {alias}"


def columns_of(alias: str, columns: Mapping[str, tuple[str, str]]) -> str:
    """Returns a table for FROM, made of one list parameter for each column. It is faster than `rows_of`.

    The lists have the same length. `columns` maps names to placeholders and PostgreSQL types. The table has an
    additional column `place`, which numbers the rows from 1.
    """
    if is_postgres():
        lists = ", ".join(f"{placeholder}::{kind}[]" for placeholder, kind in columns.values())
        return f"unnest({lists}) WITH ORDINALITY AS {alias}({', '.join(columns)}, place)"
    (first, (placeholder, _)), *others = columns.items()
    picked = "".join(f", json_extract({other}, '$[' || key || ']') AS {name}" for name, (other, _) in others)
    return f"(SELECT key + 1 AS place, value AS {first}{picked} FROM json_each({placeholder})) AS {alias}"


def with_account_id(rows: str, alias: str, account: str) -> str:
    """Returns a derived table for FROM: the rows of another table with an additional column `account_id`.

    A join by this column searches the best index once for each row. If a statement compares the account with a
    parameter instead, PostgreSQL estimates one row for an account that is newer than its statistics. It then reads all
    rows of that account for each row of this table. The OFFSET hides the parameter from the planner. On Citus, which
    must see the parameter, there is none.
    """
    if is_postgres():
        fence = "" if current().is_distributed else " OFFSET 0"
        return f"(SELECT {account}::uuid AS account_id, {alias}.* FROM {rows}{fence}) AS {alias}"
    return f"(SELECT {account} AS account_id, {alias}.* FROM {rows} LIMIT -1) AS {alias}"


def by_keys(table: str, column: str, kind: str = "uuid") -> str:
    """Returns a FROM clause: the rows of the account $1 in a table that have one of the keys in the list $2.

    The keys must be distinct. The planner searches by the keys even if the statement has a GROUP BY or ORDER BY.
    """
    keys = with_account_id(keys_with_position("$2", "keys", kind), "keys", "$1")
    tied = f"{table}.account_id = keys.account_id AND {table}.{column} = keys.key"
    return f"{keys} {lookup_join(table, tied + among(f'{table}.{column}', '$2', kind))}"


def among(term: str, placeholder: str, kind: str) -> str:
    """Returns a further condition of a join by keys on Citus: the term is in the list of the keys.

    Citus names the account in the join. Without this condition, the planner may compare all keys with all rows.
    """
    return f" AND {sql_in(term, placeholder, kind)}" if current().is_distributed else ""


def left_lookup_join(table: str, condition: str) -> str:
    """Returns a LEFT JOIN of at most one row that matches a condition, with one index search for each row on its left.

    With an ordinary join, PostgreSQL reads the whole of a large table for some thousand rows.
    """
    if is_postgres():
        return f"LEFT JOIN LATERAL (SELECT * FROM {table} WHERE {condition} LIMIT 1) AS {table} ON TRUE"
    return f"LEFT JOIN {table} ON {condition}"


def lookup_join(table: str, condition: str) -> str:
    """Returns a join that searches a table once for each row on its left.

    SQLite never reorders a CROSS JOIN. With an ordinary join and without statistics, SQLite assumes that an account has
    about ten rows, and reads all of them first.
    """
    return f"JOIN {table} ON {condition}" if is_postgres() else f"CROSS JOIN {table} ON {condition}"


def selective(condition: str) -> str:
    """Marks a condition that few rows match, so that SQLite uses its index instead of an index in page order."""
    return condition if is_postgres() else f"unlikely({condition})"


def elements_of(column: str, alias: str) -> str:
    """Returns a table for FROM with the strings of a list column, in the column `value`."""
    return f"unnest({column}) AS {alias}(value)" if is_postgres() else f"json_each({column}) AS {alias}"


def list_of(term: str) -> str:
    """Returns an aggregate: the values of all rows in the format of a list column, in no particular order."""
    return f"array_agg({term})" if is_postgres() else f"json_group_array({term})"


def keys_of(column: str, alias: str) -> str:
    """Returns a table for FROM with the keys of a JSON object, in the column `key`."""
    return f"jsonb_object_keys({column}) AS {alias}(key)" if is_postgres() else f"json_each({column}) AS {alias}"


def by_rowid(table: str) -> str:
    """Returns a table for FROM, whose rows SQLite must not find by an index: a condition has their rowids."""
    return f'"{table}"' if is_postgres() else f'"{table}" NOT INDEXED'


def entries_of(column: str, alias: str) -> str:
    """Returns a table for FROM with the entries of a JSON object of texts, in the columns `key` and `value`."""
    if is_postgres():
        return f"jsonb_each_text({column}) AS {alias}(key, value)"
    return f"json_each({column}) AS {alias}"


def keys_with_position(placeholder: str, alias: str, kind: str) -> str:
    """Returns a table for FROM, made of a list parameter. Its columns are `key` and `place`, the position from 0."""
    if is_postgres():
        numbered = f"unnest({placeholder}::{kind}[]) WITH ORDINALITY AS given(key, number)"
        return f"(SELECT key, (number - 1)::integer AS place FROM {numbered}) AS {alias}"
    return f"(SELECT key AS place, value AS key FROM json_each({placeholder})) AS {alias}"


def selected_as(term: str, name: str, kind: str) -> str:
    """Returns a SELECT term whose type (uuid, timestamp, json or boolean) SQLite does not know from a column."""
    return f'{term} AS "{name}"' if is_postgres() else f'{term} AS "{name} [{kind}]"'


def cast_to(placeholder: str, kind: str) -> str:
    """Returns a parameter with a cast, for places where PostgreSQL can't infer its type."""
    return f"{placeholder}::{kind}" if is_postgres() else placeholder


def for_update(alias: str = "") -> str:
    """Returns a clause that locks the selected rows until the transaction ends.

    It is empty on SQLite, whose transactions have the only write lock.
    """
    if not is_postgres():
        return ""
    return f" FOR UPDATE OF {alias}" if alias else " FOR UPDATE"


def locked_in_order(key: str, alias: str = "") -> str:
    """Returns a clause that locks the selected rows in the order of a key, which avoids deadlocks.

    The `+` prevents SQLite from using the key's index for the order, which would read every row of the account.
    """
    return f" ORDER BY {key}{for_update(alias)}" if is_postgres() else f" ORDER BY +{key}"


def skip_locked() -> str:
    """Returns a clause that locks the selected rows, and omits rows that another transaction has locked."""
    return " FOR UPDATE SKIP LOCKED" if is_postgres() else ""
