"""Says how likely a text is, by the letters of its words.

The likelihood compares readings of the same bytes in several encodings: in a wrong encoding, words mix scripts, have
capitals in their middle, or contain letters that rarely follow each other.
"""

import itertools
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final

from services.imports.encodings import names

_ASCII_GAPS: Final = re.compile(r"[\x00-@\[-`{-\x7f]+")
_EDGE: Final = " "
_SHARE_OF_PAIRS: Final = 0.7
"""The weight of the letter before, against the letter's own frequency."""
_UNKNOWN: Final = math.log(1e-5)
_WRONG_CASE: Final = math.log(1e-3)
_PUNCTUATION: Final = math.log(5e-3)
_SYMBOL: Final = math.log(1e-2)
_LONE_LETTER: Final = math.log(0.02)
_STRAY: Final = math.log(1e-6)
_RARE_IDEOGRAPH: Final = math.log(0.3 / 6_000)
_QUOTES: Final = frozenset(
    "\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb\u2013\u2014\u2026\u2022\u00b0\u00a0\u3000\u00bf\u00a1\u00b2\u00b3\u00bd\u00bc\u00be\u00ae\u2122\u20ac\u3001\u3002"
)
_WITHIN_WORDS: Final = frozenset("\u2019\u2018\u00b7\u30fb\u2013")

_SCRIPTS: Final = (  # the first and the last character of each range
    ("LATIN", "\u00aa", "\u00aa"),
    ("LATIN", "\u00b5", "\u00b5"),
    ("LATIN", "\u00ba", "\u00ba"),
    ("LATIN", "\u00c0", "\u00d6"),
    ("LATIN", "\u00d8", "\u00f6"),
    ("LATIN", "\u00f8", "\u024f"),
    ("LATIN", "\u1e00", "\u1eff"),
    ("GREEK", "\u0386", "\u03ff"),
    ("CYRILLIC", "\u0400", "\u052f"),
    ("HEBREW", "\u05d0", "\u05ea"),
    ("ARABIC", "\u0620", "\u06d3"),
    ("THAI", "\u0e01", "\u0e4e"),
    ("KANA", "\u3041", "\u30ff"),
    ("HAN", "\u3005", "\u3007"),
    ("HAN", "\u3400", "\u9fff"),
    ("HANGUL", "\uac00", "\ud7a3"),
    ("HALF_KANA", "\uff66", "\uff9f"),
)
_MIXED: Final = frozenset({frozenset({"KANA", "HAN"})})
"""Scripts that one word mixes."""
_IDEOGRAPHIC: Final = frozenset({"HAN", "KANA", "HANGUL"})


@cache
def _script(character: str) -> str | None:
    if character.isascii():
        return "LATIN" if character.isalpha() else None
    for script, first, last in _SCRIPTS:
        if first <= character <= last:
            return script
    return None


class _Letters:
    """Frequencies of letters, and of pairs of letters, in the names of a language."""

    def __init__(self, text: str) -> None:
        words = [_EDGE + word.lower() + _EDGE for word in text.split()]
        self._single = Counter(letter for word in words for letter in word[1:])
        self._pairs = Counter(pair for word in words for pair in itertools.pairwise(word))
        self._before = Counter(letter for word in words for letter in word[:-1])
        self._total = self._single.total()
        self._logarithms: dict[tuple[str | None, str], float] = {}
        self.known = frozenset(self._single)

    def score(self, word: str) -> float:
        """Returns the log-likelihood of the letters beyond ASCII, given the letters beside them."""
        total, before = 0.0, _EDGE
        for letter in word + _EDGE:
            if letter > "\x7f":
                total += self._logarithm(before, letter)
            elif before > "\x7f":  # compared with its own frequency, so that other readings of `before` do not gain
                total += self._logarithm(before, letter) - self._logarithm(None, letter)
            before = letter
        return total

    def _logarithm(self, before: str | None, letter: str) -> float:
        found = self._logarithms.get((before, letter))
        if found is None:
            found = self._logarithms[before, letter] = self._computed(before, letter)
        return found

    def _computed(self, before: str | None, letter: str) -> float:
        share = (self._single[letter] + 0.1) / self._total
        if before is not None and self._before[before]:
            pairs = self._pairs[before, letter] / self._before[before]
            share = _SHARE_OF_PAIRS * pairs + (1 - _SHARE_OF_PAIRS) * share
        return math.log(share)


class _Ideographs:
    """Characters that are frequent in names; all others are rare."""

    def __init__(self, characters: str, share: float = 0.7) -> None:
        self._common = frozenset(characters)
        self._share = math.log(share / len(self._common))

    def score(self, word: str) -> float:
        return sum(self._share if character in self._common else _RARE_IDEOGRAPH for character in word)


_Model = _Letters | _Ideographs


@cache
def _models() -> dict[str, Sequence[_Model]]:
    kana = "".join(map(chr, range(0x3041, 0x30FF)))
    return {
        "LATIN": [_Letters(text) for text in names.LATIN.values()],
        "CYRILLIC": [_Letters(names.CYRILLIC)],
        "GREEK": [_Letters(names.GREEK)],
        "ARABIC": [_Letters(names.ARABIC)],
        "HEBREW": [_Letters(names.HEBREW)],
        "THAI": [_Letters(names.THAI)],
        "HAN": [_Ideographs(names.CHINESE), _Ideographs(names.JAPANESE)],
        "HANGUL": [_Ideographs(names.KOREAN)],
        "KANA": [_Ideographs(kana)],
        "HALF_KANA": [_Ideographs("".join(map(chr, range(0xFF66, 0xFFA0))), share=0.3)],
    }


def score(texts: Iterable[str]) -> float:
    """Returns the log-likelihood of the characters beyond ASCII in the texts; 0 for texts in ASCII."""
    return sum(_word(word) for text in texts for word in _ASCII_GAPS.split(text) if not word.isascii())


def _word(word: str) -> float:
    """`word` has no ASCII characters other than letters."""
    total = 0.0
    letters = []
    for place, character in enumerate(word):
        if _script(character):
            letters.append(character)
            continue
        is_within = 0 < place < len(word) - 1 and bool(_script(word[place - 1]) and _script(word[place + 1]))
        total += _of_symbol(character, is_within=is_within, is_beside=len(word) > 1)
        letters.append(_EDGE)
    return total + sum(_of_letters(part) for part in "".join(letters).split() if not part.isascii())


def _of_symbol(character: str, *, is_within: bool, is_beside: bool) -> float:
    if unicodedata.category(character)[0] == "C" or character == "\ufffd":
        return _STRAY * 1.5
    if character in _WITHIN_WORDS or (character in _QUOTES and not is_within):
        return _PUNCTUATION
    return _STRAY if is_within or is_beside else _SYMBOL


def _of_letters(word: str) -> float:
    """`word` has letters only."""
    scripts = frozenset(map(_script, word))
    beyond = [letter for letter in word if letter > "\x7f"]
    if len(scripts) > 1 and scripts not in _MIXED:
        return 2 * _UNKNOWN * len(beyond)
    total = _LONE_LETTER if len(word) == 1 and scripts.isdisjoint(_IDEOGRAPHIC) else 0.0
    total += sum(_WRONG_CASE for a, b in itertools.pairwise(word) if _is_wrong_case(a, b))
    models = [model for script in scripts if script for model in _models()[script]]
    if len(scripts) > 1:
        return total + sum(max(model.score(letter) for model in models) for letter in word)
    lower = word.lower()
    if isinstance(models[0], _Letters):
        models = [model for model in models if isinstance(model, _Letters) and model.known.issuperset(lower)]
    if not models:
        return total + _UNKNOWN * len(beyond)
    return total + max(*(model.score(lower) for model in models), _UNKNOWN * len(beyond))


def _is_wrong_case(before: str, letter: str) -> bool:
    """Returns whether a capital follows a small letter, and one of them is beyond ASCII."""
    return before.islower() and letter.isupper() and not (before.isascii() and letter.isascii())
