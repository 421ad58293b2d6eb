"""Text normalization and checks."""

import unicodedata

_LINES = ("\n", "\r", "\t")


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
