"""The log: one line for each event on standard error, as text or as JSON, without personal data.

An exception is logged with its type and its places in the code, never with its text, because the texts of drivers and
parsers contain values of requests. The same applies to the log records of libraries.
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
_TOLD = ("sqlstate", "constraint_name", "sqlite_errorname")  # attributes of drivers' errors that contain no values

log = structlog.get_logger()


def configure(*, level: str, is_json: bool) -> None:
    """Sends the logs of Muster and of libraries to standard error. Libraries log at WARNING and above."""
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
    # Below INFO, uvicorn's WebSockets log every frame with its tokens, operations and answers.
    uvicorn = logging.getLogger("uvicorn")
    uvicorn.setLevel(max(uvicorn.level, logging.INFO))


def _is_not_about_a_socket(record: logging.LogRecord) -> bool:
    """Filters out uvicorn's lines about each WebSocket, because they contain query strings."""
    return "WebSocket" not in str(record.msg) and not str(record.msg).startswith("connection ")


def without_texts(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """Processor that replaces the traceback of an exception by its types and places."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["exception"] = described(error)
    return event


def described(error: BaseException) -> str:
    """Returns the types and places of an exception and its causes, the original cause first, as in a traceback."""
    return "\n".join(_described(error))


def named(error: BaseException) -> str:
    """Returns an exception's type, with those of its attributes that contain no values."""
    facts = [f"{name}={value}" for name in _TOLD if (value := getattr(error, name, None))]
    if isinstance(error, OSError) and error.errno is not None:  # but not the name of the file
        facts.append(f"errno={errorcode.get(error.errno)}")
    return f"{type(error).__module__}.{type(error).__qualname__}" + (f" ({', '.join(facts)})" if facts else "")


def log_what_tasks_raise(loop: asyncio.AbstractEventLoop) -> None:
    """Logs exceptions of tasks that no code awaits. asyncio's own report would contain the exception's text."""
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
