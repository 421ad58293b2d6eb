"""Converts a sheet of an XLSX workbook to CSV in a separate process with limited memory and CPU time.

A workbook of a few kilobytes may unpack to gigabytes, or contain a cell in the millionth row of the last column. Such a
workbook can crash its process, but not the server.
"""

import subprocess
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from services.imports.errors import FileUnreadable
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
_ROOT: Final = Path(__file__).parent.parent.parent
_BROKEN: Final = "The workbook is broken and cannot be opened."
_TOO_LARGE: Final = "The workbook is too large to open. Save the sheet as CSV and upload that file."
_CHUNK: Final = 1 << 20


class Sheet(NamedTuple):
    """A sheet of a workbook."""

    name: str
    is_hidden: bool


def write_as_csv(source: Path, target: Path, *, sheet: str | None) -> None:
    """Writes the sheet (default: the first) as UTF-8 CSV with commas and \\n. Raises Unreadable."""
    _check_parts(source)
    command = [sys.executable, "-m", "services.imports.xlsx_worker", str(source), str(target)]
    with subprocess.Popen(
        command if sheet is None else [*command, sheet],
        cwd=_ROOT,
        stdin=subprocess.PIPE,  # closes if this process exits, which ends the child
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as child:
        assert child.stdout is not None
        message = child.stdout.read().decode()
        status = child.wait()
    if status == 0:
        return
    if status == 1 and message:
        raise FileUnreadable(
            message, path=("input", "sheet") if sheet is not None and "sheet" in message else ("input", "file")
        )
    raise FileUnreadable(_TOO_LARGE, Code.FILE_TOO_LARGE)


def _check_parts(source: Path) -> None:
    """Checks the sizes in the zip directory first, then the content of the parts."""
    try:
        with zipfile.ZipFile(source) as workbook:
            parts = workbook.infolist()
            names = {part.filename for part in parts}
            if "EncryptionInfo" in names or any(part.flag_bits & 1 for part in parts):
                raise FileUnreadable("The workbook is protected by a password. Save it without a password.")
            if "xl/workbook.xml" not in {name.lower() for name in names}:
                raise FileUnreadable("This is a zip file but not an XLSX workbook. Upload a CSV or XLSX file.")
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise FileUnreadable(_TOO_LARGE, Code.FILE_TOO_LARGE)
            if any(part.file_size > max(part.compress_size * MAX_RATIO, _CHUNK) for part in parts):
                raise FileUnreadable(_TOO_LARGE, Code.FILE_TOO_LARGE)
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
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
