"""Parses requests: reads the operation's text, its name and its variables from a body or a URL."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.datastructures import QueryParams
from starlette.types import Receive

from models.db.deadline import ClientDisconnected
from services.requests.uploads import UploadedFile
from web.http.errors import HttpRefusal, refuse
from web.http.json_reading import decoded, loaded
from web.http.media_types import is_json

MAX_URL_BYTES = 65_536
_MAX_DOCUMENT_ID = 200
_NAMES_OF_DOCUMENTS = frozenset(("query", "documentId", "extensions"))
_OBJECT_OR_NULL = (dict, type(None))


@dataclass(slots=True)
class GraphQLRequest:
    """A request. If it has an id or a hash instead of a text, `query` is empty until `DocumentLookup` sets it."""

    query: str
    variables: dict[str, Any] | None
    operation_name: str | None
    document_id: str | None = None
    """The id of a trusted document."""
    sha256: str | None = None
    """The hash of a trusted document or of a persisted query."""
    is_trusted: bool = False
    """The query is a trusted document."""
    files: tuple[UploadedFile, ...] = ()
    """The files of a multipart request. They are in the variables; `remove_files` deletes them."""

    def remove_files(self) -> None:
        for file in self.files:
            file.remove()


Body = bytes | Receive
"""The whole body, or the ASGI function that receives its pieces."""


def of_body(headers: Mapping[bytes, bytes], body: bytes, *, max_bytes: int, max_values: int) -> GraphQLRequest:
    """Reads the body of a POST. Raises HttpRefusal with 400, 413 or 415."""
    _check(headers, max_bytes)
    try:
        content = decoded(body, max_values=max_values)
    except orjson.JSONDecodeError as error:
        raise refuse(400, f"The body is not valid JSON: {error}.") from None
    if isinstance(content, list):
        raise refuse(400, "Batches are not supported. Send one operation in each request.")
    if not isinstance(content, dict):
        raise refuse(400, "The body must be a JSON object with a member query.")
    return checked(content)


async def received(headers: Mapping[bytes, bytes], receive: Receive, *, max_bytes: int) -> bytes:
    """Receives the body of a POST. Raises HttpRefusal with 413 or 415, and ClientDisconnected."""
    _check(headers, max_bytes)
    return await _read(receive, max_bytes)


def _check(headers: Mapping[bytes, bytes], max_bytes: int) -> None:
    if not is_json(headers.get(b"content-type", b"")):
        raise refuse(415, "The Content-Type must be application/json, in UTF-8, or multipart/form-data.")
    length = headers.get(b"content-length", b"0")
    if length.isdigit() and int(length) > max_bytes:
        raise too_large(max_bytes)


def has_query(query_string: bytes) -> bool:
    """Returns whether a URL may name a document. A URL that is too long counts as well, and is refused later."""
    return len(query_string) > MAX_URL_BYTES or not _NAMES_OF_DOCUMENTS.isdisjoint(QueryParams(query_string))


def of_url(query_string: bytes) -> GraphQLRequest:
    """Reads a GET, whose variables and extensions are JSON. Raises HttpRefusal with 400 or 414."""
    if len(query_string) > MAX_URL_BYTES:
        raise refuse(414, f"The URL's query has {len(query_string)} bytes; at most {MAX_URL_BYTES} are allowed.")
    parameters = QueryParams(query_string)
    content: dict[str, Any] = {name: parameters.get(name) for name in ("query", "operationName", "documentId")}
    for name in ("variables", "extensions"):
        text = parameters.get(name)
        try:
            content[name] = loaded(text) if text else None
        except orjson.JSONDecodeError:
            raise refuse(400, f"The parameter {name} is not valid JSON.") from None
    return checked(content)


def checked(content: Mapping[str, Any]) -> GraphQLRequest:
    """Returns a request after checking the types of its members. Raises HttpRefusal with 400."""
    query, operation_name, variables = content.get("query"), content.get("operationName"), content.get("variables")
    extensions = content.get("extensions")
    if not isinstance(extensions, _OBJECT_OR_NULL):
        raise refuse(400, "extensions must be an object.")
    document_id = _document_id(content) if "documentId" in content else None
    sha256 = _sha256(extensions) if extensions else None
    if query is None and (document_id or sha256):
        query = ""
    if not isinstance(query, str):
        raise refuse(400, "query must be the text of an operation.")
    if operation_name is not None and not isinstance(operation_name, str):
        raise refuse(400, "operationName must be a text.")
    if not isinstance(variables, _OBJECT_OR_NULL):
        raise refuse(400, "variables must be an object.")
    return GraphQLRequest(query, variables, operation_name or None, document_id, sha256)


def _document_id(content: Mapping[str, Any]) -> str | None:
    document_id = content.get("documentId")
    if document_id is None or (isinstance(document_id, str) and 0 < len(document_id) <= _MAX_DOCUMENT_ID):
        return document_id
    raise refuse(400, f"documentId must be a text of 1 to {_MAX_DOCUMENT_ID} characters.")


def _sha256(extensions: Mapping[str, Any]) -> str | None:
    """Returns the hash of Apollo's persisted queries; None if the request has none."""
    persisted = extensions.get("persistedQuery")
    if persisted is None:
        return None
    sha256 = persisted.get("sha256Hash") if isinstance(persisted, dict) and persisted.get("version") == 1 else None
    if isinstance(sha256, str) and 0 < len(sha256) <= _MAX_DOCUMENT_ID:
        return sha256
    raise refuse(400, "extensions.persistedQuery must have the version 1 and a sha256Hash.")


async def _read(receive: Receive, max_bytes: int) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    if message["type"] == "http.request" and not message.get("more_body") and len(body) <= max_bytes:
        return body
    parts, size = [body], len(body)
    while message["type"] == "http.request" and message.get("more_body") and size <= max_bytes:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
    if message["type"] == "http.disconnect":
        raise ClientDisconnected
    if size > max_bytes:
        raise too_large(max_bytes)
    return b"".join(parts)


def too_large(max_bytes: int) -> HttpRefusal:
    return refuse(413, f"The body is larger than {max_bytes} bytes.")
