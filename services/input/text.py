"""Text normalization and checks."""

import unicodedata

_LINES = ("\n", "\r", "\t")
INVISIBLE = (
    "\u00ad\u061c\u115f\u1160\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2061"
    "\u2062\u2063\u2064\u2066\u2067\u2068\u2069\u206a\u206b\u206c\u206d\u206e\u206f\u2800\u3164\ufeff\uffa0"
)
"""Characters that nobody sees: direction marks, joiners, soft hyphens, byte order marks and blank letters."""
_EDGES = INVISIBLE + "".join(filter(str.isspace, map(chr, range(0x3001))))


def trimmed(text: str) -> str:
    """Returns the text without white space and invisible characters at its edges."""
    return text.strip() if text.isascii() else text.strip(_EDGES)


def neat(text: str) -> str:
    """Returns the text in NFC and `trimmed`."""
    return text.strip() if text.isascii() else unicodedata.normalize("NFC", text).strip(_EDGES)


def fold(text: str) -> str:
    """Returns the form for searching and comparing texts: NFC, case-folded."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFC", text).casefold()


def has_control(text: str, *, is_multiline: bool = False) -> bool:
    """Returns whether a text contains control characters. Line breaks and tabs are allowed if `is_multiline`."""
    return not text.isprintable() and any(
        unicodedata.category(character) in ("Cc", "Cs") and not (is_multiline and character in _LINES)
        for character in text
    )


def normalize_newlines(text: str) -> str:
    """Returns the text with LF line endings, because files do not preserve the difference."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def to_single_line(text: str, *, limit: int) -> str | None:
    """Returns a text as one line, or None if it is blank.

    The text is normalized to NFC and trimmed, with spaces in place of control characters, and cut to `limit`
    characters.
    """
    plain = "".join(" " if unicodedata.category(character) in ("Cc", "Cs") else character for character in text)
    return unicodedata.normalize("NFC", plain).strip()[:limit].strip() or None
