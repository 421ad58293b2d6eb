"""Escapes cells that a spreadsheet would run as a formula, and unescapes them.

An apostrophe goes in front of a text that begins with = + - @, a tab or a carriage return, and also in front of a text
that begins with apostrophes and then one of these. Therefore `unescape` removes exactly what `escape` added.
"""

import re
from typing import Final

_DANGEROUS: Final = re.compile(r"'*[=+\-@\t\r]")
_STARTS: Final = frozenset("'=+-@\t\r")


def escape(text: str) -> str:
    """Returns the text as a CSV or XLSX cell that no spreadsheet runs. Not for phone numbers, which begin with +."""
    return "'" + text if text[:1] in _STARTS and _DANGEROUS.match(text) else text


def unescape(text: str) -> str:
    """Returns the text of a cell that `escape` may have written. Other cells are returned unchanged."""
    return text[1:] if text[:1] == "'" and _DANGEROUS.match(text) else text
