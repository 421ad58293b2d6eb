"""Conditions on the custom variables of contacts.

An index of trigrams contains each contact's variables as JSON (0022_search_indexes.sql). It finds the contacts whose
JSON contains the label and the values. Their variables are then compared exactly.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase
from typing import Final

import orjson

from models.db.database import entries_of, is_postgres, sql_in
from models.db.sql import FALSE, MARK, TRUE, Search, Sql, all_of, contains, one_of
from services.input.text import has_control, normalize_newlines

MAX_CONDITIONS: Final = 20
MAX_CONTAINS: Final = 200

_TRIGRAM: Final = 3
_LOOKED_UP: Final = 50
"""Values to look up in the index. For more values, the index finds all contacts that have the label."""
_TELLING: Final = 40
"""Characters of a value to look up in the index."""
_INDEXED: Final = 'lower(contact.custom_variables::text COLLATE "C")'
_FOUND_ON_SQLITE: Final = (
    f"contact.search_rowid IN (SELECT rowid FROM contact_variables WHERE contact_variables MATCH {MARK})"
)
_LOWER: Final = str.maketrans(ascii_uppercase, ascii_lowercase)


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableCondition:
    """Conditions on the variable with a label. None is no condition; all others must be true.

    `equals` and `any_of` compare exactly, `contains` ignores the case of A to Z.
    """

    label: str
    equals: str | None = None
    any_of: Sequence[str] | None = None
    contains: str | None = None
    exists: bool | None = None

    @property
    def names_values(self) -> bool:
        return self.equals is not None or self.any_of is not None or self.contains is not None


def variable_search(condition: VariableCondition) -> Search:
    """Returns a condition on `contact`. No index finds the contacts that lack a variable."""
    label = unicodedata.normalize("NFC", condition.label).strip()
    if has_control(label):
        return Search(FALSE if condition.exists is not False else TRUE, None)
    if condition.exists is False:
        return Search(FALSE if condition.names_values else _has(label, (), is_negated=True), None)
    equal = None if condition.equals is None else _stored([condition.equals])
    any_of = None if condition.any_of is None else _stored(condition.any_of)
    part = None if condition.contains is None else [text.translate(_LOWER) for text in _stored([condition.contains])]
    tests = [Sql(sql_in("v.value", MARK, "text"), (values,)) for values in (equal, any_of) if values is not None]
    if part is not None:
        tests += [_contains(text) for text in part] or [FALSE]
    plain = _has(label, tests)
    looked_up = [[_quoted(label)], *([_quoted(text) for text in values] for values in (equal, any_of) if values)]
    looked_up += [[_quoted(text)[1:-1]] for text in part or ()]
    return Search(plain, _indexed([texts for texts in looked_up if _is_telling(texts)]) & plain)


def _is_telling(texts: Sequence[str]) -> bool:
    return len(texts) <= _LOOKED_UP and all(len(text) >= _TRIGRAM for text in texts)


def _stored(texts: Sequence[str]) -> list[str]:
    """Returns the texts as contacts have them, without those that no contact can have."""
    return [
        unicodedata.normalize("NFC", normalize_newlines(text))
        for text in texts
        if not has_control(text, is_multiline=True)
    ]


def _has(label: str, tests: Sequence[Sql], *, is_negated: bool = False) -> Sql:
    """Returns the condition that the variable exists, and that its value `v.value` passes the tests."""
    entry = all_of((Sql(f"v.key = {MARK}", (label,)), *tests))
    no = "NOT " if is_negated else ""
    return Sql(
        f"{no}EXISTS (SELECT 1 FROM {entries_of('contact.custom_variables', 'v')} WHERE {entry.text})", entry.values
    )


def _contains(part: str) -> Sql:
    if is_postgres():
        return Sql(f'strpos(lower(v.value COLLATE "C"), {MARK}) > 0', (part,))
    return Sql(f"instr(lower(v.value), {MARK}) > 0", (part,))


def _quoted(text: str) -> str:
    """Returns the text as it is in JSON."""
    return orjson.dumps(text).decode()


def _indexed(groups: Sequence[Sequence[str]]) -> Sql:
    """Returns the condition that the index finds one text of each group."""
    telling = [[text[:_TELLING].translate(_LOWER) for text in texts] for texts in groups]
    if is_postgres():
        found = [one_of([contains(_INDEXED, text) for text in texts]) for texts in telling]
        return all_of((Sql("contact.custom_variables <> '{}'"), *found))
    phrases = [" OR ".join('"' + text.replace('"', '""') + '"' for text in texts) for texts in telling]
    return Sql(_FOUND_ON_SQLITE, (" AND ".join(f"({phrase})" for phrase in phrases),))
