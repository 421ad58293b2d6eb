"""GraphQL multipart requests: `operations`, then `map`, then the files, which are written to disk as they arrive.

The community's specification: github.com/jaydenseric/graphql-multipart-request-spec.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from models.db.deadline import ClientDisconnected
from services.requests.uploads import Spool, UploadedFile
from web.http.errors import HttpRefusal, refuse
from web.http.json_reading import decoded
from web.http.multipart_events import BadForm, End, FormParts, Part
from web.http.requests import Body, GraphQLRequest, checked, too_large

CUSTOM_HEADERS = ("Apollo-Require-Preflight", "X-Requested-With", "GraphQL-Preflight")
"""Protection against cross-site requests: a page of another origin can send a form, but not these headers."""

MAX_FILES = 20
_SPOOLED_AT_ONCE = 1_000_000


@dataclass(frozen=True, slots=True)
class UploadLimits:
    max_body_bytes: int
    """The limit for `operations` and `map` together."""
    max_upload_bytes: int
    """The limit for all files of a request together."""
    max_json_values: int
    """The limit for `operations` and for `map`."""
    directory: Path | None = None
    """The directory for uploaded files; default: the system's directory for temporary files."""
    per_token: int = 0
    """The limit for the requests that a token sends at a time; 0 for none."""


class _FilePosition(NamedTuple):
    """The place of a file in the variables."""

    holder: Any
    key: Any


async def of_multipart(headers: Mapping[bytes, bytes], body: Body, limits: UploadLimits) -> GraphQLRequest:
    """Reads a request with files. The caller must remove its `files`.

    Raises HttpRefusal with 400 or 413, and ClientDisconnected, and then leaves no file on the disk.
    """
    if not any(headers.get(name.lower().encode()) for name in CUSTOM_HEADERS):
        raise refuse(400, f"A multipart request must carry one of the headers {', '.join(CUSTOM_HEADERS)}.")
    length = headers.get(b"content-length", b"0")
    if length.isdigit() and int(length) > limits.max_body_bytes + limits.max_upload_bytes:
        raise _file_too_large(limits)
    try:
        parts = FormParts(headers[b"content-type"].decode("latin-1"))
    except BadForm:
        raise refuse(400, "The Content-Type must have a boundary.") from None
    reading = _Reading(limits)
    try:
        async for chunk in _chunks(body):
            await reading.take(parts, chunk)
        if not parts.is_complete:
            raise refuse(400, "The form is incomplete: its last boundary is missing.")
        return reading.request()
    except BadForm:
        reading.discard()
        raise refuse(400, "The body is not valid multipart/form-data.") from None
    except BaseException:
        reading.discard()
        raise


class _Reading:
    """The state of reading a form."""

    def __init__(self, limits: UploadLimits) -> None:
        self._limits = limits
        self._part: Part | None = None
        self._pending: list[bytes] = []
        self._pending_size = 0
        self._json_size = self._upload_size = 0
        self._spool: Spool | None = None
        self._operations: GraphQLRequest | None = None
        self._places: dict[str, list[_FilePosition]] | None = None
        self._files: dict[str, UploadedFile] = {}

    async def take(self, parts: FormParts, chunk: bytes) -> None:
        for event in parts.feed(chunk):
            if isinstance(event, Part):
                await self._begin(event)
            elif event is End.PART:
                await self._end()
            else:
                await self._more(event)

    def request(self) -> GraphQLRequest:
        """Returns the operation, with each file at its places."""
        if self._operations is None or self._places is None:
            raise refuse(400, "A multipart request must begin with the fields operations and map.")
        if missing := [name for name in self._places if name not in self._files]:
            raise refuse(400, f"map names files that are missing from the request: {_quoted_names(missing)}.")
        for name, places in self._places.items():
            for holder, key in places:
                holder[key] = self._files[name]
        return replace(self._operations, files=tuple(self._files.values()))

    def discard(self) -> None:
        if self._spool is not None:
            self._spool.remove()
        for file in self._files.values():
            file.remove()

    async def _begin(self, part: Part) -> None:
        self._part, self._pending, self._pending_size = part, [], 0
        if self._operations is None or self._places is None:
            expected = "operations" if self._operations is None else "map"
            if part.name != expected or part.file_name is not None:
                raise refuse(400, "A multipart request must have the field operations first, then map, then the files.")
            return
        if part.name not in self._places:
            raise refuse(400, f"map has no paths for the file {_quoted_names([part.name])}.")
        if part.name in self._files:
            raise refuse(400, f"The request has more than one file {_quoted_names([part.name])}.")
        if part.file_name is None:
            raise refuse(400, f"The part {_quoted_names([part.name])} must have a filename.")
        self._spool = await asyncio.to_thread(Spool, self._limits.directory)

    async def _more(self, data: bytes) -> None:
        self._pending.append(data)
        self._pending_size += len(data)
        if self._spool is None:
            self._json_size += len(data)
            if self._json_size > self._limits.max_body_bytes:
                raise too_large(self._limits.max_body_bytes)
            return
        self._upload_size += len(data)
        if self._upload_size > self._limits.max_upload_bytes:
            raise _file_too_large(self._limits)
        if self._pending_size >= _SPOOLED_AT_ONCE:
            await self._write(self._spool)

    async def _write(self, spool: Spool) -> None:
        pending, self._pending, self._pending_size = self._pending, [], 0
        await asyncio.to_thread(spool.write, pending)

    async def _end(self) -> None:
        assert self._part is not None
        if self._spool is not None:
            spool, part = self._spool, self._part
            await self._write(spool)
            self._files[part.name] = await asyncio.to_thread(
                spool.finish, file_name=part.file_name or "", content_type=part.content_type
            )
            self._spool = None
        elif self._operations is None:
            self._operations = _operations(self._json("operations"))
        else:
            self._places = _file_positions(self._json("map"), self._operations)

    def _json(self, name: str) -> Any:
        """Returns the value of the JSON field that has just ended."""
        try:
            return decoded(b"".join(self._pending), max_values=self._limits.max_json_values)
        except orjson.JSONDecodeError as error:
            raise refuse(400, f"The field {name} is not valid JSON: {error}.") from None


def _operations(content: Any) -> GraphQLRequest:
    if isinstance(content, list):
        raise refuse(400, "Batches are not supported. Send one operation in each request.")
    if not isinstance(content, dict):
        raise refuse(400, "operations must be a JSON object with a member query.")
    return checked(content)


def _file_positions(content: Any, operations: GraphQLRequest) -> dict[str, list[_FilePosition]]:
    """Returns the places of each file. A map such as {"0": ["variables.input.file"]} must lead to null."""
    if not isinstance(content, dict):
        raise refuse(400, 'map must be a JSON object such as {"0": ["variables.input.file"]}.')
    if len(content) > MAX_FILES:
        raise refuse(400, f"map has {len(content)} files; a request can have at most {MAX_FILES}.")
    positions: dict[str, list[_FilePosition]] = {}
    taken: set[tuple[int, Any]] = set()
    for name, paths in content.items():
        if not isinstance(paths, list) or not paths or not all(isinstance(path, str) for path in paths):
            raise refuse(400, f"map must have a list of paths for {_quoted_names([name])}.")
        positions[name] = [_file_position(path, operations) for path in paths]
        for holder, key in positions[name]:
            if (id(holder), key) in taken:
                raise refuse(400, "map must not have the same path twice.")
            taken.add((id(holder), key))
    return positions


def _file_position(path: str, operations: GraphQLRequest) -> _FilePosition:
    first, *keys = path.split(".")
    holder: Any = None
    key: Any = None
    value: Any = operations.variables
    try:
        if first != "variables" or not keys:
            raise KeyError
        for text in keys:
            holder, key = value, text
            if isinstance(holder, list):
                if not (text.isascii() and text.isdigit()):
                    raise KeyError
                key = int(text)
            elif not isinstance(holder, dict):
                raise KeyError
            value = holder[key]
    except (LookupError, ValueError):
        raise refuse(400, f"map has a path that does not exist in operations: {_quoted_names([path])}.") from None
    if value is not None:
        raise refuse(400, f"operations must have null at the path {_quoted_names([path])} of map.")
    return _FilePosition(holder, key)


async def _chunks(body: Body) -> AsyncIterator[bytes]:
    if isinstance(body, bytes):
        yield body
        return
    is_more = True
    while is_more:
        message = await body()
        if message["type"] == "http.disconnect":
            raise ClientDisconnected
        yield message.get("body", b"")
        is_more = message.get("more_body", False)


def _file_too_large(limits: UploadLimits) -> HttpRefusal:
    return refuse(413, f"The files together are larger than {limits.max_upload_bytes} bytes.", code="FILE_TOO_LARGE")


def _quoted_names(names: list[str]) -> str:
    return ", ".join(f"'{name[:60]}'" for name in names)
