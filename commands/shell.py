"""The Python shell of `python -m muster shell`: its statements can use `await`, and the database is connected."""

import ast
import asyncio
import importlib
import signal
import sys
from code import InteractiveConsole
from concurrent.futures import CancelledError
from contextlib import suppress
from types import CodeType, FunctionType
from typing import Any
from uuid import UUID

import models
from commands.running import run
from models.db import database
from schema.ids import decode

_BANNER = f"""Python {sys.version.split()[0]} with Muster's models and `await`:
    account_id = uuid_of("acc_…")
    await Contact.filter(account_id=account_id).count()
Name the account in each query. Nothing here checks rules or informs subscribers and webhooks. Ctrl-D ends the shell."""


def shell() -> None:
    """Open a Python shell with the database connected, the models imported, and `await` at its top level.

    For example: await Contact.filter(account_id=uuid_of("acc_…")).limit(5)

    Statements can also come from a pipe or a file.
    """
    run(_interact)


def uuid_of(id: str) -> UUID:
    """Returns the UUID of an ID of the API, such as acc_…, for a column such as `account_id`."""
    return decode(id)[1]


async def _interact() -> None:
    names = {name: getattr(models, name) for name in models.__all__}
    console = _Console({**names, "asyncio": asyncio, "database": database, "uuid_of": uuid_of})
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, console.interrupt)
    if sys.stdin.isatty():
        with suppress(ImportError):
            importlib.import_module("readline")  # gives `input` line editing and a history
        await asyncio.to_thread(console.interact, _BANNER, "")
    else:
        sys.ps1 = sys.ps2 = ""
        await asyncio.to_thread(console.interact, "", "")


class _Console(InteractiveConsole):
    """A console that reads in its own thread, and runs statements on the event loop that makes it."""

    def __init__(self, names: dict[str, Any]) -> None:
        super().__init__(names)
        self.compile.compiler.flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        self._loop = asyncio.get_running_loop()
        self._running: asyncio.Task[Any] | None = None

    def runcode(self, code: CodeType) -> None:
        try:
            ended = asyncio.run_coroutine_threadsafe(self._run(FunctionType(code, self.locals)), self._loop).result()
        except CancelledError:
            self.write("KeyboardInterrupt\n")
        except Exception:  # noqa: BLE001  # any error of a statement is shown
            self.showtraceback()
        else:
            if ended is not None:
                raise ended

    async def _run(self, statement: FunctionType) -> SystemExit | None:
        """Runs a statement. Returns the exception of `exit()`, which would end the loop before the database closes."""
        self._running = asyncio.current_task()
        try:
            awaited = statement()
            if asyncio.iscoroutine(awaited):
                await awaited
        except SystemExit as ended:
            return ended
        return None

    def interrupt(self) -> None:
        """Cancels the running statement."""
        if self._running is not None:
            self._running.cancel()
