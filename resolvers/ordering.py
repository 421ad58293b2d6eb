"""Orders in which a table can be read, and cursors: places in such an order."""

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

from models import database
from models.sql import MARK, Sql, all_of, one_of


class Kind(StrEnum):
    """What a term holds: how it is compared, and how a cursor keeps it."""

    TEXT = "text"
    INSTANT = "timestamptz"
    NUMBER = "bigint"
    ID = "uuid"


@dataclass(frozen=True, slots=True)
class Term:
    """One thing to order by.

    A missing text comes behind every text and a missing instant ahead of every instant, descending the other way round,
    so that an order read backwards is that order exactly. A folded text is compared without regard to the case of A to
    Z.
    """

    expression: str
    kind: Kind
    is_descending: bool = False
    is_nullable: bool = False
    is_folded: bool = False

    def value(self) -> str:
        """What a cursor keeps of a row, as SQL."""
        return f"lower({self.expression})" if self.is_folded else self.expression

    def compared(self, value: str | None = None) -> list[str]:
        """The expressions, never null, that are compared: of the row, or of a cursor's `value`."""
        of_row = value is None
        value = self.value() if value is None else value
        if not self.is_nullable:
            return [value]
        if self.kind is Kind.INSTANT:
            return [f"coalesce({value}, {_LOWEST[database.is_postgres()]})"]
        flag = f"({self.expression if of_row else value} IS NULL)"
        return [flag, f"coalesce({value}, '')"]


_MAX_NUMBER = 2**63 - 1
_LOWEST = {True: "'-infinity'", False: "''"}


class BadCursor(ValueError):
    """A cursor that is garbage, or of another order."""


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """Terms in the order of their weight; the last one tells every two rows apart. `name` tells orders apart.

    Compared by identity, so that statements are found by it at once: make each order once.
    """

    name: str
    terms: tuple[Term, ...]

    def sql(self, *, backwards: bool = False) -> str:
        return ", ".join(f"{key} {direction}" for key, direction in self.keys(backwards=backwards))

    def keys(self, *, backwards: bool = False) -> list[tuple[str, str]]:
        """What rows are sorted by: expressions that are never null, each with ASC or DESC."""
        found = []
        for term in self.terms:
            direction = "DESC" if term.is_descending is not backwards else "ASC"
            found += [(key, direction) for key in term.compared()]
        return found

    def encode(self, values: Sequence[Any]) -> str:
        """The cursor of a row, from the values of its terms."""
        kept = [str(value) if isinstance(value, UUID | datetime) else value for value in values]
        return base64.urlsafe_b64encode(orjson.dumps([self.name, *kept])).rstrip(b"=").decode()

    def decode(self, cursor: str) -> tuple[Any, ...]:
        """The values of a cursor's terms. Raises BadCursor."""
        try:
            name, *values = orjson.loads(
                base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            )
        except (ValueError, binascii.Error, TypeError):
            raise BadCursor("This is not a cursor.") from None
        if name != self.name or len(values) != len(self.terms):
            raise BadCursor("This cursor is of another order; take one of a page in the same order.")
        try:
            return tuple(_restored(term, value) for term, value in zip(self.terms, values, strict=True))
        except (ValueError, TypeError, AttributeError):
            raise BadCursor("This is not a cursor.") from None

    def behind(self, values: Sequence[Any], *, backwards: bool = False) -> Sql:
        """That a row comes behind the row of a cursor; backwards, ahead of it."""
        of_places = _behind(self, backwards, database.is_postgres())
        return Sql(of_places.text, tuple([values[place] for place in of_places.values]))


@lru_cache(maxsize=1000)
def _behind(order: Order, backwards: bool, is_postgres: bool) -> Sql:
    """That a row comes behind another one, with the places of its values in their stead."""
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
    """The comparison of rows whose terms don't all run the same way."""
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
    if term.kind is Kind.INSTANT:
        instant = datetime.fromisoformat(value)
        if instant.tzinfo is not UTC:
            raise ValueError
        return instant
    if term.kind is Kind.ID:
        return UUID(value)
    expected = str if term.kind is Kind.TEXT else int
    if type(value) is not expected or (isinstance(value, int) and value > _MAX_NUMBER) or "\0" in str(value):
        raise ValueError
    return value
