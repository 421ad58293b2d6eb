"""Marks mutations that work outside the database, such as sending mail. `schema.root.mutation` sets the mark."""

from typing import Any, Final

import strawberry

from schema.execution.rows import definition_of

EXTERNAL_EFFECT: Final[dict[str, Any]] = {"external_effect": True}
"""Metadata of a mutation that writes nothing to the database. No transaction should stay open while it runs."""


def mutations_with_external_effects(schema: strawberry.Schema) -> frozenset[str]:
    mutation = schema._schema.mutation_type
    fields = mutation.fields if mutation else {}
    return frozenset(
        name for name, field in fields.items() if getattr(definition_of(field), "metadata", {}).get("external_effect")
    )
