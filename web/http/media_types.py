"""Content negotiation: selects an answer's media type by the Accept header (RFC 9110), as in GraphQL over HTTP."""

from collections.abc import Sequence
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
HTML = "text/html"
_EVENTS = "text/event-stream"


class Events(Enum):
    """The operations whose answers a client wants as server-sent events."""

    NONE = "none"
    SUBSCRIPTIONS = "subscriptions"
    """The client names JSON and events with the same quality, as urql does."""
    ALL = "all"


class _Wish(NamedTuple):
    """The quality of a media type, and whether the header names it or only a wildcard matches it."""

    quality: float
    is_named: bool


@lru_cache(maxsize=256)
def for_answer(accept: bytes | None) -> str | None:
    """Returns the media type of an answer to a GraphQL request; None if the client accepts neither.

    Without an Accept header it is the type of the specification. For a wildcard alone it is application/json, because
    such clients may not know the type of the specification.
    """
    if not accept:
        return GRAPHQL
    accepted = accept.decode("latin-1")
    graphql, json = _wish(accepted, GRAPHQL), _wish(accepted, JSON)
    if not graphql.quality and not json.quality:
        return None
    return GRAPHQL if graphql > json or (graphql == json and graphql.is_named) else JSON


@lru_cache(maxsize=256)
def wants_page(accept: bytes | None, *, has_query: bool) -> bool:
    """Returns whether a GET wants GraphiQL's page. With a query, HTML must be the most wanted type."""
    if not accept:
        return not has_query
    accepted = accept.decode("latin-1")
    html, data = _wish(accepted, HTML), max(_wish(accepted, GRAPHQL), _wish(accepted, JSON))
    return html > data or (html == data and html.quality > 0 and not has_query)


@lru_cache(maxsize=256)
def wanted_events(accept: bytes | None) -> Events:
    """Returns which answers the client wants as events. It must name the type of events."""
    if not accept:
        return Events.NONE
    wanted = accept.decode("latin-1")
    events, data = _wish(wanted, _EVENTS), max(_wish(wanted, GRAPHQL), _wish(wanted, JSON))
    if not events.is_named or events < data:
        return Events.NONE
    return Events.ALL if events > data else Events.SUBSCRIPTIONS


def _wish(accept: str, media_type: str) -> _Wish:
    """Returns the quality of a media type. The most specific range that includes the type decides."""
    kind = media_type.partition("/")[0]
    ranges = dict(map(_range, accept.split(",")))
    for name in (media_type, f"{kind}/*", "*/*"):
        if name in ranges:
            return _Wish(ranges[name], name == media_type and ranges[name] > 0)
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
    """Returns whether a body of this type is JSON in UTF-8, the only encoding of JSON."""
    name, *parameters = (part.strip().lower() for part in content_type.decode("latin-1").split(";"))
    charsets = [value.strip(' "') for key, _, value in map(_split, parameters) if key.strip() == "charset"]
    return name == JSON and all(charset in ("utf-8", "utf8") for charset in charsets)


@lru_cache(maxsize=256)
def is_multipart(content_type: bytes) -> bool:
    return content_type.partition(b";")[0].strip().lower() == b"multipart/form-data"


@lru_cache(maxsize=256)
def is_json_for_json(content_type: bytes | None, accept: bytes | None) -> bool:
    """Returns whether a request has a JSON body, and accepts only an answer in JSON."""
    if content_type is None or not is_json(content_type) or for_answer(accept) is None:
        return False
    return accept is None or _EVENTS.encode() not in accept.lower()


def _split(parameter: str) -> Sequence[str]:
    return parameter.partition("=")
