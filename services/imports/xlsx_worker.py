"""`python -m services.imports.xlsx_worker WORKBOOK CSV [SHEET]`: the process that `xlsx_to_csv` starts.

Exits with 0 after writing the sheet. If the sheet is unreadable, exits with 1 and writes an error message to standard
output.
"""

import csv
import datetime
import os
import resource
import signal
import sys
import threading
from collections.abc import Iterator
from typing import Any, Final

from python_calamine import CalamineError, CalamineWorkbook

MAX_SHEETS_LISTED: Final = 20
_MEMORY: Final = 2 << 30
_SECONDS: Final = 300


def cell_text(value: Any) -> str:
    """Returns a cell's text as the spreadsheet displays it: the number 254712345678.0 becomes 254712345678."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e18 else repr(value)
    if isinstance(value, datetime.datetime):
        is_day = value.time() == datetime.time()
        return value.date().isoformat() if is_day else value.isoformat(" ", "seconds")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, datetime.time):
        return value.isoformat("seconds")
    return str(value)


def _rows(source: str, name: str | None) -> Iterator[list[str]]:
    with CalamineWorkbook.from_path(source) as workbook:
        names = workbook.sheet_names
        if not names:
            raise LookupError("The workbook has no sheet.")
        if name is not None and name not in names:
            listed = ", ".join(names[:MAX_SHEETS_LISTED])
            raise LookupError(f"The workbook has no sheet {name!r}. Its sheets are: {listed}.")
        sheet = workbook.get_sheet_by_name(names[0] if name is None else name)
        for row in sheet.iter_rows():
            yield [cell_text(value) for value in row]


def main(arguments: list[str]) -> int:
    source, target, *named = arguments
    try:
        with open(target, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            for row in _rows(source, named[0] if named else None):
                # A record whose cells are all blank still gets a line, so that line numbers equal the sheet's row
                # numbers.
                writer.writerow(row if any(row) else ())
    except LookupError as error:
        sys.stdout.write(str(error.args[0]))
        return 1
    except CalamineError:
        sys.stdout.write("The workbook is broken and cannot be opened.")
        return 1
    return 0


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
