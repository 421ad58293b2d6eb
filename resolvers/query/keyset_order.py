"""Sort orders of tables, and cursors, which are positions in a sort order."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

from models.db import database
from models.db.sql import MARK, Sql, all_of, one_of


class SortType(StrEnum):
    """The type of a term's values. It decides how values are compared and how a cursor encodes them."""

    TEXT = "text"
    INSTANT = "timestamptz"
    NUMBER = "bigint"
    ID = "uuid"


@dataclass(frozen=True, slots=True)
class Term:
    """One expression of a sort order.

    Ascending, a null text sorts after every text, and a null instant before every instant. Descending, it is the
    other way round, so reading an order backwards reverses it exactly. The comparison of a folded text ignores the
    case of A to Z.
    """

    expression: str
    kind: SortType
    is_descending: bool = False
    is_nullable: bool = False
    is_folded: bool = False

    def value(self) -> str:
        """Returns the SQL of the value that a cursor contains."""
        return f"lower({self.expression})" if self.is_folded else self.expression

    def compared(self, value: str | None = None) -> list[str]:
        """Returns the expressions to compare, of the row or of a cursor's `value`. They are never null."""
        of_row = value is None
        value = self.value() if value is None else value
        if not self.is_nullable:
            return [value]
        if self.kind is SortType.INSTANT:
            return [f"coalesce({value}, {_LOWEST[database.is_postgres()]})"]
        flag = f"({self.expression if of_row else value} IS NULL)"
        return [flag, f"coalesce({value}, '')"]


_MAX_NUMBER = 2**63 - 1
_LOWEST = {True: "'-infinity'", False: "''"}


class BadCursor(ValueError):
    """A cursor is malformed or belongs to another sort order."""


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """The terms of a sort order, most significant first. The last term is unique for each row; `name` for each order.

    Orders are compared by identity, which makes the cache lookup of statements fast. So make each order once.
    """

    name: str
    terms: tuple[Term, ...]

    def sql(self, *, backwards: bool = False) -> str:
        return ", ".join(f"{key} {direction}" for key, direction in self.keys(backwards=backwards))

    def keys(self, *, backwards: bool = False) -> list[tuple[str, str]]:
        """Returns the expressions that rows are sorted by, each with ASC or DESC. They are never null."""
        found = []
        for term in self.terms:
            direction = "DESC" if term.is_descending is not backwards else "ASC"
            found += [(key, direction) for key in term.compared()]
        return found

    def encode(self, values: Sequence[Any]) -> str:
        """Returns the cursor of a row with these values of the terms."""
        kept = [str(value) if isinstance(value, UUID | datetime) else value for value in values]
        return base64.urlsafe_b64encode(orjson.dumps([self.name, *kept])).rstrip(b"=").decode()

    def decode(self, cursor: str) -> tuple[Any, ...]:
        """Returns the values of a cursor's terms. Raises BadCursor."""
        try:
            name, *values = orjson.loads(
                base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            )
        except (ValueError, binascii.Error, TypeError):
            raise BadCursor("The cursor is malformed; send one that the server returned.") from None
        if name != self.name or len(values) != len(self.terms):
            raise BadCursor("The cursor belongs to another sort order; send one of a page with the same order.")
        try:
            return tuple(_restored(term, value) for term, value in zip(self.terms, values, strict=True))
        except (ValueError, TypeError, AttributeError):
            raise BadCursor("The cursor is malformed; send one that the server returned.") from None

    def behind(self, values: Sequence[Any], *, backwards: bool = False) -> Sql:
        """Returns the condition that a row comes after the row of a cursor; before it if `backwards`."""
        of_places = _behind(self, backwards, database.is_postgres())
        return Sql(of_places.text, tuple([values[place] for place in of_places.values]))


@lru_cache(maxsize=1000)
def _behind(order: Order, backwards: bool, is_postgres: bool) -> Sql:
    """Returns the condition that a row comes after another one.

    Its parameters are the positions of the other row's values, so that it can be cached for all cursors.
    """
    ours: list[str] = []
    theirs: list[str] = []
    arguments: list[Any] = []
    directions: list[bool] = []
    for place, term in enumerate(order.terms):
        keys = term.compared()
        ours += keys
        theirs += term.compared(database.cast_to(MARK, term.kind))
        arguments += [place] * len(keys)
        directions += [term.is_descending is not backwards] * len(keys)
    if len(set(directions)) == 1:
        sign = "<" if directions[0] else ">"
        return Sql(f"({', '.join(ours)}) {sign} ({', '.join(theirs)})", tuple(arguments))
    return _one_after_another(ours, theirs, arguments, directions)


def _one_after_another(ours: list[str], theirs: list[str], arguments: list[Any], directions: list[bool]) -> Sql:
    """Returns the comparison of rows for an order with both ascending and descending terms."""
    alternatives = []
    for place, descends in enumerate(directions):
        equal = [Sql(f"{ours[i]} = {theirs[i]}", (arguments[i],)) for i in range(place)]
        sign = "<" if descends else ">"
        alternatives.append(all_of([*equal, Sql(f"{ours[place]} {sign} {theirs[place]}", (arguments[place],))]))
    return one_of(alternatives)


def _restored(term: Term, value: Any) -> Any:
    if value is None:
        if not term.is_nullable:
            raise ValueError
        return None
    if term.kind is SortType.INSTANT:
        instant = datetime.fromisoformat(value)
        if instant.tzinfo is not UTC:
            raise ValueError
        return instant
    if term.kind is SortType.ID:
        return UUID(value)
    expected = str if term.kind is SortType.TEXT else int
    if type(value) is not expected or (isinstance(value, int) and value > _MAX_NUMBER) or "\0" in str(value):
        raise ValueError
    return value
