"""The triggers that write the change log, so that every statement that changes an object is recorded.

On PostgreSQL a trigger runs once for a statement, and writes one row for each object and transaction. On SQLite it runs
for each row. If the deletion of an owner cascades, the triggers write nothing, because the owner has a change. A
migration that recreates one of the tables must run `RecordChanges` again.
"""

from dataclasses import dataclass

from tortoise.migrations.operations import TortoiseOperation
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import State

from models.change import ChangeKind


@dataclass(frozen=True)
class _Tracked:
    """A table whose rows are objects, or parts of the objects in `column`.

    `owners` maps the columns of a row to the tables whose deletion deletes the row.
    """

    table: str
    kind: ChangeKind
    column: str = "id"
    owners: tuple[tuple[str, str], ...] = ()


_OF_CONTACT = ("contact_id", "contact")
_OF_CAMPAIGN = ("campaign_id", "campaign")
_OF_LIST = ("contact_list_id", "contact_list")
_TRACKED = (
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
# An opt-out has no id. The log has a UUID with the digits of its number. An opt-out also changes its contacts.
_OPT_OUTS = "opt_out"
_EVENTS = ("INSERT", "UPDATE", "DELETE")


class RecordChanges(TortoiseOperation):
    """Creates the triggers of all tables, or replaces them."""

    reversible = False

    def describe(self) -> str:
        return "Record changes"

    async def database_forward(
        self, app_label: str, old_state: State, new_state: State, state_editor: BaseSchemaEditor | None = None
    ) -> None:
        if state_editor is None:
            return
        is_sqlite = state_editor.client.capabilities.dialect == "sqlite"
        for statement in _on_sqlite() if is_sqlite else _on_postgres():
            await state_editor.client.execute_query(statement)


# ------------------------------------------------------------------ PostgreSQL


# Differs after a restore, on another cluster, and after a failover, whose new primary may lack the latest commits.
_IDENTITY = """
CREATE OR REPLACE FUNCTION change_identity() RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    identity text := 'change'::regclass::oid::text;
BEGIN
    IF NOT pg_is_in_recovery() THEN
        identity := identity || '/' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8);
    END IF;
    RETURN identity || '/' || (SELECT system_identifier FROM pg_control_system());
EXCEPTION WHEN insufficient_privilege THEN
    RETURN identity;
END $$
"""


def _on_postgres() -> list[str]:
    functions = {f"note_{column}": _function(f"note_{column}", _insertion(column)) for column in _columns()}
    # The planner must look up the contacts by their number even if it thinks that the table is small.
    functions["note_opt_out"] = _function("note_opt_out", _OPT_OUT_INSERTIONS, "SET enable_seqscan = off")
    triggers = [
        statement
        for tracked in _TRACKED
        for event in _EVENTS
        for statement in _trigger(tracked.table, event, f"note_{tracked.column}({tracked.kind:d})")
    ]
    opt_outs = [statement for event in _EVENTS for statement in _trigger(_OPT_OUTS, event, "note_opt_out()")]
    return [*functions.values(), _IDENTITY, *triggers, *opt_outs]


def _columns() -> list[str]:
    return sorted({tracked.column for tracked in _TRACKED})


def _function(name: str, body: str, options: str = "") -> str:
    return (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql {options} AS $$ "
        f"BEGIN {body} RETURN NULL; END $$"
    )


def _insertion(column: str) -> str:
    return _insert(
        f"SELECT changed.account_id, TG_ARGV[0]::smallint AS kind, changed.{column} AS object_id FROM changed"
    )


def _insert(objects: str) -> str:
    return (
        "INSERT INTO change (account_id, position, kind, object_id, changed_at) SELECT o.account_id, "
        f"pg_current_xact_id()::text::bigint, o.kind, o.object_id, now() FROM ({objects}) o ON CONFLICT DO NOTHING;"
    )


_WITH_NUMBER = (
    "SELECT id FROM contact c WHERE c.account_id = changed.account_id AND c.phone = changed.phone AND c.deleted_at "
)
_OPT_OUT_INSERTIONS = _insert(
    f"SELECT changed.account_id, {ChangeKind.OPT_OUT:d} AS kind, lpad(substr(changed.phone, 2), 32, '0')::uuid "
    "AS object_id FROM changed"
) + _insert(
    f"SELECT changed.account_id, {ChangeKind.CONTACT:d} AS kind, c.id AS object_id FROM changed CROSS JOIN LATERAL "
    f"({_WITH_NUMBER} IS NULL UNION ALL {_WITH_NUMBER} IS NOT NULL OFFSET 0) c"
)


def _trigger(table: str, event: str, call: str) -> tuple[str, str]:
    name, rows = f"change_{event.lower()}", "OLD" if event == "DELETE" else "NEW"
    return (
        f"DROP TRIGGER IF EXISTS {name} ON {table}",
        f"CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {rows} TABLE AS changed "
        f"FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION {call}",
    )


# ------------------------------------------------------------------ SQLite


def _on_sqlite() -> list[str]:
    statements: list[str] = []
    for tracked in _TRACKED:
        for event in _EVENTS:
            row = _row(event)
            alive = [
                f"EXISTS (SELECT 1 FROM {owner} WHERE account_id = old.account_id AND id = old.{column})"
                for column, owner in (tracked.owners if event == "DELETE" else ())
            ]
            inserted = _sqlite_insert(row, tracked.kind, f"{row}.{tracked.column}")
            statements += _sqlite_trigger(tracked.table, event, inserted, " AND ".join(alive))
    for event in _EVENTS:
        row = _row(event)
        digits = f"CAST(substr({row}.phone, 2) AS INTEGER)"
        number = f"printf('00000000-0000-0000-%04d-%012d', {digits} / 1000000000000, {digits} % 1000000000000)"
        of_number = f"FROM contact WHERE account_id = {row}.account_id AND phone = {row}.phone AND deleted_at"
        inserted = _sqlite_insert(row, ChangeKind.OPT_OUT, number) + "".join(
            _sqlite_insert(row, ChangeKind.CONTACT, "id", f"{of_number} {state}")
            for state in ("IS NULL", "IS NOT NULL")
        )
        statements += _sqlite_trigger(_OPT_OUTS, event, inserted)
    return statements


def _row(event: str) -> str:
    return "old" if event == "DELETE" else "new"


def _sqlite_insert(row: str, kind: ChangeKind, object_id: str, source: str = "") -> str:
    """Returns an INSERT of one row, or of one for each row of a FROM clause."""
    values = f"{row}.account_id, {kind:d}, {object_id}, unixepoch()"
    rows = f"SELECT {values} {source}" if source else f"VALUES ({values})"  # VALUES is faster
    return f"INSERT INTO change (account_id, kind, object_id, changed_at) {rows}; "


def _sqlite_trigger(table: str, event: str, inserted: str, condition: str = "") -> tuple[str, str]:
    name, when = f"{table}_change_{event.lower()}", f" WHEN {condition}" if condition else ""
    return (
        f"DROP TRIGGER IF EXISTS {name}",
        f"CREATE TRIGGER {name} AFTER {event} ON {table}{when} BEGIN {inserted}END",
    )
