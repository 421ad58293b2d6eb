"""Root fields whose work is done outside the database, such as sending mail: declared beside them, in `schema.root`."""

from typing import Any, Final

import strawberry

from schema.execution.rows import definition_of

OUTSIDE: Final[dict[str, Any]] = {"outside": True}
"""The metadata of a mutation that writes nothing here: while it works, no transaction should be held for it."""


def mutations_outside(schema: strawberry.Schema) -> frozenset[str]:
    mutation = schema._schema.mutation_type
    fields = mutation.fields if mutation else {}
    return frozenset(
        name for name, field in fields.items() if getattr(definition_of(field), "metadata", {}).get("outside")
    )
