"""The log: one line an event on standard error, for people or as JSON, with no personal data in it.

Exceptions are told by their types and the places in the code where they passed, never by their texts: those of drivers
and parsers carry the values that somebody sent. That holds for the libraries' log records, too.
"""

import asyncio
import logging
import sys
from collections.abc import Iterator
from errno import errorcode
from pathlib import Path
from traceback import walk_tb

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_ROOT = str(Path(__file__).parent.parent) + "/"
_LIBRARIES = "site-packages/"
_TOLD = ("sqlstate", "constraint_name", "sqlite_errorname")  # what a driver's error says about itself, not about values

log = structlog.get_logger()


def configure(*, level: str, is_json: bool) -> None:
    """Sends what we and the libraries log to standard error. The libraries are heard from WARNING up."""
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_texts,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer(serializer=lambda event, **_: orjson.dumps(event, default=str).decode())
        if is_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *before,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.root.handlers = [handler]
    logging.root.setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").addFilter(_is_not_about_a_socket)
    for name in ("muster", "server", "services", "web", "uvicorn"):
        logging.getLogger(name).setLevel(level.upper())
    # Below INFO uvicorn's WebSockets quote every frame: tokens, operations, answers.
    uvicorn = logging.getLogger("uvicorn")
    uvicorn.setLevel(max(uvicorn.level, logging.INFO))


def _is_not_about_a_socket(record: logging.LogRecord) -> bool:
    """uvicorn's lines about each WebSocket hold query strings."""
    return "WebSocket" not in str(record.msg) and not str(record.msg).startswith("connection ")


def without_texts(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """A processor: an exception's types and places in the stead of its traceback."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["exception"] = described(error)
    return event


def described(error: BaseException) -> str:
    """An exception's types and places, its origins first, as in a traceback."""
    return "\n".join(_described(error))


def named(error: BaseException) -> str:
    """An exception's type, and what it says about itself without quoting values."""
    facts = [f"{name}={value}" for name in _TOLD if (value := getattr(error, name, None))]
    if isinstance(error, OSError) and error.errno is not None:  # without the name of the file
        facts.append(f"errno={errorcode.get(error.errno)}")
    return f"{type(error).__module__}.{type(error).__qualname__}" + (f" ({', '.join(facts)})" if facts else "")


def log_what_tasks_raise(loop: asyncio.AbstractEventLoop) -> None:
    """asyncio's own report of an exception that nobody awaited quotes its text."""
    loop.set_exception_handler(lambda _, context: log.error("a task failed", exc_info=context.get("exception")))


def _described(error: BaseException) -> Iterator[str]:
    origin = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if origin is not None:
        yield from _described(origin)
    yield named(error)
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield from _described(part)
    for frame, line in walk_tb(error.__traceback__):
        yield f"  {_place(frame.f_code.co_filename)}:{line} {frame.f_code.co_qualname}"


def _place(path: str) -> str:
    _, is_library, place = path.rpartition(_LIBRARIES)
    return place if is_library else path.removeprefix(_ROOT)
