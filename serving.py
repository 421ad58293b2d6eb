"""The serving process.

`python -m muster serve` replaces itself with this program, so a server does not load the command line's libraries.
It reads its settings from the environment.
"""

import sys

import uvicorn

from server import configure_log, create_app, server_options
from settings import BadSettings, load
from web import workers
from web.shutdown import GracefulServer, run


def main() -> None:
    try:
        settings = load()
    except BadSettings as error:
        sys.exit(f"muster: {error}")
    configure_log(settings)
    config = uvicorn.Config(create_app(settings), workers=settings.workers, **server_options(settings))
    sys.exit(workers.serve(config) if settings.workers > 1 else run(GracefulServer(config)))


if __name__ == "__main__":
    main()
