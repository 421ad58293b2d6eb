"""Maps column headers of other programs, in five languages, to contact fields."""

from functools import cache
from typing import Final

from services.contacts.fields import FIELDS as CONTACT_FIELDS, IMPORTED
from services.imports.consent_columns import key, sense_of

__all__ = ("CUSTOM", "FIELDS", "IGNORE", "OPT_OUT", "by_neighbours", "field_of", "key")

CUSTOM: Final = "custom:"
IGNORE: Final = "ignore"
OPT_OUT: Final = "opt_out"
ADDED: Final = ("line", "code", "message", "suggestion")
"""The columns in front of a file of skipped rows. An import of such a file leaves them out."""
FIELDS: Final = (*IMPORTED, OPT_OUT)
"""The targets of a mapping, apart from custom variables and IGNORE."""

# The meaning of these words depends on the language and on the other columns: see `by_neighbours`.
_NOM, _NOME, _NOMBRE = "nom", "nome", "nombre"


@cache
def _known() -> dict[str, tuple[str, int]]:
    known: dict[str, tuple[str, int]] = {}
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
    known = _known().get(normalized)
    if known is not None:
        return known
    if normalized in (_NOM, _NOME, _NOMBRE):
        return "name", 0
    return (OPT_OUT, 0) if sense_of(header) is not None else None


def by_neighbours(header: str, fields: set[str]) -> str | None:
    """Returns the field of `Nom`, `Nome` or `Nombre` in a file that has the given fields, or None.

    `Nom` in a file with first names is the last name. `Nome` and `Nombre` in a file with last names are the first name.
    """
    normalized = key(header)
    if normalized == _NOM and "first_name" in fields:
        return "last_name"
    if normalized in (_NOME, _NOMBRE, _NOM) and "last_name" in fields:
        return "first_name"
    return None
