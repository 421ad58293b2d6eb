"""A schema with a description, which Strawberry neither accepts nor prints."""

from typing import Any

import strawberry
from graphql.utilities.print_schema import print_schema_definition


class DescribedSchema(strawberry.Schema):
    def __init__(self, *, description: str, **options: Any) -> None:
        super().__init__(**options)
        self._schema.description = description

    def as_str(self) -> str:
        """Returns the SDL, which starts with the description and the root types."""
        return f"{print_schema_definition(self._schema)}\n\n{super().as_str()}"

    __str__ = as_str
