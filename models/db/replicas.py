"""Streaming replicas of PostgreSQL that answer queries.

An account reads its own writes, through any process. Each COMMIT tells all processes the position that its account has
written up to (`models.db.written`). Before a query, a process waits for the messages that were sent before, and then
for a replica that has replayed the log up to the account's position. If that takes too long, the primary answers.

A message can be lost with the connection that listens. A process that begins to listen asks the primary for its
position, and uses no replica that has not replayed the log up to it.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from random import random
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

import structlog

from models.db import database
from models.db.application import PerApplication, current
from models.db.deadline import Deadline, TemporaryFailure
from models.db.notifications import Listener
from models.db.task_cancelling import cancel
from models.db.written import WRITTEN_CHANNEL as WRITTEN_CHANNEL, parsed, telling

if TYPE_CHECKING:
    from models.db.postgres.replica import Replica

log = structlog.get_logger("replicas")

LOOK_EVERY_SECONDS: Final = 1.0
_PRIMARY_SECONDS: Final = 2.0
_PRIMARY: Final = (
    "SELECT pg_current_wal_insert_lsn() AS position, system_identifier, "
    "to_regclass('pg_dist_node') IS NOT NULL AS is_citus FROM pg_control_system()"
)
CITUS: Final = "MUSTER_READ_URL can't be used with Citus, because each of its nodes has a log of its own"


class UnsuitableDatabase(Exception):
    """The database can't have replicas that Muster reads from. The text is for the operator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaOptions:
    """The use of replicas. `wait_seconds` is the longest time that a query waits for a replica."""

    wait_seconds: float = 0.1
    max_lag_seconds: float = 10.0
    pool_size: int = 10
    connection_wait_seconds: float = 5.0


class _Sample(NamedTuple):
    """The position of the primary at an instant of the event loop's clock."""

    at: float
    position: int


class Replicas:
    """The replicas of an application. Without any, all reads go to the primary."""

    def __init__(self) -> None:
        self.all: list[Replica] = []
        self._options = ReplicaOptions()
        self._listener: Listener | None = None
        self._floor: int | None = None
        """All writes that are not in `_written` are before this position. None if messages may have been lost."""
        self._written: dict[UUID, int] = {}
        self._lost_count = 0
        self._samples: deque[_Sample] = deque()
        self._look_now = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self, urls: Sequence[str], options: ReplicaOptions, listener: Listener) -> None:
        """Starts looking after replicas. The listener calls `note`. Raises UnsuitableDatabase."""
        if not urls:
            return
        from models.db.postgres.replica import Replica  # noqa: PLC0415  # SQLite does not need the driver

        self._options, self._listener = options, listener
        sizes = {"pool_size": options.pool_size, "wait_seconds": options.connection_wait_seconds}
        primary = current().client
        self.all = [Replica(primary.of_other_server(url, **sizes), woken=self._look_now) for url in urls]
        try:
            await self._look()
        except TemporaryFailure as error:
            log.warning("replicas can't be looked at", error=type(error).__name__)
        except UnsuitableDatabase as error:
            log.error("replicas can't be used", reason=str(error))
            raise
        self._task = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        if self._task is not None:
            await cancel(self._task)
        for replica in self.all:
            await replica.close()

    def note(self, message: str) -> None:
        """Notes a message about a write, or with "" that messages may have been lost."""
        if message:
            account_id, position = parsed(message)
            self._written[account_id] = max(position, self._written.get(account_id, 0))
            return
        self._floor = None
        self._lost_count += 1
        self._written.clear()
        self._look_now.set()

    async def reads(self, account_id: UUID) -> "ReplicaReads | None":
        """Returns what reads from a replica that has all writes of the account; None to read from the primary."""
        usable = [replica for replica in self.all if replica.is_used]
        if not usable or self._listener is None:
            return None
        try:
            async with asyncio.timeout(self._options.wait_seconds):
                await self._listener.catch_up()
                if self._floor is None:
                    return None
                position = max(self._floor, self._written.get(account_id, 0))
                ready = [replica for replica in usable if replica.position >= position]
                if ready:
                    return ReplicaReads(min(ready, key=lambda each: (each.slots.in_use, random())))
                replica = max(usable, key=lambda each: each.position)
                await replica.replay_until(position)
        except (OSError, TemporaryFailure):  # TimeoutError is an OSError
            return None
        return ReplicaReads(replica)

    async def _watch(self) -> None:
        while True:
            try:
                async with asyncio.timeout(LOOK_EVERY_SECONDS):
                    await self._look_now.wait()
            except TimeoutError:
                pass
            self._look_now.clear()
            try:
                await self._look()
            except TemporaryFailure:
                continue  # without the primary, nothing is read
            except UnsuitableDatabase as error:
                log.error("replicas can't be used", reason=str(error))
                return
            except Exception as error:  # noqa: BLE001  # the next look may succeed
                log.warning("replicas can't be looked at", error=type(error).__name__)

    async def _look(self) -> None:
        """Asks the primary for its position, and then each replica for its own."""
        lost_count = self._lost_count
        with Deadline(_PRIMARY_SECONDS):
            [row] = await database.fetch_reserved(_PRIMARY)
        if row["is_citus"]:
            for replica in self.all:
                replica.leave_out(CITUS)
            raise UnsuitableDatabase(CITUS)
        now = asyncio.get_running_loop().time()
        self._samples.append(_Sample(now, row["position"]))
        if lost_count == self._lost_count and self._floor is None:
            self._floor = row["position"]
        self._forget(now)
        await asyncio.gather(*(self._look_at(replica, row["system_identifier"]) for replica in self.all))

    def _forget(self, now: float) -> None:
        """Forgets the writes that each replica in use has, because they are older than its lag may be."""
        while len(self._samples) > 1 and self._samples[1].at <= now - self._options.max_lag_seconds:
            self._samples.popleft()
        if self._floor is None or self._samples[0].at > now - self._options.max_lag_seconds:
            return
        self._floor = max(self._floor, self._samples[0].position)
        self._written = {account: position for account, position in self._written.items() if position > self._floor}

    async def _look_at(self, replica: "Replica", system: int) -> None:
        await replica.look(system)
        now = asyncio.get_running_loop().time()
        behind = [sample for sample in self._samples if sample.position > replica.position]
        if not behind:
            replica.behind_since = None
        elif replica.behind_since is None or len(behind) < len(self._samples):
            replica.behind_since = behind[0].at
        replica.lag_seconds = 0.0 if replica.behind_since is None else now - replica.behind_since
        replica.lag_bytes = max(self._samples[-1].position - replica.position, 0)
        if replica.problem is not None:
            replica.leave_out(replica.problem)
        elif replica.lag_seconds > self._options.max_lag_seconds:
            replica.leave_out("it is too far behind the primary")
        elif self._floor is not None and replica.position >= self._floor:
            replica.use()


class ReplicaReads:
    """Runs the reading statements of an operation on a replica, and on the primary from the first failure on."""

    def __init__(self, replica: "Replica") -> None:
        self._replica: Replica | None = replica

    async def fetch(self, sql: str, arguments: Sequence[Any]) -> Sequence[Any]:
        if self._replica is not None:
            rows = await self._replica.fetch(sql, arguments)
            if rows is not None:
                return rows
            self._replica = None
        found: Sequence[Any] = await current().client.statements.fetch(sql, arguments)
        return found


async def tell(account_id: UUID) -> None:
    """Makes sure that later reads of the account see at least the present state of the primary."""
    if database.is_postgres() and current().client.tells_writes:
        await database.fetch(telling(account_id).rstrip(";"))


replicas = PerApplication(Replicas)
