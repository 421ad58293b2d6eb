"""Words by which a person stops messages, or wants them again, and when they count. Pure."""

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


def keyword(text: str | None) -> Keyword | None:
    """What a text asks for that is one of the words alone.

    Letter case, accents, full-width and other forms of letters, invisible characters, and whatever is no letter and no
    digit before and after the word do not matter: "¡Stop!", "ＳＴＯＰ" and "arrêt." are such words; "stop it" is none.
    """
    if text is None or len(text.strip()) > _LONGEST:
        return None
    letters = [character for character in unicodedata.normalize("NFKD", text) if _stays(character)]
    while letters and not letters[-1].isalnum():
        letters.pop()
    start = next((place for place, character in enumerate(letters) if character.isalnum()), 0)
    return _KEYWORDS.get("".join(letters[start:]).upper())


def _stays(character: str) -> bool:
    """Not the accents that are apart now, and nothing that is not seen."""
    return unicodedata.category(character) not in ("Mn", "Me", "Cf")


@dataclass(frozen=True, slots=True)
class Said:
    """A keyword that came from a number, and when the person wrote it."""

    phone: str
    keyword: Keyword
    at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """A number that stands otherwise from now on."""

    phone: str
    is_opted_out: bool
    at: datetime


@dataclass(slots=True)
class Standing:
    """Where a number stands; None for what never was. `last_stop_at` is of the latest STOP, heeded or repeated."""

    is_opted_out: bool = False
    changed_at: datetime | None = None
    last_stop_at: datetime | None = None


def heeded(standing: Standing, said: Said) -> Change | None:
    """Brings the standing up to date with a keyword, and says what it changed.

    STOP always opts out. It may be heard of late, after an opt-in of a later date; that one counts no more, and the
    register's date does not go back. START opts in where it was written after the register's last change, and after
    the latest STOP.
    """
    if said.keyword is Keyword.STOP:
        standing.last_stop_at = max(said.at, standing.last_stop_at or said.at)
        if standing.is_opted_out:
            return None
        at = max(said.at, standing.changed_at or said.at)
    else:
        late_for = [at for at in (standing.changed_at, standing.last_stop_at) if at is not None and at >= said.at]
        if late_for or not standing.is_opted_out:
            return None
        at = said.at
    standing.is_opted_out, standing.changed_at = not standing.is_opted_out, at
    return Change(said.phone, standing.is_opted_out, at)
