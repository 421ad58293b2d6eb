"""Cells that a spreadsheet would run as a formula: defused where they are written, and read back as they were.

A quote goes before what begins with = + - @, a tab or a carriage return, and also before what begins with quotes and
then one of these: so `undefused` takes off exactly what `defused` put on.
"""

import re
from typing import Final

_DANGEROUS: Final = re.compile(r"'*[=+\-@\t\r]")
_STARTS: Final = frozenset("'=+-@\t\r")


def defused(text: str) -> str:
    """The text as a cell of a CSV or XLSX file that no spreadsheet runs. Not for phone numbers: they begin with +."""
    return "'" + text if text[:1] in _STARTS and _DANGEROUS.match(text) else text


def undefused(text: str) -> str:
    """The text of a cell that `defused` may have written; any other cell is its own text."""
    return text[1:] if text[:1] == "'" and _DANGEROUS.match(text) else text
