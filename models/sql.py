"""Pieces of SQL with the values that belong into them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

from pypika_tortoise.context import SqlContext
from pypika_tortoise.terms import Criterion

from models.kept_texts import kept_texts

MARK = "$?"


class Sql(NamedTuple):
    """A condition, or another piece of a statement: text in which each ``$?`` stands for the next of `values`.

    Two pieces of the same text differ in their values alone, so a statement made of them can be kept by its text.
    """

    text: str
    values: tuple[Any, ...] = ()

    def __and__(self, other: "Sql") -> "Sql":
        return all_of((self, other))


TRUE = Sql("TRUE")
FALSE = Sql("FALSE")


@dataclass(frozen=True, slots=True)
class Search:
    """One condition in two forms that mean the same: told of a row at hand, and looked up in an index.

    `indexed` is None where no index knows of it.
    """

    plain: Sql
    indexed: Sql | None

    @property
    def condition(self) -> Sql:
        return self.plain if self.indexed is None else self.indexed


def all_of(parts: Iterable[Sql]) -> Sql:
    """Every condition holds; TRUE where there is none."""
    return _joined([part for part in parts if part is not TRUE], " AND ", TRUE)


def one_of(parts: Iterable[Sql]) -> Sql:
    """At least one condition holds; FALSE where there is none."""
    return _joined(list(parts), " OR ", FALSE)


def negated(part: Sql) -> Sql:
    """The condition does not hold, or can't be told (NULL)."""
    return Sql(f"NOT COALESCE(({part.text}), FALSE)", part.values)


def contains(column: str, part: str) -> Sql:
    """That a text column holds a part, letter for letter. U+0000 is in none: PostgreSQL does not even take it."""
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


@kept_texts(2_000_000)
def numbered(text: str, first: int = 1) -> str:
    """The text with its marks numbered in order: ``$1``, ``$2`` …, from `first` on."""
    counter = iter(range(first, first + text.count(MARK)))
    return re.sub(r"\$\?", lambda _: f"${next(counter)}", text)


class Raw(Criterion):
    """A piece of text as a term of Tortoise's query builder; its values are the caller's to keep, in order."""

    def __init__(self, text: str, alias: str | None = None) -> None:
        super().__init__(alias)
        self.text = text

    def get_sql(self, ctx: SqlContext) -> str:
        return f'{self.text} AS "{self.alias}"' if self.alias and ctx.with_alias else self.text
