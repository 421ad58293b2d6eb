"""Figures of this process: event loop lag, connections to the database, sockets, caches, memory and CPU."""

import asyncio
from collections.abc import Iterable, Iterator

from prometheus_client import Histogram
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector

from models.db.fair_slots import FairSlots
from models.db.replicas import Replicas
from schema.execution.parse.documents import Documents
from services.accounts.authentication import CallerCache
from services.webhooks.outcomes import AttemptCounts
from web.realtime.operation_stream import OperationStreams
from web.realtime.socket import GraphQLSocket

_EVERY_SECONDS = 0.5
_LAGS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_Figures = Iterable[tuple[tuple[str, ...], float]]


class EventLoopLag:
    """Measures by how much timers of the event loop are late."""

    def __init__(self) -> None:
        self._lag = Histogram(
            "muster_event_loop_lag_seconds",
            "Delay of a timer of the event loop, measured twice a second.",
            buckets=_LAGS,
            registry=None,
        )

    async def measure(self) -> None:
        """Measures until it is cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _EVERY_SECONDS
            await asyncio.sleep(_EVERY_SECONDS)
            self._lag.observe(max(loop.time() - due, 0.0))

    def collect(self) -> Iterator[Metric]:
        yield from self._lag.collect()


class ProcessFigures:
    """The gauges of this process. They are read when the metrics are, so they cost nothing before."""

    def __init__(self, documents: Documents, sockets: GraphQLSocket, streams: dict[str, OperationStreams]) -> None:
        """`streams` maps a transport to its operations."""
        self._documents = documents
        self._sockets = sockets
        self._streams = streams
        self.slots: dict[str, FairSlots] = {}
        """The connections of the running application."""
        self.callers: CallerCache | None = None
        """The callers of the running application."""
        self.attempts = AttemptCounts()
        """The attempts of the running application to deliver events to webhook endpoints."""
        self.replicas = Replicas()
        """The replicas of the running application."""
        self._process = ProcessCollector(registry=None)

    def collect(self) -> Iterator[Metric]:
        slots = self.slots
        yield _gauge(
            "muster_connections",
            "Connections to the database, or threads of SQLite: in use, and callers that wait for one.",
            ("pool", "state"),
            [
                ((pool, state), number)
                for pool, each in slots.items()
                for state, number in (("in_use", each.in_use), ("waiting", each.waiting))
            ],
        )
        yield _gauge(
            "muster_connections_limit",
            "The highest number of connections of a pool.",
            ("pool",),
            [((pool,), each.size) for pool, each in slots.items()],
        )
        yield _gauge("muster_sockets", "Open WebSockets.", (), [((), self._sockets.open_count)])
        yield _gauge(
            "muster_subscriptions",
            "Running subscriptions.",
            ("transport",),
            [((name,), len(each.subscriptions)) for name, each in self._streams.items()],
        )
        sizes = {"documents": len(self._documents), "tokens": 0 if self.callers is None else len(self.callers)}
        yield _gauge(
            "muster_cache_entries", "Entries of a cache.", ("cache",), [((name,), size) for name, size in sizes.items()]
        )
        memory = [(("documents",), self._documents.bytes)]
        yield _gauge("muster_cache_bytes", "Estimated memory of a cache.", ("cache",), memory)
        attempts = CounterMetricFamily(
            "muster_webhook_attempts", "Attempts to deliver an event to a webhook endpoint.", labels=("outcome",)
        )
        for outcome, count in self.attempts.by_outcome.items():
            attempts.add_metric((outcome,), count)
        yield attempts
        if self.replicas.all:
            yield from self._of_replicas()
        yield from self._process.collect()

    def _of_replicas(self) -> Iterator[Metric]:
        known = [((each.name,), each) for each in self.replicas.all]
        label = ("replica",)
        yield _gauge(
            "muster_replica_used",
            "1 if a replica answers queries, 0 if it is left out.",
            label,
            [(name, each.is_used) for name, each in known],
        )
        yield _gauge(
            "muster_replica_lag_seconds",
            "For how long the primary has been ahead of a replica.",
            label,
            [(name, each.lag_seconds) for name, each in known],
        )
        yield _gauge(
            "muster_replica_lag_bytes",
            "What a replica has not replayed yet of the primary's log.",
            label,
            [(name, each.lag_bytes) for name, each in known],
        )
        counts = CounterMetricFamily(
            "muster_replica_statements", "Statements that a replica has answered.", labels=label
        )
        for name, each in known:
            counts.add_metric(name, each.statement_count)
        yield counts


def _gauge(name: str, text: str, labels: tuple[str, ...], figures: _Figures) -> Metric:
    gauge = GaugeMetricFamily(name, text, labels=labels)
    for values, figure in figures:
        gauge.add_metric(values, figure)
    return gauge
