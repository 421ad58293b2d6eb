"""Validates an account's own keywords. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final

from services.consent.keywords import BUILT_IN, LONGEST_WORD, Keyword, compact
from services.input.field_readers import a_line
from services.refusal import Code, Refusal, Refused, refuse

MAX_WORDS: Final = 50
_SHORTEST_WORD: Final = 2
_COLUMNS: Final = {"opt_out": "opt_out_keywords", "opt_in": "opt_in_keywords"}
_PATHS: Final = {"opt_out": "optOut", "opt_in": "optIn"}
_MEANINGS: Final = {"opt_out": Keyword.STOP, "opt_in": Keyword.START}
_line = a_line(LONGEST_WORD)


def read_keywords(given: Mapping[str, Sequence[str] | None]) -> dict[str, list[str]]:
    """Returns the columns to store for the keys `opt_out` and `opt_in`: each word once, in the order of the input.

    Raises Refused with paths such as ("optOut", "3"): REQUIRED, TOO_MANY, TOO_LONG, INVALID.
    """
    columns: dict[str, list[str]] = {}
    refusals: list[Refusal] = []
    for name, words in given.items():
        try:
            columns[_COLUMNS[name]] = _read_list(words, _MEANINGS[name])
        except Refused as refused:
            refusals += [refusal.under(_PATHS[name]) for refusal in refused.refusals]
    if refusals:
        raise Refused(*refusals)
    return columns


def _read_list(words: Sequence[str] | None, meaning: Keyword) -> list[str]:
    if words is None:
        raise refuse(Code.REQUIRED, "This can't be null. An empty list removes the words.")
    if len(words) > MAX_WORDS:
        raise refuse(Code.TOO_MANY, f"The list has {len(words)} words; at most {MAX_WORDS} are allowed.")
    kept: dict[str, str] = {}
    refusals: list[Refusal] = []
    for index, word in enumerate(words):
        try:
            line = _read_word(word, meaning)
            kept.setdefault(compact(line), line)
        except Refused as refused:
            refusals += [refusal.under(str(index)) for refusal in refused.refusals]
    if refusals:
        raise Refused(*refusals)
    return list(kept.values())


def _read_word(word: str, meaning: Keyword) -> str:
    line: str = _line(word)
    letters = compact(line)
    if len(letters) < _SHORTEST_WORD:
        raise refuse(Code.INVALID, f"A word must have at least {_SHORTEST_WORD} letters or digits.")
    if BUILT_IN.get(letters, meaning) is not meaning:
        raise refuse(Code.INVALID, f"{line!r} is a built-in word with the opposite meaning.")
    return line


def check_distinct(opt_out: Sequence[str], opt_in: Sequence[str]) -> None:
    """Raises Refused with INVALID at `keywords` if a word would both opt out and opt in."""
    outs = set(map(compact, opt_out))
    both = next((word for word in opt_in if compact(word) in outs), None)
    if both is not None:
        raise refuse(Code.INVALID, f"{both!r} can't opt out and opt in. Remove it from one list.", "keywords")
