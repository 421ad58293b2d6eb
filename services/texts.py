"""Texts as they are compared, and what can't be part of one."""

import unicodedata

_LINES = ("\n", "\r", "\t")


def fold(text: str) -> str:
    """The form in which texts are searched and told apart: composed (NFC), without regard to case."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFC", text).casefold()


def has_control(text: str, *, is_multiline: bool = False) -> bool:
    """Whether a text holds control characters; in longer texts, line breaks and tabs aside."""
    return not text.isprintable() and any(
        unicodedata.category(character) in ("Cc", "Cs") and not (is_multiline and character in _LINES)
        for character in text
    )


def in_lines(text: str) -> str:
    """The text with its lines ending in LF, whatever they ended in: files don't keep the difference."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def to_line(text: str, *, limit: int) -> str | None:
    """A text as one line: NFC, control characters as spaces, trimmed, cut to `limit` characters; None for a blank."""
    plain = "".join(" " if unicodedata.category(character) in ("Cc", "Cs") else character for character in text)
    return unicodedata.normalize("NFC", plain).strip()[:limit].strip() or None
