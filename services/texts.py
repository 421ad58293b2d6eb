"""Texts as they are compared, and what can't be part of one."""

import unicodedata

_LINES = ("\n", "\r", "\t")


def fold(text: str) -> str:
    """The form in which texts are searched and told apart: composed (NFC), without regard to case."""
    return unicodedata.normalize("NFC", text).casefold()


def has_control(text: str, *, is_multiline: bool = False) -> bool:
    """Whether a text holds control characters; in longer texts, line breaks and tabs aside."""
    return not text.isprintable() and any(
        unicodedata.category(character) in ("Cc", "Cs") and not (is_multiline and character in _LINES)
        for character in text
    )
