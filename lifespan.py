"""Starts and stops the parts of a serving process: the database, the worker for jobs and the background tasks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from models.db import database, notifications
from models.db.replicas import WRITTEN_CHANNEL, replicas
from models.db.task_cancelling import cancel
from resolvers.webhooks.selections import event_selections
from schema.event_selection import EngineLimits
from schema.root import schema
from services import mail, planner_statistics
from services.accounts.authentication import FORGET_CHANNEL, callers, last_uses
from services.accounts.usage import usage
from services.audit import retention as audit_retention
from services.changes import retention as change_retention
from services.contacts import erasure
from services.events import recording as events
from services.job_tasks import TASKS
from services.jobs import progress as job_progress, queue as jobs, retention as job_retention
from services.jobs.worker import Worker
from services.lazy_module import LazyModule
from services.requests import uploads
from services.subscriptions.event_log import EVENT_CHANNEL
from services.subscriptions.feed import feed
from services.subscriptions.registry import INTEREST_CHANNEL, interest
from services.webhooks import limits, recording as webhook_recording
from settings import Settings
from web import logs, upkeep
from web.asgi_app import Muster
from web.credentials.callers import Credentials
from web.health import Readiness
from web.shutdown import set_on_signal
from web.webhooks import running as webhooks
from web.webhooks.operator import WebhookTarget

if TYPE_CHECKING:
    from web import tracing
    from web.metrics import page as metrics_page
else:
    tracing = LazyModule("web.tracing")
    metrics_page = LazyModule("web.metrics.page")

log = structlog.get_logger("server")


@asynccontextmanager
async def lifespan(
    app: Muster, settings: Settings, readiness: Readiness, credentials: Credentials, stopping: asyncio.Event
) -> AsyncIterator[None]:
    """Connects the database and starts the background tasks. Stops them in reverse order, each even if one raises."""
    logs.log_what_tasks_raise(asyncio.get_running_loop())
    async with AsyncExitStack() as stopped:
        app.application = await database.connect(settings.database_url, **settings.database_options)
        stopped.push_async_callback(database.disconnect)
        mail.configure(settings.smtp_url, sender=settings.mail_from)
        job_retention.configure(days=settings.job_retention_days)
        events.configure(has_webhook=settings.webhook_url is not None)
        change_retention.configure(days=settings.changes_days)
        audit_retention.configure(days=settings.audit_retention_days)
        erasure.configure(is_keeping_messages=settings.keep_messages_after_purge)
        _configure_webhooks(settings)
        callers().seconds, callers().look_up_seconds = settings.token_cache_seconds, settings.operation_timeout
        stopped.push_async_callback(last_uses().finish)
        usage().start()
        stopped.push_async_callback(usage().stop)
        stopped.push_async_callback(credentials.close)
        worker = Worker(TASKS, clock=app.clock, size=settings.jobs, retry_for=timedelta(hours=settings.job_retry_hours))
        if problem := await readiness.problem():
            log.warning("not ready to serve", reason=problem)
        worker.start()
        stopped.push_async_callback(worker.stop)
        planner_statistics.accounts().start()
        stopped.push_async_callback(planner_statistics.accounts().stop)
        feed().start(app.clock)
        stopped.push_async_callback(feed().stop)
        listener = _listener(worker, url=settings.listen_url, has_replicas=bool(settings.read_url))
        stopped.push_async_callback(replicas().stop)
        await replicas().start(settings.read_url, settings.replica_options, listener)
        listener.start()
        stopped.push_async_callback(listener.stop)
        target, base_url = _webhook_target(settings), settings.public_url or ""
        await stopped.enter_async_context(webhooks.sending(schema, target, clock=app.clock, base_url=base_url))
        purging = asyncio.create_task(upkeep.purge_daily(readiness, clock=app.clock))
        stopped.push_async_callback(cancel, purging)
        erasing = asyncio.create_task(upkeep.erase_traces(clock=app.clock))
        stopped.push_async_callback(cancel, erasing)
        indexing = asyncio.create_task(upkeep.index_new_rows())
        stopped.push_async_callback(cancel, indexing)
        await asyncio.to_thread(uploads.remove_abandoned, settings.upload_directory, now=app.clock())
        upkeep.set_up_garbage_collection()
        if app.traces is not None:
            app.traces.start(is_postgres=app.application.is_postgres)
            stopped.push_async_callback(app.traces.stop)
        if app.metrics is not None:
            await stopped.enter_async_context(app.metrics.running(app.application))
            if settings.metrics_port is not None:
                await stopped.enter_async_context(
                    metrics_page.separate_port(
                        app.metrics, host=settings.host, port=settings.metrics_port, is_shared=settings.workers > 1
                    )
                )
        with set_on_signal(stopping):
            yield


def _listener(worker: Worker, *, url: str | None, has_replicas: bool) -> notifications.Listener:
    """Returns the listener that passes notifications of other processes to the parts of this application."""
    cache, subscriptions = callers(), interest()
    return notifications.Listener(
        {
            FORGET_CHANNEL: lambda _: cache.forget(),
            jobs.QUEUED_CHANNEL: lambda _: worker.wake(),
            jobs.CHANGED_CHANNEL: job_progress.changes().notify,
            INTEREST_CHANNEL: lambda _: subscriptions.mark_stale(),
            EVENT_CHANNEL: feed().wake,
            **({WRITTEN_CHANNEL: replicas().note} if has_replicas else {}),
        },
        url=url,
    )


def _configure_webhooks(settings: Settings) -> None:
    webhook_recording.configure(settings.webhook_events if settings.webhook_url else ())
    limits.configure(
        allows_private=settings.webhook_allow_private,
        concurrent_requests=settings.webhook_concurrent_requests,
        requests_per_second=settings.webhook_requests_per_second,
    )
    event_selections().limits = EngineLimits(
        compiled=settings.compiled,
        max_characters=settings.max_query_characters,
        max_tokens=settings.max_query_tokens,
        max_answer_characters=settings.max_answer_characters,
        max_cost=settings.max_cost,
    )


def _webhook_target(settings: Settings) -> WebhookTarget | None:
    if settings.webhook_url is None:
        return None
    return WebhookTarget(
        url=settings.webhook_url, keys=settings.webhook_keys, may_be_private=settings.webhook_allow_private
    )
