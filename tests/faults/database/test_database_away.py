"""A server that can't reach its database logs one line for each failure and keeps running."""

import asyncio
import io

import orjson

from server import create_app
from settings import Settings


async def test_what_is_to_be_done_daily_waits_for_the_database(log: io.StringIO) -> None:
    app = create_app(Settings(database_url="postgres://nobody:secret@127.0.0.1:1/nothing", jobs=0))

    def told() -> list[str]:
        return [orjson.loads(line)["event"] for line in log.getvalue().splitlines()]

    async with app.router.lifespan_context(app), asyncio.timeout(60):
        while told().count("the database can't be reached") < 2:  # noqa: ASYNC110  # at startup and before the purge
            await asyncio.sleep(0.01)

    assert "not ready to serve" in told()
    assert "expired rows could not be deleted" not in told()
    assert "secret" not in log.getvalue()
