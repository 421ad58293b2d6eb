"""Storage format of values in SQLite: text that sorts like the values.

UUIDs are in canonical form, instants are in UTC, and lists and objects are JSON.
"""

from datetime import datetime
from typing import Any, Final

import orjson
from asyncpg.pgproto import pgproto

_UNCHANGED: Final = frozenset((str, int, float, bytes, bool, type(None)))
_UUIDS: Final = {pgproto.UUID}


def to_parameter(value: Any) -> Any:
    """Returns a Python value in SQLite's storage format: text for UUIDs, instants (UTC), lists and objects (JSON)."""
    kind = value.__class__
    if kind in _UNCHANGED:
        return value
    if kind is pgproto.UUID:  # the class of most UUIDs
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if kind is list and set(map(type, value)) == _UUIDS:
        return '["' + '","'.join(map(str, value)) + '"]'
    if isinstance(value, list | tuple | dict):
        return orjson.dumps(value, default=_json_default, option=orjson.OPT_PASSTHROUGH_DATETIME).decode()
    return str(value)


def _json_default(value: Any) -> Any:
    return value.isoformat(" ") if isinstance(value, datetime) else str(value)
