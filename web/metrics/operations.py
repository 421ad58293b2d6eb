"""Counts operations by name, type and outcome, with their time, price and statements."""

from collections.abc import Iterator
from typing import NamedTuple

from prometheus_client import Counter, Histogram
from prometheus_client.metrics_core import Metric

from models.db.deadline import Deadline
from web.http.operation_log import OperationFacts, Outcome

MOST_NAMES = 200
ANONYMOUS = "(anonymous)"
INVALID = "(invalid)"
OTHER = "other"
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class _Series(NamedTuple):
    ended: Counter
    seconds: Histogram
    cost: Counter
    statements: Counter


class OperationMetrics:
    """The metrics of operations. The names of trusted documents and the first 200 other names have their
    own series. Further names count as `other`.
    """

    def __init__(self) -> None:
        kinds = ("operation", "type")
        self._count = Counter(
            "muster_operations",
            "Operations that have ended, by outcome: ok, errors, refused, failed or disconnected.",
            (*kinds, "outcome"),
            registry=None,
        )
        self._seconds = Histogram(
            "muster_operation_seconds",
            "Time of operations, without waiting for a turn or for a job.",
            kinds,
            buckets=_SECONDS,
            registry=None,
        )
        self._cost = Counter("muster_operation_cost_points", "Price of operations in points.", kinds, registry=None)
        self._statements = Counter(
            "muster_operation_statements", "Database statements of operations.", kinds, registry=None
        )
        self._names: set[str] = set()
        self._series: dict[tuple[str, str, Outcome], _Series] = {}

    def note(self, facts: OperationFacts | None, deadline: Deadline, outcome: Outcome) -> None:
        """Counts an operation that has ended. `facts` is None if its text is not a valid operation."""
        key = (self._name(facts), "unknown" if facts is None else facts.operation.type.value, outcome)
        series = self._series.get(key)
        if series is None:
            name, kind, _ = key
            series = self._series[key] = _Series(
                self._count.labels(*key),
                self._seconds.labels(name, kind),
                self._cost.labels(name, kind),
                self._statements.labels(name, kind),
            )
        series.ended.inc()
        series.seconds.observe(deadline.used())
        series.cost.inc(0 if facts is None else facts.cost)
        series.statements.inc(deadline.statement_count)

    def _name(self, facts: OperationFacts | None) -> str:
        if facts is None:
            return INVALID
        name = facts.name
        if name is None:
            return ANONYMOUS
        if name not in self._names and not facts.is_trusted:
            if len(self._names) >= MOST_NAMES:
                return OTHER
            self._names.add(name)
        return name

    def collect(self) -> Iterator[Metric]:
        for each in (self._count, self._seconds, self._cost, self._statements):
            yield from each.collect()
