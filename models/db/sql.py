"""SQL fragments with their parameter values."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

from models.db.text_cache import cache_texts

MARK = "$?"
ACCOUNT = "$1"
"""The account, in a fragment that reads another table. It is the first parameter of every statement with such a
fragment. Citus finds the one shard of an account only if each sub-select names the account by a parameter."""


class Sql(NamedTuple):
    """A condition or another SQL fragment, in which each ``$?`` is the placeholder of the next of `values`.

    Fragments with the same text differ only in their values, so a statement made of them can be cached by its text.
    """

    text: str
    values: tuple[Any, ...] = ()

    def __and__(self, other: "Sql") -> "Sql":
        return all_of((self, other))


TRUE = Sql("TRUE")
FALSE = Sql("FALSE")


@dataclass(frozen=True, slots=True)
class Search:
    """A condition in two equivalent forms: `plain` checks a row, and `indexed` uses an index.

    `indexed` is None if no index supports the condition.
    """

    plain: Sql
    indexed: Sql | None

    @property
    def condition(self) -> Sql:
        return self.plain if self.indexed is None else self.indexed


def all_of(parts: Iterable[Sql]) -> Sql:
    """Joins conditions with AND; returns TRUE if there are none."""
    return _joined([part for part in parts if part is not TRUE], " AND ", TRUE)


def one_of(parts: Iterable[Sql]) -> Sql:
    """Joins conditions with OR; returns FALSE if there are none."""
    return _joined(list(parts), " OR ", FALSE)


def negated(part: Sql) -> Sql:
    """Returns a condition that is true where the given one is false or NULL."""
    return Sql(f"NOT COALESCE(({part.text}), FALSE)", part.values)


def contains(column: str, part: str) -> Sql:
    """Returns a condition for a text column that contains a part, case-sensitively.

    It is FALSE for a part with U+0000, which PostgreSQL does not accept in texts.
    """
    if "\0" in part:
        return FALSE
    escaped = part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return Sql(f"{column} LIKE {MARK} ESCAPE '\\'", (f"%{escaped}%",))


def _joined(parts: Sequence[Sql], word: str, empty: Sql) -> Sql:
    if not parts:
        return empty
    if len(parts) == 1:
        return parts[0]
    values = tuple(chain.from_iterable([part.values for part in parts]))
    return Sql("(" + f"){word}(".join([part.text for part in parts]) + ")", values)


@cache_texts(2_000_000)
def numbered(text: str, first: int = 1) -> str:
    """Returns the text with its placeholders numbered in order: ``$1``, ``$2`` …, starting at `first`."""
    counter = iter(range(first, first + text.count(MARK)))
    return re.sub(r"\$\?", lambda _: f"${next(counter)}", text)
