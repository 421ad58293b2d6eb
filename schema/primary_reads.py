"""Marks queries that must not read from a replica. `schema.root.query` sets the mark."""

from typing import Any, Final

import strawberry

from schema.execution.rows import definition_of

FROM_PRIMARY: Final[dict[str, Any]] = {"from_primary": True}
"""Metadata of a query whose answer would be wrong, rather than some seconds old, on a replica."""


def queries_from_primary(schema: strawberry.Schema) -> frozenset[str]:
    fields = schema._schema.query_type.fields if schema._schema.query_type else {}
    return frozenset(
        name for name, field in fields.items() if getattr(definition_of(field), "metadata", {}).get("from_primary")
    )
