"""Migration operations of the change log."""

from typing import Final

from tortoise.migrations.operations import TortoiseOperation
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import State

# Differs after a restore, on another cluster, and after a failover, whose new primary may lack the latest commits.
_IDENTITY: Final = """
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
_TRIGGER_TABLES: Final = (
    *("account_user", "contact_list", "campaign", "campaign_list", "campaign_segment", "contact", "contact_assignee"),
    *("contact_list_member", "campaign_contact", "opt_out"),
)
_EVENTS: Final = ("insert", "update", "delete")


class _Statements(TortoiseOperation):
    """Runs statements, which are different for each database."""

    reversible = False

    def describe(self) -> str:
        return type(self).__name__

    def statements(self, *, is_sqlite: bool) -> list[str]:
        raise NotImplementedError

    async def database_forward(
        self, app_label: str, old_state: State, new_state: State, state_editor: BaseSchemaEditor | None = None
    ) -> None:
        if state_editor is None:
            return
        for statement in self.statements(is_sqlite=state_editor.client.capabilities.dialect == "sqlite"):
            await state_editor.client.execute_query(statement)


class CreateChangeIdentity(_Statements):
    """Creates PostgreSQL's function with the identity of the log."""

    def statements(self, *, is_sqlite: bool) -> list[str]:
        return [] if is_sqlite else [_IDENTITY]


class DropChangeTriggers(_Statements):
    """Drops the triggers that wrote the log before the statements of the services did."""

    def statements(self, *, is_sqlite: bool) -> list[str]:
        if is_sqlite:
            return [f"DROP TRIGGER IF EXISTS {table}_change_{event}" for table in _TRIGGER_TABLES for event in _EVENTS]
        triggers = [
            f"DROP TRIGGER IF EXISTS change_{event} ON {table}" for table in _TRIGGER_TABLES for event in _EVENTS
        ]
        functions = ("note_id", "note_contact_id", "note_campaign_id", "note_opt_out")
        return [*triggers, *(f"DROP FUNCTION IF EXISTS {name}()" for name in functions)]
