"""The backlog in the database as metrics. All processes share them, so they have no label of a worker."""

from collections.abc import Callable, Iterator
from datetime import datetime

import structlog
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from models.db.deadline import Deadline
from services.jobs import backlog
from services.jobs.backlog import Backlog, JobGroup
from web.logs import named

log = structlog.get_logger()

_SECONDS = 2.0
"""The time limit for the database's answer."""


class BacklogMetrics:
    """Reads the backlog. `has_webhooks` says whether the server sends events; otherwise they only wait to expire."""

    def __init__(self, *, clock: Callable[[], datetime], has_webhooks: bool) -> None:
        self._clock = clock
        self._has_webhooks = has_webhooks

    async def read(self) -> list[Metric]:
        """Returns the metrics. If the database does not answer, they are only `muster_database_up`, which is 0."""
        up = GaugeMetricFamily("muster_database_up", "1 if the database has answered these metrics, otherwise 0.")
        now = self._clock()
        try:
            with Deadline(_SECONDS):
                found = await backlog.read(now=now)
        except Exception as error:  # noqa: BLE001  # every exception of a driver means the same here
            log.warning("the backlog can't be read", exception=named(error))
            up.add_metric((), 0)
            return [up]
        up.add_metric((), 1)
        return [up, *self._metrics(found, now)]

    def _metrics(self, found: Backlog, now: datetime) -> Iterator[Metric]:
        yield _jobs("muster_jobs", "Jobs that are queued or running.", found.unfinished)
        yield _jobs("muster_jobs_finished_last_hour", "Jobs that finished within the last hour.", found.finished)
        age = GaugeMetricFamily(
            "muster_jobs_oldest_seconds", "Age of the oldest unfinished job.", labels=("kind", "state")
        )
        for each in found.unfinished:
            age.add_metric((each.kind, each.status), _seconds(now, each.oldest_at))
        yield age
        speed = GaugeMetricFamily("muster_job_rows_per_second", "Speed of the running jobs together.", labels=("kind",))
        for kind, number in found.rows_per_second.items():
            speed.add_metric((kind,), number)
        yield speed
        if self._has_webhooks:
            events = "Events that the webhook's receiver has not accepted yet."
            yield GaugeMetricFamily("muster_outbox_events", events, value=found.event_count)
            oldest = _seconds(now, found.oldest_event_at)
            yield GaugeMetricFamily("muster_outbox_oldest_seconds", "Age of the oldest of these events.", value=oldest)
        waiting = "Deliveries that wait for webhook endpoints of accounts."
        yield GaugeMetricFamily("muster_webhook_deliveries", waiting, value=found.delivery_count)
        oldest = _seconds(now, found.oldest_delivery_at)
        yield GaugeMetricFamily("muster_webhook_oldest_seconds", "Age of the oldest of these deliveries.", value=oldest)


def _jobs(name: str, text: str, groups: list[JobGroup]) -> Metric:
    jobs = GaugeMetricFamily(name, text, labels=("kind", "state"))
    for each in groups:
        jobs.add_metric((each.kind, each.status), each.count)
    return jobs


def _seconds(now: datetime, since: datetime | None) -> float:
    return 0.0 if since is None else max((now - since).total_seconds(), 0.0)
