"""Commands for `make check` and `make schema`."""

import asyncio

from commands.running import fail
from models.db import migration
from schema.root import schema


def print_schema() -> None:
    """Print the schema as SDL."""
    print(schema.as_str())


def drift() -> None:
    """Fail if the models and the migrations differ."""
    if differences := asyncio.run(migration.drift()):
        fail("the models and the migrations differ: " + "; ".join(differences))
