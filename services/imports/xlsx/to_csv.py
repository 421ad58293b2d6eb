"""Converts a sheet of an XLSX workbook to CSV in a separate process with limited memory and CPU time.

A workbook of a few kilobytes may unpack to gigabytes, or contain a cell in the millionth row of the last column. Such a
workbook can crash its process, but not the server.
"""

import json
import subprocess
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from services.imports.errors import FileUnreadable, Sheet
from services.lazy_module import LazyModule
from services.refusal import Code

if TYPE_CHECKING:
    import zipfile
else:
    zipfile = LazyModule("zipfile")

ZIP: Final = b"PK"
OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

MAX_UNPACKED: Final = 1 << 30
"""Maximum total size of the unpacked parts of a workbook, in bytes."""
MAX_RATIO: Final = 500
"""Maximum ratio of unpacked to packed size for a part larger than 1 MiB. The XML of real sheets packs to a tenth."""
MAX_PARTS: Final = 10_000
CHECKED: Final = (".xml", ".rels")
"""The endings of parts that have XML without entities. `parts` reads no others."""
_ROOT: Final = Path(__file__).parent.parent.parent.parent
_BROKEN: Final = "The workbook is broken and cannot be opened."
_TOO_LARGE: Final = "The workbook is too large to open. Save the sheet as CSV and upload that file."
_CHUNK: Final = 1 << 20


class Converted(NamedTuple):
    """The sheet that was converted, all sheets of the workbook, and how many rows of the sheet are hidden."""

    sheet: str
    sheets: tuple[Sheet, ...]
    hidden_rows: int
    first_hidden_row: int | None


def write_as_csv(source: Path, target: Path, *, sheet: str | None) -> Converted:
    """Writes the sheet (default: the first visible one) as UTF-8 CSV with commas and \\n. Raises Unreadable.

    The lines of the CSV are the rows of the sheet. Cells are written as the sheet displays them.
    """
    _check_parts(source)
    command = [sys.executable, "-m", "services.imports.xlsx.worker", str(source), str(target)]
    with subprocess.Popen(
        command if sheet is None else [*command, sheet],
        cwd=_ROOT,
        stdin=subprocess.PIPE,  # closes if this process exits, which ends the child
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as child:
        assert child.stdout is not None
        answer = child.stdout.read()
        status = child.wait()
    if status not in (0, 1) or not answer:
        raise FileUnreadable(_TOO_LARGE, Code.FILE_TOO_LARGE)
    report = json.loads(answer)
    sheets = tuple(Sheet(name, is_hidden) for name, is_hidden in report["sheets"])
    if status == 1:
        is_about_sheet = sheet is not None and bool(sheets)
        raise FileUnreadable(report["message"], path=("input", "sheet" if is_about_sheet else "file"), sheets=sheets)
    return Converted(report["sheet"], sheets, report["hidden_rows"], report["first_hidden_row"])


def _check_parts(source: Path) -> None:
    """Checks the sizes in the zip directory first, then the content of the parts."""
    try:
        with zipfile.ZipFile(source) as workbook:
            parts = workbook.infolist()
            names = {part.filename for part in parts}
            if "EncryptionInfo" in names or any(part.flag_bits & 1 for part in parts):
                raise FileUnreadable("The workbook is protected by a password. Save it without a password.")
            if not {"[content_types].xml", "_rels/.rels"} <= {name.lower() for name in names}:
                raise FileUnreadable("This is a zip file but not an XLSX workbook. Upload a CSV or XLSX file.")
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise FileUnreadable(_TOO_LARGE, Code.FILE_TOO_LARGE)
            if any(part.file_size > max(part.compress_size * MAX_RATIO, _CHUNK) for part in parts):
                raise FileUnreadable(_TOO_LARGE, Code.FILE_TOO_LARGE)
            for part in parts:
                if part.filename.lower().endswith(CHECKED):
                    _check_part(workbook, part)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError, RuntimeError):
        raise FileUnreadable(_BROKEN) from None


def _check_part(workbook: "zipfile.ZipFile", part: "zipfile.ZipInfo") -> None:
    """Checks that the part unpacks to at most its declared size and defines no entities.

    Entities of a few lines can expand to gigabytes.
    """
    with workbook.open(part) as file:
        is_first = True
        while chunk := file.read(_CHUNK):
            if is_first and (b"<!DOCTYPE" in chunk or b"<!ENTITY" in chunk):
                raise FileUnreadable(
                    "The workbook defines XML entities, which are not allowed. "
                    "Save the sheet as CSV and upload that file."
                )
            is_first = False
