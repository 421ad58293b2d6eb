"""Writes contacts to files, one page at a time."""

import csv
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from models.db.database import Row
from services.exports.columns import Layout
from services.lazy_module import LazyModule
from services.refusal import Code, refuse

if TYPE_CHECKING:
    import xlsxwriter
else:
    xlsxwriter = LazyModule("xlsxwriter")

MAX_SHEET_ROWS = 1_048_575
MAX_SHEET_COLUMNS = 16_384


class ExportFormat(StrEnum):
    CSV = "CSV"
    XLSX = "XLSX"
    JSON = "JSON"


MEDIA_TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ExportFormat.JSON: "application/json",
}


Contact = Row | Mapping[str, Any]
"""A row of `rows.ExportRequest`."""


class Writer(ABC):
    """Writes pages of contacts to a path in the order of the calls. `close` completes the file."""

    @abstractmethod
    def write(self, contacts: Iterable[Contact]) -> None: ...

    @abstractmethod
    def close(self) -> None: ...


class CsvWriter(Writer):
    """Writes UTF-8 CSV with commas and CRLF (RFC 4180), by default with a byte order mark.

    Excel reads a file without the mark in the encoding of its system.
    """

    def __init__(self, path: Path, layout: Layout, *, has_mark: bool) -> None:
        encoding = "utf-8-sig" if has_mark else "utf-8"
        self._file = path.open("w", encoding=encoding, newline="", buffering=1 << 20)
        self._values = layout.values
        self._csv = csv.writer(self._file)
        self._csv.writerow(layout.names)

    def write(self, contacts: Iterable[Contact]) -> None:
        self._csv.writerows(map(self._values, contacts))

    def close(self) -> None:
        self._file.close()


class XlsxWriter(Writer):
    """Writes one sheet. Every cell is text, so that a number keeps its plus sign."""

    def __init__(self, path: Path, layout: Layout) -> None:
        self._book = xlsxwriter.Workbook(path, {"constant_memory": True, "tmpdir": str(path.parent)})
        self._sheet = self._book.add_worksheet("Contacts")
        self._layout = layout
        self._row = 0
        self._add(layout.names)

    def write(self, contacts: Iterable[Contact]) -> None:
        for contact in contacts:
            self._add(self._layout.values(contact))

    def _add(self, cells: Sequence[str]) -> None:
        for place, cell in enumerate(cells):
            if cell:
                self._sheet.write_string(self._row, place, cell)
        self._row += 1

    def close(self) -> None:
        self._book.close()


class JsonWriter(Writer):
    """Writes one JSON array with one object per line."""

    def __init__(self, path: Path, layout: Layout) -> None:
        self._file = path.open("wb", buffering=1 << 20)
        self._layout = layout
        self._before = b"[\n"

    def write(self, contacts: Iterable[Contact]) -> None:
        for contact in contacts:
            values = dict(zip(self._layout.names, self._layout.values(contact), strict=True))
            self._file.write(self._before + orjson.dumps(values, option=orjson.OPT_UTC_Z))
            self._before = b",\n"

    def close(self) -> None:
        self._file.write(b"[]\n" if self._before == b"[\n" else b"\n]\n")
        self._file.close()


def writer(format: ExportFormat, path: Path, layout: Layout, *, row_count: int, has_mark: bool) -> Writer:
    """Opens a writer and writes the header. `has_mark`: CSV begins with a byte order mark.

    Raises Refused if the contacts or columns exceed the limits of the format.
    """
    width = len(layout.names)
    if format is ExportFormat.XLSX and (row_count > MAX_SHEET_ROWS or width > MAX_SHEET_COLUMNS):
        raise refuse(
            Code.FILE_TOO_LARGE,
            f"The export has {row_count} contacts and {width} columns; an XLSX sheet can contain at most "
            f"{MAX_SHEET_ROWS} contacts and {MAX_SHEET_COLUMNS} columns. Export as CSV instead.",
            "format",
        )
    if format is ExportFormat.CSV:
        return CsvWriter(path, layout, has_mark=has_mark)
    return XlsxWriter(path, layout) if format is ExportFormat.XLSX else JsonWriter(path, layout)
