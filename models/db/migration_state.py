"""Tells whether the database has every migration. A server imports only this, not the code that applies them."""

from functools import cache
from pathlib import Path
from typing import cast

from models.db import database

_DIRECTORY = Path(__file__).parent.parent / "migrations"


async def is_current() -> bool:
    """Returns whether the connected database has every migration. Raises the driver's errors if it can't be reached."""
    return _all() <= await applied()


def sqlite_path(url: str) -> Path | None:
    """Returns the path of an SQLite database, which exists once it is migrated; None for PostgreSQL."""
    if not url.startswith("sqlite:"):
        return None
    return Path(cast(str, database.configuration(url)["connections"]["default"]["credentials"]["file_path"]))


async def applied() -> set[str]:
    """Returns the names of the migrations that the connected database has."""
    tables = (
        "SELECT count(*) FROM information_schema.tables WHERE table_name = 'tortoise_migrations'"
        if database.is_postgres()
        else "SELECT count(*) FROM sqlite_master WHERE name = 'tortoise_migrations'"
    )
    found = await database.fetch_one(tables)
    if found is None or not found[0]:
        return set()
    return {row["name"] for row in await database.fetch("SELECT name FROM tortoise_migrations")}


@cache
def _all() -> frozenset[str]:
    """Returns the names of all migrations, which are the names of their files."""
    return frozenset(path.stem for path in _DIRECTORY.glob("[0-9]*.py"))
