"""Parses multipart/form-data (RFC 7578) incrementally."""

import logging
from dataclasses import dataclass
from enum import Enum

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

logging.getLogger("python_multipart").setLevel(logging.CRITICAL)  # its warnings quote the request's content


class BadForm(Exception):
    """The body is not valid multipart/form-data, or the boundary is missing."""


@dataclass(frozen=True, slots=True)
class Part:
    """The headers of a part. `file_name` is None for a field that is not a file."""

    name: str
    file_name: str | None
    content_type: str


class End(Enum):
    """The end of a part."""

    PART = "part"


Event = Part | bytes | End


class FormParts:
    """Parser that turns bytes into events. Each part gives a Part, pieces of its content, and an End."""

    def __init__(self, content_type: str) -> None:
        """Raises BadForm if the Content-Type has no boundary."""
        boundary = parse_options_header(content_type)[1].get(b"boundary")
        if not boundary:
            raise BadForm
        self._events: list[Event] = []
        self._headers: dict[bytes, bytes] = {}
        self._name = self._value = b""
        self.is_complete = False
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._headers.clear,
                    "on_header_field": self._on_name,
                    "on_header_value": self._on_value,
                    "on_header_end": self._on_header,
                    "on_headers_finished": self._on_part,
                    "on_part_data": lambda data, start, end: self._events.append(data[start:end]),
                    "on_part_end": lambda: self._events.append(End.PART),
                    "on_end": self._on_end,
                },
            )
        except FormParserError:
            raise BadForm from None

    def feed(self, data: bytes) -> list[Event]:
        """Parses more bytes, and returns their events. Raises BadForm."""
        try:
            self._parser.write(data)
        except FormParserError:
            raise BadForm from None
        events, self._events = self._events, []
        return events

    def _on_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name = self._value = b""

    def _on_part(self) -> None:
        disposition = self._headers.get(b"content-disposition", b"").decode("latin-1")
        kind, options = parse_options_header(disposition)
        if kind != b"form-data" or b"name" not in options:
            raise FormParserError("a part without a name")
        file_name = options.get(b"filename")
        self._events.append(
            Part(
                name=options[b"name"].decode(errors="replace"),
                file_name=None if file_name is None else file_name.decode(errors="replace"),
                content_type=self._headers.get(b"content-type", b"").decode("latin-1"),
            )
        )

    def _on_end(self) -> None:
        self.is_complete = True
