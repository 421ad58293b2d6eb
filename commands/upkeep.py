"""Commands for the whole database."""

from uuid import UUID

from commands.running import console, load_settings, now, run
from models.db import migration
from schema.ids import IdPrefix, encode
from services.demo import account as demo
from services.purging import registry as purges


def migrate() -> None:
    """Migrate the database to this version. Safe to repeat, and to run on several machines at once."""
    settings = load_settings()
    applied = run(lambda: migration.migrate(settings.database_url), is_migrated=False)
    console.print("\n".join(f"applied {name}" for name in applied) or "nothing to apply")


def purge() -> None:
    """Delete expired contacts, finished jobs, unused tags and other old rows. The server does this daily."""
    run(_purge)


async def _purge() -> None:
    for name in purges.PURGES:
        console.print(f"{name} purged: {await purges.purge(name, now=now())}")


def fill_demo() -> None:
    """Create and fill a demo account, once, and print its id."""
    print(encode(IdPrefix.ACCOUNT, run(fill)))


async def fill() -> UUID:
    with console.status("Filling the demo account"):
        return await demo.fill(now=now())
