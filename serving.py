"""The process that serves, of which there may be many: it holds no more in memory than serving takes.

`python -m muster serve` becomes it, and so leaves the command line's libraries behind; its settings are those of the
environment. Several workers are forks of it: what was loaded before they part, they share.
"""

import http
import logging
import sys
from importlib import import_module
from types import ModuleType
from typing import Any

# What libraries use where it happens to be installed, for things that a server never does with them: 15 MiB.
for _name in ("dateutil.tz.win", "greenlet", "pydantic", "rich", "watchfiles"):
    sys.modules[_name] = None  # type: ignore[assignment]  # Python's own way to say that it can't be imported


class _Late(ModuleType):
    """Stands for a module that a library imports for what a server seldom does: loaded once something of it is used."""

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
    """uvicorn's, of which its package takes the names: click and multiprocessing come with it, 3 MiB."""

    main = run = None

    def __getattr__(self, attribute: str) -> Any:
        return import_module("uvicorn.server").Server if attribute == "Server" else super().__getattr__(attribute)


_LateCommandLine("uvicorn.main")
# Pages of errors for developers, the names of HTTP's statuses, logging configured by files, archives: 1 MiB.
for _name in ("bz2", "html", "lzma"):
    _Late(_name)
http.client, logging.config = _Late("http.client"), _Late("logging.config")  # said with their packages

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
