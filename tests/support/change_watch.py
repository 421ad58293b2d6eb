"""Compares the change log with what statements really changed, as triggers of the database see it.

A service that changes a table and forgets `database.note_changed` fails the check.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from models.change import ChangeKind
from models.db import database


@dataclass(frozen=True)
class _Tracked:
    """A table whose rows are objects, or parts of the objects in `column`.

    `owners` maps the columns of a row to the tables whose deletion deletes the row.
    """

    table: str
    kind: ChangeKind
    column: str = "id"
    owners: tuple[tuple[str, str], ...] = ()


_OF_CONTACT: Final = ("contact_id", "contact")
_OF_CAMPAIGN: Final = ("campaign_id", "campaign")
_OF_LIST: Final = ("contact_list_id", "contact_list")
_TRACKED: Final = (
    _Tracked("account_user", ChangeKind.USER),
    _Tracked("contact_list", ChangeKind.CONTACT_LIST),
    _Tracked("campaign", ChangeKind.CAMPAIGN),
    _Tracked("campaign_list", ChangeKind.CAMPAIGN, "campaign_id", (_OF_CAMPAIGN, _OF_LIST)),
    _Tracked("campaign_segment", ChangeKind.CAMPAIGN, "campaign_id", (_OF_CAMPAIGN,)),
    _Tracked("contact", ChangeKind.CONTACT),
    _Tracked("contact_assignee", ChangeKind.CONTACT, "contact_id", (_OF_CONTACT,)),
    _Tracked("contact_list_member", ChangeKind.CONTACT, "contact_id", (_OF_CONTACT, _OF_LIST)),
    _Tracked("campaign_contact", ChangeKind.CAMPAIGN_CONTACT, "id", (_OF_CAMPAIGN, _OF_CONTACT)),
)
TABLES: Final = (*(tracked.table for tracked in _TRACKED), "opt_out")
"""The tables whose changes the log has."""
_EVENTS: Final = ("INSERT", "UPDATE", "DELETE")
_BEGIN_SQLITE: Final = "coalesce((SELECT max(position) FROM change), 0)"
"""The last position before a transaction: it inserts its rows with the COMMIT."""


_Row = tuple[Any, ...]
_ORDER: Final = "position, kind, object_id"


class ChangeWatch:
    """The changes since the last check. `count` is the number of those before it."""

    def __init__(self) -> None:
        self.count = self._known = 0

    async def forget(self) -> None:
        """Forgets the changes until now, for example those of rows that a test has made itself."""
        await database.execute("DELETE FROM watched_change")
        self._known = len(await logged())

    async def check(self, what: object = "") -> None:
        """Asserts that the log has one row for each changed object and transaction, and no others."""
        seen = [*map(tuple, await database.fetch(f"SELECT DISTINCT * FROM watched_change ORDER BY {_ORDER}"))]
        rows = await logged()
        new = rows[self._known :]
        if not database.is_postgres():
            starts = {row[0] for row in seen}
            new = sorted((max((at for at in starts if at < row[0]), default=0), *row[1:]) for row in new)
        assert (what, [*map(_named, new)]) == (what, [*map(_named, seen)])
        await database.execute("DELETE FROM watched_change")
        self.count, self._known = len(seen), len(rows)


async def logged() -> list[_Row]:
    return [*map(tuple, await database.fetch(f"SELECT {_ORDER} FROM change ORDER BY {_ORDER}"))]


def _named(row: _Row) -> tuple[int, str, str]:
    return row[0], ChangeKind(row[1]).name, str(row[2])


@asynccontextmanager
async def watched_changes() -> AsyncIterator[ChangeWatch]:
    """Installs the triggers of a watch, and removes them at the end. Only the test may write meanwhile."""
    await database.execute("CREATE TABLE watched_change (position BIGINT, kind SMALLINT, object_id UUID)")
    for statement in _on_postgres() if database.is_postgres() else _on_sqlite():
        await database.execute(statement)
    watch = ChangeWatch()
    await watch.forget()
    yield watch
    if database.is_postgres():  # the next test uses the same database
        for name in ("watch", "watch_opt_out"):
            await database.execute(f"DROP FUNCTION {name}() CASCADE")
        await database.execute("DROP TABLE watched_change")


def _on_postgres() -> list[str]:
    insert = "INSERT INTO watched_change SELECT pg_current_xact_id()::text::bigint,"
    of_row = f"EXECUTE format('{insert} %s, %s FROM changed', TG_ARGV[0], TG_ARGV[1]);"
    of_opt_out = (
        f"{insert} {ChangeKind.OPT_OUT:d}, lpad(substr(phone, 2), 32, '0')::uuid FROM changed; "
        f"{insert} {ChangeKind.CONTACT:d}, c.id FROM changed JOIN contact c USING (account_id, phone);"
    )
    return [
        _function("watch", of_row),
        _function("watch_opt_out", of_opt_out),
        *(
            _trigger(tracked.table, event, f"watch({tracked.kind:d}, '{tracked.column}')")
            for tracked in _TRACKED
            for event in _EVENTS
        ),
        *(_trigger("opt_out", event, "watch_opt_out()") for event in _EVENTS),
    ]


def _function(name: str, body: str) -> str:
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF EXISTS (SELECT FROM changed) THEN {body} END IF; RETURN NULL; END $$"
    )


def _trigger(table: str, event: str, call: str) -> str:
    """Returns a trigger that runs once for each statement, but not for what a foreign key deletes."""
    return (
        f"CREATE TRIGGER watch_{event.lower()} AFTER {event} ON {table} "
        f"REFERENCING {'OLD' if event == 'DELETE' else 'NEW'} TABLE AS changed "
        f"FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION {call}"
    )


def _on_sqlite() -> list[str]:
    statements: list[str] = []
    for event in _EVENTS:
        row = "old" if event == "DELETE" else "new"
        for tracked in _TRACKED:
            alive = " AND ".join(
                f"EXISTS (SELECT 1 FROM {owner} WHERE account_id = old.account_id AND id = old.{column})"
                for column, owner in (tracked.owners if event == "DELETE" else ())
            )
            inserted = f"INSERT INTO watched_change VALUES ({_BEGIN_SQLITE}, {tracked.kind:d}, {row}.{tracked.column});"
            statements.append(_sqlite_trigger(tracked.table, event, inserted, alive and f"WHEN {alive}"))
        digits = f"printf('%032d', CAST(substr({row}.phone, 2) AS INTEGER))"
        parts = ", ".join(f"substr({digits}, {first}, {length})" for first, length in _PARTS)
        number = f"printf('%s-%s-%s-%s-%s', {parts})"
        of_number = f"FROM contact WHERE account_id = {row}.account_id AND phone = {row}.phone"
        inserted = (
            f"INSERT INTO watched_change VALUES ({_BEGIN_SQLITE}, {ChangeKind.OPT_OUT:d}, {number}); "
            f"INSERT INTO watched_change SELECT {_BEGIN_SQLITE}, {ChangeKind.CONTACT:d}, id {of_number};"
        )
        statements.append(_sqlite_trigger("opt_out", event, inserted, ""))
    return statements


_PARTS: Final = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))


def _sqlite_trigger(table: str, event: str, inserted: str, condition: str) -> str:
    return f"CREATE TRIGGER watch_{table}_{event.lower()} AFTER {event} ON {table} {condition} BEGIN {inserted} END"
