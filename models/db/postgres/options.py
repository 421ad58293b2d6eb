"""The options of a PostgreSQL URL."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

_TLS = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


def _tls(text: str) -> str:
    if text not in _TLS:
        raise ValueError(f"one of {', '.join(_TLS)}")
    return text


_OPTIONS: Mapping[str, Callable[[str], Any]] = {
    "application_name": lambda text: {"application_name": text},
    "command_timeout": float,
    "max_cacheable_statement_size": int,
    "max_cached_statement_lifetime": int,
    "maxsize": int,
    "passfile": str,
    "ssl": _tls,
    "sslmode": _tls,
    "statement_cache_size": int,
    "target_session_attrs": str,
    "timeout": float,
}
_OTHER_NAMES = {"application_name": "server_settings", "sslmode": "ssl"}
_WANTED: Mapping[object, str] = {int: "a whole number", float: "a number"}


def options(query: str) -> dict[str, Any]:
    """Parses the query string of a database URL into asyncpg's arguments; `sslmode` is libpq's name for `ssl`.

    Raises ValueError with a predicate, which the caller appends to the name of the URL's setting.
    """
    found: dict[str, Any] = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        read = _OPTIONS.get(name)
        if read is None:
            raise ValueError(f"has the unknown option {name!r}; the options are {', '.join(_OPTIONS)}")
        try:
            found[_OTHER_NAMES.get(name, name)] = read(text)
        except ValueError as problem:
            raise ValueError(f"has {name}={text}: it must be {_WANTED.get(read, problem)}") from None
    return found
