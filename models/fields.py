"""Column types and relations of the models. Values in Python are the same on both databases."""

from typing import Any, TypeVar

import orjson
from tortoise import fields
from tortoise.fields.relational import ForeignKeyFieldInstance, ForeignKeyNullableRelation, ForeignKeyRelation
from tortoise.models import Model

M = TypeVar("M", bound=Model)


class TextListField(fields.JSONField[list[str]]):
    """A list of strings: TEXT[] on PostgreSQL, a JSON array on SQLite; a list in Python."""

    class _db_postgres:
        SQL_TYPE = "TEXT[]"

    def to_db_value(self, value: Any, instance: type[Model] | Model) -> Any:
        # A QuerySet's update passes no instance.
        from_sqlite = self.model._meta.db.capabilities.dialect == "sqlite"
        return orjson.dumps(value).decode() if from_sqlite and value is not None else value


def relation(model: type[M]) -> ForeignKeyRelation[M]:
    """Declares the relation `x` to the row of a model whose id is in the column `x_id`.

    The migrations define the foreign key. It also contains the account, unless the model is Account. The model gets no
    attribute for the other direction, because its query would not name the account.
    """
    return ForeignKeyFieldInstance(_reference(model), False, fields.NO_ACTION)


def nullable_relation(model: type[M]) -> ForeignKeyNullableRelation[M]:
    """Declares a relation like `relation`, whose column can be null."""
    return ForeignKeyFieldInstance(_reference(model), False, fields.NO_ACTION, null=True)


def _reference(model: type[Model]) -> str:
    return f"models.{model.__name__}"
