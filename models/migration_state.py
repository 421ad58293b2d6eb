"""Tells whether the database has every migration, without what brings it there: a server asks this and no more."""

from functools import cache
from pathlib import Path
from typing import cast

from models import database

_DIRECTORY = Path(__file__).parent / "migrations"


async def is_current() -> bool:
    """Whether the connected database has every migration. Raises what the driver raises where it can't be reached."""
    return _all() <= await applied()


def sqlite_path(url: str) -> Path | None:
    """Where the file of an SQLite database is, or will be once it is migrated; None for PostgreSQL."""
    if not url.startswith("sqlite:"):
        return None
    return Path(cast(str, database.configuration(url)["connections"]["default"]["credentials"]["file_path"]))


async def applied() -> set[str]:
    """The migrations that the connected database has."""
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
    """By the names of their files."""
    return frozenset(path.stem for path in _DIRECTORY.glob("[0-9]*.py"))
