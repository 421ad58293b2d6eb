"""Records which shards of a Citus cluster the statements of the program touch."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from models.db import database
from models.db.postgres import connection, engine

_SHARD = re.compile(r"_(\d{6,})\b")
_LOGGED = "SET citus.log_remote_commands = on; SET client_min_messages = log"
_PLACES = """
SELECT s.shardid, s.shardminvalue FROM pg_dist_shard s JOIN pg_dist_partition p USING (logicalrelid)
WHERE p.partmethod = 'h'
"""


class Fans:
    """The shards that connections opened after `watching` have asked. Shards of one place have the same number.

    `asked` has what was sent to other nodes since the last `counted` began.
    """

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._places: dict[int, str] = {}

    async def learn(self) -> None:
        """Reads the places of the shards."""
        self._places = {row["shardid"]: row["shardminvalue"] for row in await database.fetch(_PLACES)}

    @contextmanager
    def counted(self) -> Iterator[set[str]]:
        """Yields a set; after the block it has the places that the statements of the block touched."""
        self.asked.clear()
        touched: set[str] = set()
        yield touched
        for text in self.asked:
            touched |= {self._places[int(number)] for number in _SHARD.findall(text) if int(number) in self._places}

    async def watch(self, new: Any, before: Any) -> None:
        await before(new)
        await new.execute(_LOGGED)
        new.add_log_listener(lambda _, message: self.asked.append(message.message))


def watching(monkeypatch: pytest.MonkeyPatch) -> Fans:
    """Makes each new connection report what it asks other nodes."""
    fans, before = Fans(), connection.prepare
    monkeypatch.setattr(engine, "prepare", lambda new: fans.watch(new, before))
    return fans


async def heard() -> None:
    """Lets the listeners of connections run."""
    await asyncio.sleep(0.01)
