"""`python -m services.imports.xlsx.worker WORKBOOK CSV [SHEET]`: the process that `to_csv` starts.

Writes the sheet as CSV, and a JSON object with `sheet`, `sheets`, `hidden_rows` and `first_hidden_row` to standard
output. If the sheet is unreadable, exits with 1, and the object has a `message`.
"""

import csv
import datetime
import json
import os
import resource
import signal
import sys
import threading
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any, Final
from xml.etree.ElementTree import ParseError

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from services.imports.xlsx.number_formats import Formatter
from services.imports.xlsx.parts import Marks, Parts

MAX_SHEETS_LISTED: Final = 20
_MEMORY: Final = 2 << 30
_SECONDS: Final = 300
_BROKEN: Final = "The workbook is broken and cannot be opened."


def cell_text(value: Any) -> str:
    """Returns a cell's text as the spreadsheet displays it: the number 254712345678.0 becomes 254712345678."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e18 else f"{value:.15g}"
    if isinstance(value, datetime.datetime):
        is_day = value.time() == datetime.time()
        return value.date().isoformat() if is_day else value.isoformat(" ", "seconds")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, datetime.time):
        return value.isoformat("seconds")
    if isinstance(value, datetime.timedelta):
        seconds = round(value.total_seconds())
        sign = "-" if seconds < 0 else ""
        return f"{sign}{abs(seconds) // 3600}:{abs(seconds) % 3600 // 60:02}:{abs(seconds) % 60:02}"
    return str(value)


class _Conversion:
    """Writes a sheet of a workbook. `report` is the answer to the parent process."""

    def __init__(self, source: str, target: str, name: str | None) -> None:
        self._source, self._target, self._name = source, target, name
        self.report: dict[str, Any] = {"hidden_rows": 0, "first_hidden_row": None, "sheet": None, "sheets": []}

    def run(self) -> None:
        """Raises LookupError with a message for the client, and errors of the libraries for broken workbooks."""
        with zipfile.ZipFile(self._source) as book:
            parts = Parts(book)
            source = self._source
            if not parts.has_standard_names():
                source = self._target + ".xlsx"
                parts.write_with_standard_names(source)
            with CalamineWorkbook.from_path(source) as workbook:
                name = self.report["sheet"] = self._chosen(workbook)
                formatters = parts.formatters()
                part = parts.sheet(name)
                marks = iter(()) if part is None else parts.marks(part, formatters)
                self._write(workbook.get_sheet_by_name(name), marks)

    def _chosen(self, workbook: CalamineWorkbook) -> str:
        """Returns the name of the client's sheet, or of the first visible one."""
        sheets = [each for each in workbook.sheets_metadata if each.typ is SheetTypeEnum.WorkSheet]
        if not sheets:
            raise LookupError("The workbook has no sheet.")
        visible = [each.name for each in sheets if each.visible is SheetVisibleEnum.Visible]
        self.report["sheets"] = [[each.name, each.name not in visible] for each in sheets]
        names = [each.name for each in sheets]
        if self._name is None:
            return (visible or names)[0]
        wanted = self._name.strip().casefold()
        found = [name for name in names if name == self._name] or [
            name for name in names if name.strip().casefold() == wanted
        ]
        if not found:
            listed = ", ".join(names[:MAX_SHEETS_LISTED])
            raise LookupError(f"The workbook has no sheet {self._name!r}. Its sheets are: {listed}.")
        return found[0]

    def _write(self, sheet: CalamineSheet, marks: Iterator[Marks]) -> None:
        before = [""] * (sheet.start[1] if sheet.start else 0)
        mark = next(marks, None)
        with open(self._target, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            for number, values in enumerate(sheet.iter_rows(), 1):
                row = [cell_text(value) for value in values]
                while mark is not None and mark.row < number:
                    mark = next(marks, None)
                if mark is not None and mark.row == number:
                    _apply(mark.formatters, values, row, len(before))
                    if mark.is_hidden and any(row):
                        self.report["hidden_rows"] += 1
                        self.report["first_hidden_row"] = self.report["first_hidden_row"] or number
                # A record whose cells are all blank still gets a line, so that line numbers equal the sheet's row
                # numbers.
                writer.writerow([*before, *row] if any(row) else ())


def _apply(formatters: Mapping[int, Formatter], values: list[Any], row: list[str], first: int) -> None:
    """Replaces the texts of numbers by what the sheet displays."""
    for column, shown in formatters.items():
        place = column - first
        if 0 <= place < len(values) and isinstance(values[place], float):
            text = shown(values[place])
            if text is not None:
                row[place] = text


def main(arguments: list[str]) -> int:
    source, target, *named = arguments
    conversion = _Conversion(source, target, named[0] if named else None)
    status = 0
    try:
        conversion.run()
    except (CalamineError, ParseError, zipfile.BadZipFile, KeyError):
        conversion.report["message"], status = _BROKEN, 1
    except LookupError as error:
        conversion.report["message"], status = str(error.args[0]), 1
    sys.stdout.write(json.dumps(conversion.report))
    return status


def _bound() -> None:
    """Limits the process's memory and CPU time, and disables core dumps."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _end_with_parent() -> None:
    os.read(0, 1)
    os._exit(3)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent process handles Ctrl-C
    _bound()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.exit(main(sys.argv[1:]))
