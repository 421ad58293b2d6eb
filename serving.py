"""The process that serves, of which there may be many: it holds no more in memory than serving takes.

`python -m muster serve` becomes it, and so leaves the command line's libraries behind; its settings are those of the
environment. Several workers are forks of it: what was loaded before they part, they share.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

# What libraries use where it happens to be installed, for things that a server never does with them: 15 MiB.
for _name in ("greenlet", "pydantic", "rich", "watchfiles"):
    sys.modules[_name] = None  # type: ignore[assignment]  # Python's own way to say that it can't be imported


class _NoCommandLine(ModuleType):
    """In the place of uvicorn.main: uvicorn's own command line, which its package would load, with click, and what
    supervises workers: 4 MiB. A release that asks more of it gets the module itself.
    """

    main = run = None

    def __getattr__(self, name: str) -> Any:
        if name == "Server":
            return import_module("uvicorn.server").Server
        if name.startswith("__"):
            raise AttributeError(name)
        sys.modules.pop(self.__name__, None)
        return getattr(import_module(self.__name__), name)


sys.modules["uvicorn.main"] = _NoCommandLine("uvicorn.main")

from contextlib import suppress

import uvicorn

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
            import_module("web.workers").serve(config)
        else:
            serve(uvicorn.Server(config))


def serve(server: uvicorn.Server) -> None:
    """Until it is told to stop. Raises SystemExit where it could not start."""
    server.run()
    if not server.started:
        sys.exit(1)


if __name__ == "__main__":
    main()
