"""The serving process.

`python -m muster serve` replaces itself with this program, so a server does not load the command line's libraries.
It reads its settings from the environment.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import uvicorn

from server import configure_log, create_app, server_options
from settings import BadSettings, Settings, load
from web import worker_processes
from web.shutdown import GracefulServer, run


def main() -> None:
    try:
        settings = load()
        configure_log(settings)
        with _workers_directory(settings) as directory:
            app = create_app(settings, workers_directory=directory)
            config = uvicorn.Config(app, workers=settings.workers, **server_options(settings))
            status = worker_processes.serve(config) if settings.workers > 1 else run(GracefulServer(config))
    except BadSettings as error:
        sys.exit(f"muster: {error}")
    sys.exit(status)


@contextmanager
def _workers_directory(settings: Settings) -> Iterator[Path | None]:
    """Returns a directory for the sockets of workers that have metrics; None if they are not needed."""
    if settings.workers == 1 or settings.metrics == "off":
        yield None
        return
    with TemporaryDirectory(prefix="muster-workers-") as directory:
        yield Path(directory)


if __name__ == "__main__":
    main()
