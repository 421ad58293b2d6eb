"""Commands that run until they are stopped: the server, the demo, and the separate worker for jobs."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
import uvicorn

import settings as environment
from commands import upkeep
from commands.running import console, fail, load_settings, now, run
from models.db import migration, notifications
from server import create_app, server_options
from services import planner_statistics
from services.demo import account as demo
from services.job_tasks import TASKS
from services.jobs import queue as jobs
from services.jobs.worker import Worker
from settings import Settings
from web import listening, shutdown

_ROOT = Path(__file__).parent.parent
_LOOPBACK = "127.0.0.1"
# These save memory. The log does not show the columns of tracebacks, and threads that share Python's lock need only one
# heap.
_LEAN = ("-X", "no_debug_ranges")
_LEAN_SETTINGS = {"MALLOC_ARENA_MAX": "1"}


def serve(
    host: Annotated[
        str | None, typer.Option(help="The address to listen on. Default: MUSTER_HOST, else 127.0.0.1.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="The port to listen on. Default: MUSTER_PORT, else 8000.")] = None,
    workers: Annotated[int | None, typer.Option(help="Number of processes. Default: MUSTER_WORKERS, else 1.")] = None,
) -> None:
    """Serve the API until stopped."""
    given = {"host": host, "port": port, "workers": workers}
    _check_address(load_settings(**given))
    chosen = {f"{environment.PREFIX}{name.upper()}": str(value) for name, value in given.items() if value is not None}
    # Replaces this process, so the server does not load the command line's libraries.
    command = [sys.executable, *_LEAN, str(_ROOT / "serving.py")]
    os.execve(sys.executable, command, _LEAN_SETTINGS | os.environ | chosen)


def demo_serve(
    port: Annotated[int | None, typer.Option(help="The port to listen on. Default: MUSTER_PORT, else 8000.")] = None,
) -> None:
    """Migrate, fill the demo account once, and serve it only to this machine. `make run` calls this."""
    settings = load_settings(host=_LOOPBACK, port=port, workers=1)
    _check_address(settings)
    run(lambda: migration.migrate(settings.database_url), is_migrated=False)
    secret = run(_prepare_demo)
    try:
        app = create_app(settings, demo_token=secret)
    except environment.BadSettings as error:
        fail(str(error), status=2)
    config = uvicorn.Config(app, **server_options(settings))
    raise typer.Exit(shutdown.run(_Announced(config, secret, has_console=settings.console)))


def _check_address(settings: Settings) -> None:
    if problem := listening.problem(settings.host, settings.port):
        fail(problem)


async def _prepare_demo() -> str:
    return await demo.new_token(account_id=await upkeep.fill(), now=now())


class _Announced(shutdown.GracefulServer):
    """A server that prints three lines as soon as it listens: a link to the console, its address and a token."""

    def __init__(self, config: uvicorn.Config, secret: str, *, has_console: bool) -> None:
        super().__init__(config)
        self._has_console = has_console
        self._secret = secret

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        if self.started:
            base = f"http://{self.config.host}:{self.config.port}"
            console_link = f"{base}/console#token={self._secret}\n" if self._has_console else ""
            print(f"{console_link}{base}/graphql\n{self._secret}", flush=True)


def work(
    size: Annotated[
        int | None, typer.Option("--jobs", min=1, help="Number of concurrent jobs. Default: MUSTER_JOBS, else 2.")
    ] = None,
) -> None:
    """Run jobs (imports, exports and others) in a process apart from the server, until stopped.

    Any number of these processes can run.
    """
    with suppress(KeyboardInterrupt):
        settings = load_settings()
        run(lambda: _work(settings, size or settings.jobs or 1))


async def _work(settings: Settings, size: int) -> None:
    worker = Worker(TASKS, clock=now, size=size, retry_for=timedelta(hours=settings.job_retry_hours))
    listener = notifications.Listener({jobs.QUEUED_CHANNEL: lambda _: worker.wake()}, url=settings.listen_url)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    listener.start()
    planner_statistics.accounts().start()
    worker.start()
    console.print(f"running jobs, at most {size} at once")
    try:
        await stopped.wait()
    finally:
        await worker.stop()
        await planner_statistics.accounts().stop()
        await listener.stop()
