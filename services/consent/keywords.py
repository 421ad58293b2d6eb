"""Opt-out and opt-in keywords, and the rules for applying them. Pure."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

_LONGEST = 200


class Keyword(StrEnum):
    STOP = "STOP"
    START = "START"


_KEYWORDS = {
    **dict.fromkeys(
        (
            *("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT"),
            *("ARRET", "PARAR", "SAIR", "BAJA", "ALTO", "ACHA", "SIMAMA"),
        ),
        Keyword.STOP,
    ),
    **dict.fromkeys(("START", "UNSTOP", "ALTA", "ANZA"), Keyword.START),
}


def keyword_in(text: str | None) -> Keyword | None:
    """Returns the keyword of a text that consists of nothing else, or None.

    Letter case, accents, full-width and other forms of letters, and invisible characters are ignored. So are characters
    before and after the word that are neither letters nor digits. "¡Stop!", "ＳＴＯＰ" and "arrêt." are keywords;
    "stop it" is not.
    """
    if text is None or len(text.strip()) > _LONGEST:
        return None
    letters = [character for character in unicodedata.normalize("NFKD", text) if _stays(character)]
    while letters and not letters[-1].isalnum():
        letters.pop()
    start = next((place for place, character in enumerate(letters) if character.isalnum()), 0)
    return _KEYWORDS.get("".join(letters[start:]).upper())


def _stays(character: str) -> bool:
    """Returns false for combining accents and invisible characters."""
    return unicodedata.category(character) not in ("Mn", "Me", "Cf")


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
