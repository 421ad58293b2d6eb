"""Column types that Tortoise lacks. Their Python values are the same on both databases."""

from typing import Any

import orjson
from tortoise import fields
from tortoise.models import Model


class TextListField(fields.JSONField[list[str]]):
    """A list of strings: TEXT[] on PostgreSQL, a JSON array on SQLite; a list in Python."""

    class _db_postgres:
        SQL_TYPE = "TEXT[]"

    def to_db_value(self, value: Any, instance: type[Model] | Model) -> Any:
        from_sqlite = instance._meta.db.capabilities.dialect == "sqlite"
        return orjson.dumps(value).decode() if from_sqlite and value is not None else value
