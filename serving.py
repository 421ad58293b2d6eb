"""The process that serves, of which there may be many: it holds no more in memory than serving takes.

`python -m muster serve` becomes it, and so leaves the command line's libraries behind; its settings are those of the
environment. Several workers are forks of it: what was loaded before they part, they share.
"""

import sys

# What libraries use where it happens to be installed, for things that a server never does with them: 15 MiB.
for _name in ("greenlet", "pydantic", "rich", "watchfiles"):
    sys.modules[_name] = None  # type: ignore[assignment]  # Python's own way to say that it can't be imported

import gc
import multiprocessing
from contextlib import suppress

import uvicorn
from uvicorn import _subprocess
from uvicorn.supervisors import Multiprocess

from server import configure_log, create_app, server_options
from settings import BadSettings, load


def main() -> None:
    try:
        settings = load()
    except BadSettings as error:
        sys.exit(f"muster: {error}")
    configure_log(settings)
    config = uvicorn.Config(create_app(settings), workers=settings.workers, **server_options(settings))
    with suppress(KeyboardInterrupt):
        if settings.workers > 1:
            _serve_by_several(config)
        else:
            serve(uvicorn.Server(config))


def serve(server: uvicorn.Server) -> None:
    """Until it is told to stop. Raises SystemExit where it could not start."""
    server.run()
    if not server.started:
        sys.exit(1)


def _serve_by_several(config: uvicorn.Config) -> None:
    """uvicorn's supervisor starts its workers anew, with all their imports: here they are forks."""
    _subprocess.spawn = multiprocessing.get_context("fork")  # type: ignore[assignment]
    config.load()
    gc.collect()
    gc.freeze()  # what is shared is not written to by looking for garbage
    Multiprocess(config, sockets=[config.bind_socket()]).run()


if __name__ == "__main__":
    main()
