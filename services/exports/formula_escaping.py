"""Escapes cells that a spreadsheet would run as a formula, and unescapes them.

An apostrophe goes in front of a text that begins with a tab or a carriage return, and of a text that begins with
= + - @ or their full-width forms, also after blanks and line breaks. It also goes in front of a text that begins with
apostrophes and then one of these. Therefore `unescape` removes exactly what `escape` added.
"""

import re
from typing import Final

_SIGNS: Final = "=+-@\uff1d\uff0b\uff0d\uff20"
_DANGEROUS: Final = re.compile(rf"'*(?:[\t\r]|\s*[{re.escape(_SIGNS)}])")
_QUOTED: Final = re.compile(r'="((?:[^"]|"")*)"')
_LAST_BLANK: Final = 0x3000
_STARTS: Final = frozenset(f"'{_SIGNS}").union(filter(str.isspace, map(chr, range(_LAST_BLANK + 1))))


def escape(text: str) -> str:
    """Returns the text as a CSV or XLSX cell that no spreadsheet runs. Not for phone numbers, which begin with +."""
    return "'" + text if text[:1] in _STARTS and _DANGEROUS.match(text) else text


def unescape(text: str) -> str:
    """Returns the text of a cell that `escape` may have written, or 00042 of ="00042". Other cells stay unchanged."""
    if text[:1] == "'":
        return text[1:] if _DANGEROUS.match(text) else text
    quoted = _QUOTED.fullmatch(text) if text[:1] == "=" else None
    return text if quoted is None else quoted[1].replace('""', '"')
