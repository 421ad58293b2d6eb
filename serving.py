"""The server process. It keeps only the modules in memory that serving needs, because there can be many processes.

`python -m muster serve` replaces itself with this program, which drops the command line's libraries. The settings come
from the environment. Workers are forks of this process, and share the memory of modules imported before the fork.
"""

import http
import logging
import sys
from importlib import import_module
from types import ModuleType
from typing import Any

# Optional modules of libraries, for features that the server does not use. They take 15 MiB.
for _name in ("dateutil.tz.win", "greenlet", "pydantic", "rich", "watchfiles"):
    sys.modules[_name] = None  # type: ignore[assignment]  # None makes the import fail


class _Late(ModuleType):
    """Proxy that imports a module on first attribute access, for modules that a server rarely needs."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        sys.modules[name] = self

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), attribute)


class _LateCommandLine(_Late):
    """Proxy of uvicorn's command line, whose names uvicorn imports. It saves click and multiprocessing: 3 MiB."""

    main = run = None

    def __getattr__(self, attribute: str) -> Any:
        return import_module("uvicorn.server").Server if attribute == "Server" else super().__getattr__(attribute)


_LateCommandLine("uvicorn.main")
# Modules for developers' error pages, names of HTTP statuses, file-based logging configuration and archives: 1 MiB.
for _name in ("bz2", "html", "lzma"):
    _Late(_name)
http.client, logging.config = _Late("http.client"), _Late("logging.config")  # attributes of their packages, too

import uvicorn

from server import configure_log, create_app, server_options
from settings import BadSettings, load
from web.stopping import Server, run


def main() -> None:
    try:
        settings = load()
    except BadSettings as error:
        sys.exit(f"muster: {error}")
    configure_log(settings)
    config = uvicorn.Config(create_app(settings), workers=settings.workers, **server_options(settings))
    sys.exit(import_module("web.workers").serve(config) if settings.workers > 1 else run(Server(config)))


if __name__ == "__main__":
    main()
