"""Opt-out and opt-in keywords, and the rules for applying them. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Final

from services.consent.keyword_table import OPT_IN, OPT_OUT

LONGEST_WORD: Final = 40
_LONGEST_LINE: Final = 200
_LONGEST_TEXT: Final = 5_000
"""The part of a text, in characters, in which a line with a keyword, and other uses of a keyword, are looked for."""
_LONGEST_PHRASE: Final = 3
"""The most parts of a phrase that is looked for among other words. Most longer phrases contain a shorter keyword."""
_MOST_PARTS: Final = 20
"""The most parts of a keyword whose letters are separated by blanks: U N S U B S C R I B E."""


class Keyword(StrEnum):
    STOP = "STOP"
    START = "START"


class _Characters(dict[int, str | None]):
    """Translation table for str.translate. Caches each character at first use."""

    def __missing__(self, code: int) -> str | None:
        self[code] = plain = _plainly(chr(code))
        return plain


_SAME: Final = {"ی": "ي", "ى": "ي", "ک": "ك", "ة": "ه", "\N{ARABIC TATWEEL}": None}


def _plainly(character: str) -> str | None:
    """Returns the upper-case form of a letter or digit, None to ignore the character, or a blank for a separator.

    Accents and invisible characters are ignored. The vowel signs of Indian and South-East Asian scripts are kept,
    because words differ in them.
    """
    if character in _SAME:
        return _SAME[character]
    category = unicodedata.category(character)
    if category in ("Mn", "Mc"):
        return character if "\u0900" <= character < "\u1ab0" else None
    if category in ("Me", "Cf"):
        return None
    return character.upper() if character.isalnum() else " "


_CHARACTERS: Final = _Characters()


def _parts(text: str) -> list[str]:
    """Returns the words of a text without accents, in upper case."""
    return unicodedata.normalize("NFKD", text).translate(_CHARACTERS).split()


def compact(word: str) -> str:
    """Returns the form by which words are compared: letters and digits alone, without accents, in upper case."""
    return "".join(_parts(word))


def _table(words: Iterable[str]) -> frozenset[str]:
    return frozenset(compact(word) for line in words for word in line.split(","))


BUILT_IN: Final[Mapping[str, Keyword]] = {
    **dict.fromkeys(_table(OPT_IN), Keyword.START),
    **dict.fromkeys(_table(OPT_OUT), Keyword.STOP),
}


# Keywords of scripts that write words without blanks, or that append endings to words: Thai, Lao, Burmese, Khmer,
# Chinese, Japanese, Korean.
_UNSEPARATED: Final = re.compile(
    "|".join(word for word in BUILT_IN if re.fullmatch("[\u0e00-\u0eff\u1000-\u11ff\u1780-\u17ff\u3040-\u9fff]+", word))
)


@dataclass(frozen=True, slots=True)
class OwnKeywords:
    """The keywords that an account has besides the built-in ones, as it wrote them."""

    opt_out: tuple[str, ...] = ()
    opt_in: tuple[str, ...] = ()


NO_OWN_KEYWORDS: Final = OwnKeywords()


@lru_cache(maxsize=256)
def _words(own: OwnKeywords) -> Mapping[str, Keyword]:
    if own == NO_OWN_KEYWORDS:
        return BUILT_IN
    return {
        **BUILT_IN,
        **dict.fromkeys(map(compact, own.opt_in), Keyword.START),
        **dict.fromkeys(map(compact, own.opt_out), Keyword.STOP),
    }


_SENTENCE_END: Final = re.compile(r"[.!\u2026\u3002\uff01\uff0e\uff61\u0964\u0965\u06d4\u1362]")
"""The end of a statement. A question mark is not one: "Cancel? No!" opts nobody out."""


def keyword_in(text: str | None, own: OwnKeywords = NO_OWN_KEYWORDS) -> Keyword | None:
    """Returns the keyword that a text consists of, or None.

    A text consists of a keyword if nothing else has letters or digits, however the keyword is written, separated or
    repeated: "¡Stop!", "ＳＴＯＰ", "S.T.O.P", "stop-all", "STOP STOP". So does a text whose first line is a keyword,
    because a signature or the quoted message follows. The first sentence is enough for an opt-out, but not for an
    opt-in. Lines that begin with > are quotes. "stop it" is no keyword.
    """
    line = _first_line(text)
    if line is None:
        return None
    words = _words(own)
    word = _keyword(line, words)
    if word is None and any(
        _keyword(line[: end.start()], words) is Keyword.STOP for end in _SENTENCE_END.finditer(line)
    ):
        return Keyword.STOP
    return word


def mentions_keyword(text: str | None, own: OwnKeywords = NO_OWN_KEYWORDS) -> bool:
    """Returns whether a text contains a keyword anywhere, among other words."""
    if not text:
        return False
    words, parts = _words(own), _parts(text[:_LONGEST_TEXT])
    for size in range(1, _LONGEST_PHRASE + 1):
        if any("".join(parts[start : start + size]) in words for start in range(len(parts) - size + 1)):
            return True
    return not text.isascii() and _UNSEPARATED.search(" ".join(parts)) is not None


def _first_line(text: str | None) -> str | None:
    """Returns the first line that is neither blank nor a quote; None if there is none, or if it is too long."""
    for line in map(str.strip, (text or "")[:_LONGEST_TEXT].splitlines()):
        if line and not line.startswith(">") and _parts(line[: _LONGEST_LINE + 1]):
            return line if len(line) <= _LONGEST_LINE else None
    return None


def _keyword(text: str, words: Mapping[str, Keyword]) -> Keyword | None:
    """Returns the keyword of a text that consists of keywords alone. Of several kinds of keywords, STOP counts."""
    parts = _parts(text)
    if len(parts) == 1:
        found = words.get(parts[0])
        return found if found is not None else _repeated(parts[0], words)
    # Maps n to the kinds of the keywords that make up the first n parts.
    kinds: dict[int, frozenset[Keyword]] = {0: frozenset()}
    for end in range(1, len(parts) + 1):
        for start, before in kinds.items():
            if end - start <= _MOST_PARTS and (found := words.get("".join(parts[start:end]))) is not None:
                kinds[end] = before | {found}
                break
    last = kinds.get(len(parts))
    if not last:
        return None
    return Keyword.STOP if Keyword.STOP in last else Keyword.START


def _repeated(letters: str, words: Mapping[str, Keyword]) -> Keyword | None:
    """Returns the keyword whose repetition the letters are: STOPSTOP."""
    period = (letters + letters).find(letters, 1)
    return words.get(letters[:period]) if 0 < period < len(letters) else None


@dataclass(frozen=True, slots=True)
class KeywordMessage:
    """A keyword message from a number, and the time when the person wrote it."""

    phone: str
    keyword: Keyword
    at: datetime


@dataclass(frozen=True, slots=True)
class ConsentChange:
    """A change of a number's consent state."""

    phone: str
    is_opted_out: bool
    at: datetime


@dataclass(slots=True)
class ConsentState:
    """A number's consent state. None means never.

    `last_stop_at` is the time of the latest STOP, whether it changed the state or repeated an opt-out.
    """

    is_opted_out: bool = False
    changed_at: datetime | None = None
    last_stop_at: datetime | None = None


def apply_keyword(state: ConsentState, message: KeywordMessage) -> ConsentChange | None:
    """Applies a keyword to the consent state, and returns the change, or None.

    STOP always opts out. If it arrives late, after an opt-in with a later date, it overrides that opt-in, and the
    register's date does not go back. START opts in if it was written after the register's last change and after the
    latest STOP.
    """
    if message.keyword is Keyword.STOP:
        state.last_stop_at = max(message.at, state.last_stop_at or message.at)
        if state.is_opted_out:
            return None
        at = max(message.at, state.changed_at or message.at)
    else:
        late_for = [at for at in (state.changed_at, state.last_stop_at) if at is not None and at >= message.at]
        if late_for or not state.is_opted_out:
            return None
        at = message.at
    state.is_opted_out, state.changed_at = not state.is_opted_out, at
    return ConsentChange(message.phone, state.is_opted_out, at)
