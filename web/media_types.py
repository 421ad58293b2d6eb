"""Which media type an answer has: what the Accept header asks for (RFC 9110) of what GraphQL over HTTP offers."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
HTML = "text/html"
_EVENTS = "text/event-stream"


class _Wish(NamedTuple):
    """How much a media type is wanted, and whether it was named or only meant by a wildcard."""

    quality: float
    is_named: bool


@lru_cache(maxsize=256)
def for_answer(accept: bytes | None) -> str | None:
    """The type of an answer to a GraphQL request; None where neither is accepted.

    Without a header it is the type of the specification. A wildcard alone is for clients that don't know that one.
    """
    if not accept:
        return GRAPHQL
    wanted = accept.decode("latin-1")
    graphql, json = _wish(wanted, GRAPHQL), _wish(wanted, JSON)
    if not graphql.quality and not json.quality:
        return None
    return GRAPHQL if graphql > json or (graphql == json and graphql.is_named) else JSON


@lru_cache(maxsize=256)
def wants_page(accept: bytes | None, *, has_query: bool) -> bool:
    """Whether a GET is a person's who wants to see GraphiQL; with a query, only where HTML is asked for first."""
    if not accept:
        return not has_query
    wanted = accept.decode("latin-1")
    html, data = _wish(wanted, HTML), max(_wish(wanted, GRAPHQL), _wish(wanted, JSON))
    return html > data or (html == data and html.quality > 0 and not has_query)


@lru_cache(maxsize=256)
def wants_events(accept: bytes | None) -> bool:
    """Whether answers are to come as server-sent events: where that type is named, and no other is wanted more."""
    if not accept:
        return False
    wanted = accept.decode("latin-1")
    events = _wish(wanted, _EVENTS)
    return events.is_named and events >= max(_wish(wanted, GRAPHQL), _wish(wanted, JSON))


def _wish(accept: str, media_type: str) -> _Wish:
    """The most specific range that the type is in decides."""
    kind = media_type.partition("/")[0]
    wanted = dict(map(_range, accept.split(",")))
    for name in (media_type, f"{kind}/*", "*/*"):
        if name in wanted:
            return _Wish(wanted[name], name == media_type and wanted[name] > 0)
    return _Wish(0.0, False)


def _range(text: str) -> tuple[str, float]:
    name, *parameters = (part.strip().lower() for part in text.split(";"))
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            try:
                return name, min(max(float(value), 0.0), 1.0)
            except ValueError:
                return name, 0.0
    return name, 1.0


@lru_cache(maxsize=256)
def is_json(content_type: bytes) -> bool:
    """Whether a body of this type is JSON in UTF-8, the one encoding that JSON has."""
    name, *parameters = (part.strip().lower() for part in content_type.decode("latin-1").split(";"))
    charsets = [value.strip(' "') for key, _, value in map(_split, parameters) if key.strip() == "charset"]
    return name == JSON and all(charset in ("utf-8", "utf8") for charset in charsets)


@lru_cache(maxsize=256)
def is_multipart(content_type: bytes) -> bool:
    return content_type.partition(b";")[0].strip().lower() == b"multipart/form-data"


@lru_cache(maxsize=256)
def is_json_for_json(content_type: bytes | None, accept: bytes | None) -> bool:
    """Whether a request says that its body is JSON, and an answer in JSON is all that it can want."""
    if content_type is None or not is_json(content_type) or for_answer(accept) is None:
        return False
    return accept is None or _EVENTS.encode() not in accept.lower()


def _split(parameter: str) -> Sequence[str]:
    return parameter.partition("=")
