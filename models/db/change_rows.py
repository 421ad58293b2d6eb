"""The rows of the change log that a transaction inserts with its COMMIT."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from time import time
from typing import Final, NamedTuple
from uuid import UUID

import orjson

_COLUMNS: Final = "account_id, kind, object_id, changed_at"
_FEW: Final = 10
"""Up to this many rows, SQLite inserts them one by one: JSON would take longer."""
OWN_POSITION: Final = "pg_current_xact_id()::text::bigint"
"""The position of the running transaction on PostgreSQL, as SQL. In VALUES, Citus asks the coordinator for it."""
_MOST_VALUES: Final = 100
"""For more rows, Citus would plan a statement with VALUES slowly."""


class Changed(NamedTuple):
    """Changed objects of one kind. If `staged` is set, the rows of this staged table are such objects, too."""

    account_id: UUID
    kind: int
    ids: Collection[UUID]
    staged: str | None = None


def united(changes: Iterable[Changed]) -> list[Changed]:
    """Returns the changes with each object once, sorted by account and kind."""
    ids: dict[tuple[UUID, int], dict[UUID, None]] = {}
    staged: dict[tuple[UUID, int], str] = {}
    for change in changes:
        key = change[:2]
        ids.setdefault(key, {}).update(dict.fromkeys(change.ids))
        if change.staged is not None:
            staged[key] = change.staged
    return [Changed(*key, of_key, staged.get(key)) for key, of_key in sorted(ids.items(), key=lambda item: item[0])]


def for_postgres(changes: Sequence[Changed], position: str, *, has_rows: bool) -> str:
    """Returns the statements without parameters, each with a semicolon. `position` is SQL.

    `has_rows`: the transaction may already have rows of these objects. Looking for them costs half of an insertion.
    """
    end = " ON CONFLICT DO NOTHING;" if has_rows else ";"
    return "".join(f"INSERT INTO change (position, {_COLUMNS}) {_rows(change, position)}{end}" for change in changes)


def has_few_rows(change: Changed) -> bool:
    """Returns whether VALUES inserts the rows. Citus then takes `OWN_POSITION` from the coordinator."""
    return change.staged is None and len(change.ids) <= _MOST_VALUES


def _rows(change: Changed, position: str) -> str:
    account, kind = f"'{change.account_id}'", int(change.kind)
    if has_few_rows(change):
        return "VALUES " + ", ".join(f"({position}, {account}, {kind}, '{id}', now())" for id in change.ids)
    given = f"unnest('{{{','.join(map(str, change.ids))}}}'::uuid[])"
    if change.staged is not None:
        source = f"(SELECT id FROM {change.staged} UNION SELECT {given}) AS o"
        return f"SELECT {position}, {account}, {kind}, o.id, now() FROM {source}"
    # Citus inserts rows of a table, such as of the account, on their node without a commit in two phases.
    source = f"account CROSS JOIN {given} AS o(id) WHERE account.id = {account}"
    return f"SELECT {position}, account.id, {kind}, o.id, now() FROM {source}"


def for_sqlite(changes: Sequence[Changed]) -> Iterator[tuple[str, list[list[object]]]]:
    """Yields statements, each with the parameters of all its executions."""
    now = int(time())
    if sum(len(change.ids) for change in changes) <= _FEW and not any(change.staged for change in changes):
        one = f"INSERT INTO change ({_COLUMNS}) VALUES (?1, ?2, ?3, ?4)"
        yield one, [[str(account), int(kind), str(id), now] for account, kind, ids, _ in changes for id in ids]
        return
    for account_id, kind, ids, staged in changes:
        given = "SELECT value AS id FROM json_each(?4)"
        source = given if staged is None else f"SELECT id FROM temp.{staged} UNION {given}"
        sql = f"INSERT INTO change ({_COLUMNS}) SELECT ?1, ?2, id, ?3 FROM ({source})"
        yield sql, [[str(account_id), int(kind), now, orjson.dumps([*map(str, ids)]).decode()]]
