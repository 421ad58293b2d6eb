"""Maps column headers of other programs, in five languages, to contact fields."""

from functools import cache
from typing import Final

from services.contacts.fields import FIELDS as CONTACT_FIELDS, IMPORTED
from services.imports.consent.columns import key, sense_of
from services.imports.phones import headers as phone_headers

__all__ = ("CUSTOM", "FIELDS", "IGNORE", "LINKS", "OPT_OUT", "by_neighbours", "by_words", "field_of", "key")

CUSTOM: Final = "custom:"
IGNORE: Final = "ignore"
OPT_OUT: Final = "opt_out"
ADDED: Final = ("line", "code", "message", "suggestion")
"""The columns in front of a file of skipped rows. An import of such a file leaves them out."""
LINKS: Final = ("lists", "owner_email", "assignee_email")
FIELDS: Final = (*IMPORTED, OPT_OUT, "country", "calling_code", *LINKS)
"""The targets of a mapping, apart from custom variables and IGNORE."""

_OTHERS: Final = {
    "country": "country, country name, country iso, country iso code, iso country, iso country code, country region, "
    "phone country, nation, pays, nom du pays, code iso pays, país, nombre del país, nome do país, nchi, jina la nchi",
    "calling_code": "calling code, country calling code, country code, country dial code, dial code, dialing code, "
    "dialling code, phone code, phone country code, phone prefix, international code, isd code, indicatif, indicatif "
    "pays, indicatif téléphonique, code pays, code du pays, prefijo, prefijo telefónico, código de país, código país, "
    "código del país, código do país, ddi, msimbo wa nchi",
    "lists": "lists",
    "owner_email": "owner email, owner e-mail, contact owner email",
    "assignee_email": "assignee email, assignee e-mail",
}
_CODE_ENDINGS: Final = ("callingcode", "dialcode", "dialingcode", "diallingcode", "phonecountrycode")
# The meaning of these words depends on the language and on the other columns: see `by_neighbours`.
_NOM, _NOME, _NOMBRE = "nom", "nome", "nombre"
_OTHER_NAMES: Final = frozenset({"othernames", "othername"})


@cache
def _known() -> dict[str, tuple[str, int]]:
    known: dict[str, tuple[str, int]] = {}
    for other, texts in _OTHERS.items():
        known |= {key(name): (other, 0) for name in texts.split(",")}
    for field in CONTACT_FIELDS:
        for rank, names in enumerate(field.headers.split(";") if field.headers else ()):
            known |= {key(name): (field.name, rank) for name in names.split(",")}
    return known


def field_of(header: str) -> tuple[str, int] | None:
    """Returns the field that a header names and the precedence of its cells (0 is first), or None if it is unknown."""
    text = header.strip()
    if text[: len(CUSTOM)].lower() == CUSTOM and text[len(CUSTOM) :].strip():
        return CUSTOM + text[len(CUSTOM) :].strip(), 0
    normalized = key(header)
    if (known := _known().get(normalized)) is not None:
        return known
    if normalized in (_NOM, _NOME, _NOMBRE) or normalized in _OTHER_NAMES:
        return "name", 0
    if sense_of(header) is not None:
        return OPT_OUT, 0
    return ("calling_code", 0) if normalized.endswith(_CODE_ENDINGS) else None


def by_words(header: str) -> tuple[str, int] | None:
    """Returns what `Phone Number (WhatsApp)` names by its single words, as `field_of`. The cells have to confirm it."""
    rank = phone_headers.rank_of_header(header)
    return None if rank is None else ("phone", rank)


def by_neighbours(header: str, fields: set[str]) -> str | None:
    """Returns the field of `Nom`, `Nome`, `Nombre` or `Other names` in a file that has the given fields, or None.

    `Nom` in a file with first names is the last name. `Nome` and `Nombre` in a file with last names are the first name.
    `Other names` are the missing one of first and last name; IGNORE if the file has both.
    """
    normalized = key(header)
    if normalized in _OTHER_NAMES:
        if {"first_name", "last_name"} <= fields:
            return IGNORE
        return "first_name" if "last_name" in fields else "last_name" if "first_name" in fields else None
    if normalized == _NOM and "first_name" in fields:
        return "last_name"
    if normalized in (_NOME, _NOMBRE, _NOM) and "last_name" in fields:
        return "first_name"
    return None
