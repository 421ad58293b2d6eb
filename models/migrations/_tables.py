"""Migration operations that run DDL scripts, because Tortoise's models can't express composite keys."""

import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from tortoise.fields import NO_ACTION
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.migrations.migration import Migration
from tortoise.migrations.operations import AddField, CreateModel, DeleteModel, TortoiseOperation
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import State
from tortoise.models import Model

from models.db.sqlite.texts import statements
from models.db.sqlite.values import to_parameter
from search_key import search_key

_TYPES = {
    "postgres": {
        "uuid": "UUID",
        "text": 'TEXT COLLATE "C"',
        "time": "TIMESTAMPTZ",
        "json": "JSONB",
        "texts": "TEXT[]",
        "bool": "BOOLEAN",
        "bytes": "BYTEA",
    },
    "sqlite": {
        "uuid": "UUID",
        "text": "TEXT",
        "time": "TIMESTAMP",
        "json": "JSON",
        "texts": "JSON",
        "bool": "BOOLEAN",
        "bytes": "BLOB",
    },
}


def ddl(script: str, dialect: str) -> list[str]:
    """Returns the statements of a script for one database.

    ``{uuid}``, ``{text}``, ``{time}``, ``{json}``, ``{texts}`` (a list of strings), ``{bool}`` and ``{bytes}`` are
    placeholders for types. Lines between ``-- only postgres`` or ``-- only sqlite`` and the next ``-- both`` are only
    for that database.
    """
    lines: list[str] = []
    only = "both"
    for line in script.splitlines():
        if marker := re.fullmatch(r"-- (?:only )?(both|postgres|sqlite)", line.strip()):
            only = marker[1]
        elif only in ("both", dialect):
            lines.append(line)
    text = "\n".join(lines)
    for name, kind in _TYPES[dialect].items():
        text = text.replace("{" + name + "}", kind)
    return statements(text + "\n")


class ScriptMigration(Migration):
    """A migration whose scripts contain all changes of tables. Its operations get no state from before them.

    A copy of Tortoise's migration state for each operation would take most of the time of a new database.
    """

    async def apply(
        self,
        state: State,
        *,
        dry_run: bool = False,
        schema_editor: BaseSchemaEditor | None = None,
        collect_sql: bool = False,
    ) -> State:
        if schema_editor is None or dry_run or collect_sql:
            return await super().apply(state, dry_run=dry_run, schema_editor=schema_editor, collect_sql=collect_sql)
        for operation in self.operations:
            operation.state_forward(self.app_label, state)
            await self._run_database_forward(operation, state, state, schema_editor, supports_transactions=True)
        state.validate_relations_initialized()
        return state


class RunScript(TortoiseOperation):
    """Runs each DDL statement of a file beside the migrations, in the migration's transaction."""

    reversible = False

    def __init__(self, name: str) -> None:
        self.path = Path(__file__).parent / name

    def describe(self) -> str:
        return f"Run {self.path.name}"

    async def database_forward(
        self, app_label: str, old_state: State, new_state: State, state_editor: BaseSchemaEditor | None = None
    ) -> None:
        if state_editor is None:
            return
        dialect = state_editor.client.capabilities.dialect
        for statement in ddl(self.path.read_text(), "sqlite" if dialect == "sqlite" else "postgres"):
            await state_editor.client.execute_query(statement)


class FoldNames(TortoiseOperation):
    """Fills the column `name_key`, which a script has added. Neither database can fold every letter."""

    reversible = False

    def __init__(self, table: str) -> None:
        self.table = table

    def describe(self) -> str:
        return f"Fold the names of {self.table}"

    async def database_forward(
        self, app_label: str, old_state: State, new_state: State, state_editor: BaseSchemaEditor | None = None
    ) -> None:
        if state_editor is None:
            return
        client = state_editor.client
        is_sqlite = client.capabilities.dialect == "sqlite"
        marks = "???" if is_sqlite else ("$1", "$2", "$3")
        sql = "UPDATE {} SET name_key = {} WHERE account_id = {} AND id = {}".format(self.table, *marks)
        rows = await client.execute_query_dict(f"SELECT account_id, id, name FROM {self.table}")
        keys = [[row["account_id"], row["id"]] for row in rows]
        if is_sqlite:
            keys = [[to_parameter(id) for id in key] for key in keys]
        names = [_folded(row["name"]) for row in rows]
        await client.execute_many(sql, [[name, *key] for name, key in zip(names, keys, strict=True)])


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


SEARCH_TEXTS_AT_ONCE = 5_000


class FoldSearchTexts(TortoiseOperation):
    """Folds the search texts that are not ASCII, in steps, so that few of them are in memory."""

    reversible = False

    def describe(self) -> str:
        return "Fold the search texts of contacts"

    async def database_forward(
        self, app_label: str, old_state: State, new_state: State, state_editor: BaseSchemaEditor | None = None
    ) -> None:
        if state_editor is None:
            return
        client = state_editor.client
        update, rows_after, last = _SEARCH_TEXTS[client.capabilities.dialect]
        while rows := await client.execute_query_dict(f"{rows_after} LIMIT {SEARCH_TEXTS_AT_ONCE}", last):
            folded = [(search_key(row["search_text"]), row) for row in rows]
            changed = [[text, *list(row.values())[1:]] for text, row in folded if text != row["search_text"]]
            if changed:
                await client.execute_many(update, changed)
            last = list(rows[-1].values())[1:]


_SEARCH_TEXTS: dict[str, tuple[str, str, list[Any]]] = {
    "postgres": (
        "UPDATE contact SET search_text = $1 WHERE account_id = $2 AND id = $3",
        "SELECT search_text, account_id, id FROM contact WHERE (account_id, id) > ($1, $2) "
        "AND octet_length(search_text) <> length(search_text) ORDER BY account_id, id",
        [UUID(int=0), UUID(int=0)],
    ),
    "sqlite": (
        "UPDATE contact SET search_text = ? WHERE search_rowid = ?",
        "SELECT search_text, search_rowid FROM contact WHERE search_rowid > ? "
        "AND length(CAST(search_text AS BLOB)) <> length(search_text) ORDER BY search_rowid",
        [0],
    ),
}


class KnowModel(CreateModel):
    """Adds a model to Tortoise's migration state. A script creates the table."""

    async def database_forward(self, *_: Any, **__: Any) -> None:
        return None


class ForgetModel(DeleteModel):
    """Removes a model from Tortoise's migration state. A script drops the table."""

    async def database_forward(self, *_: Any, **__: Any) -> None:
        return None


class KnowField(AddField):
    """Adds a column to Tortoise's migration state. A script creates the column."""

    async def database_forward(self, *_: Any, **__: Any) -> None:
        return None


class KnowRelations(TortoiseOperation):
    """Replaces columns by relations in Tortoise's migration state. A relation `x` replaces the column `x_id`."""

    def __init__(self, relations: Mapping[str, Mapping[str, str]]) -> None:
        """`relations` maps the name of each model to its relations, and their names to those of the related models."""
        self.relations = relations

    def describe(self) -> str:
        return "Declare relations"

    def state_forward(self, app_label: str, state: State) -> None:
        for model, relations in self.relations.items():
            known = state.models[app_label, model].fields
            for name, related in relations.items():
                column = known.pop(f"{name}_id")
                relation: ForeignKeyFieldInstance[Model] = ForeignKeyFieldInstance(
                    f"{app_label}.{related}", False, NO_ACTION, null=column.null, source_field=f"{name}_id"
                )
                known[name] = relation
        state.reload_models(state.models)
