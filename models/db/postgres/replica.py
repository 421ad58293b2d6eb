"""A streaming replica: its connections, its position, and whether it is used."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import asyncpg
import structlog

from models.db.deadline import Unavailable
from models.db.fair_slots import FairSlots
from models.db.postgres.connection import PostgresConnection
from models.db.postgres.engine import PostgresClient
from models.db.sharing import SharedCall

log = structlog.get_logger("replicas")

_LOOK_SECONDS: Final = 2.0
_SYSTEM: Final = "SELECT system_identifier FROM pg_control_system()"
_STATE: Final = "SELECT pg_is_in_recovery() AS is_replica, pg_last_wal_replay_lsn() AS position"
_SHORTEST_PAUSE: Final = 0.001
_LONGEST_PAUSE: Final = 0.02
_FAILURES: Final = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


class Replica:
    """A replica. It is used after `use`, until `leave_out`. It sets `woken` after a failure."""

    def __init__(self, client: PostgresClient, *, woken: asyncio.Event) -> None:
        self.name = f"{client.host}:{client.port}"
        self.is_used = False
        self.problem: str | None = "it was not asked yet"
        """Why the last look at it failed; None if it did not."""
        self.position = 0
        """It has replayed the log of the primary at least up to this position (LSN)."""
        self.behind_since: float | None = None
        """When the primary passed its position, on the event loop's clock; None if it is not behind."""
        self.lag_seconds = 0.0
        self.lag_bytes = 0
        self.statement_count = 0
        """The number of statements that it has answered."""
        self._client = client
        self._pool = client.statements.pool
        self._woken = woken
        self._system: int | None = None
        self._own: PostgresConnection | None = None
        self._ask = SharedCall(self._read_state)
        self._taking: set[asyncio.Timeout] = set()
        """Bounds of the callers that wait for a connection."""
        self._told_reason: str | None = None

    @property
    def slots(self) -> FairSlots:
        return self._pool.slots

    async def look(self, system: int) -> None:
        """Asks for its state. Sets `problem` if it does not answer, or is no replica of the system."""
        try:
            await self._ask()
        except (*_FAILURES, Unavailable) as error:
            self.problem = str(error) if isinstance(error, Unavailable) else f"it failed with {type(error).__name__}"
            self.position = 0
            self._end_connections()
        else:
            self.problem = None if self._system == system else "it is a replica of another system"

    async def replay_until(self, position: int) -> None:
        """Waits until it has replayed the log up to the position. Raises OSError and Unavailable."""
        pause = _SHORTEST_PAUSE
        while self.position < position:
            try:
                await self._ask()
            except _FAILURES as error:
                raise Unavailable("The replica does not answer.") from error
            if self.position < position:
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)

    async def fetch(self, sql: str, arguments: Sequence[Any]) -> Sequence[Any] | None:
        """Returns the rows of a statement, or None if the primary has to run it.

        Raises Unavailable if all connections are in use.
        """
        try:
            connection = await self._take()
        except _FAILURES:
            self._woken.set()
            return None
        try:
            rows = await connection.rows(sql, arguments)
        except BaseException as error:
            if isinstance(error, asyncpg.InternalClientError):
                connection.terminate()
            self._pool.recover(connection)
            if not isinstance(error, _FAILURES):
                raise
            self._woken.set()
            return None
        self._pool.put_back(connection)
        self.statement_count += 1
        return rows

    async def _take(self) -> PostgresConnection:
        """Returns a connection of the pool. Raises TimeoutError if the replica fails meanwhile."""
        async with asyncio.timeout(None) as bound:
            self._taking.add(bound)
            try:
                return await self._pool.take()
            finally:
                self._taking.discard(bound)

    def use(self) -> None:
        if not self.is_used:
            log.info("a replica is used", replica=self.name)
        self.is_used, self._told_reason = True, None

    def leave_out(self, reason: str) -> None:
        if reason != self._told_reason:
            log.warning("a replica is left out", replica=self.name, reason=reason)
        self.is_used, self._told_reason = False, reason

    async def close(self) -> None:
        if self._own is not None:
            await self._own.close()
        await self._client.close()

    async def _read_state(self) -> None:
        async with asyncio.timeout(_LOOK_SECONDS):
            if self._own is None or self._own.is_closed():
                self._own = await self._client.connect()
                self._system = await self._own.fetchval(_SYSTEM)
            [state] = await self._own.fetch(_STATE)
        if not state["is_replica"]:
            raise Unavailable("it is not a replica")
        self.position = state["position"] or 0

    def _end_connections(self) -> None:
        """Ends what waits for a server that does not answer. The primary then runs the statements."""
        if self._own is not None:
            self._own.terminate()
        self._pool.abort()
        now = asyncio.get_running_loop().time()
        for bound in self._taking:
            bound.reschedule(now)
