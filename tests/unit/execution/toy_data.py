"""Data of one request in which any value can be wrong."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import strawberry
from aiodataloader import DataLoader
from graphql import GraphQLError

from schema.execution import Selection
from tests.unit.execution.toy_types import Address, Color, Company, Level, MessageConnection, MessageEdge


class Row:
    """A record like asyncpg's: access by name and position, values in column order."""

    __slots__ = ("_columns", "_values")

    def __init__(self, columns: Mapping[str, Any]) -> None:
        self._columns = tuple(columns)
        self._values = tuple(columns.values())

    def __getitem__(self, key: str | int) -> Any:
        if isinstance(key, int):
            return self._values[key]
        if key not in self._columns:
            raise KeyError(key)
        return self._values[self._columns.index(key)]

    def keys(self) -> Any:
        return iter(self._columns)

    def __iter__(self) -> Any:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return "<Row>"


class Odd:
    """A value that only the scalars String, ID and JSON accept."""

    def __repr__(self) -> str:
        return "<Odd>"

    __str__ = __repr__


class Context:
    """The data of one request. The same seed gives the same data; `faults` is the probability of a fault."""

    def __init__(self, seed: int, faults: float) -> None:
        self.seed = seed
        self.faults = faults
        self.selections: list[Selection] = []
        self.mutations: list[str] = []
        self.now = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)

    def chance(self, *site: object) -> random.Random:
        return random.Random(f"{self.seed}:{site}")

    def maybe(self, value: Any, *site: object) -> Any:
        """Returns the value, or a wrong value or error instead."""
        chance = self.chance("fault", *site)
        if chance.random() >= self.faults:
            return value
        return chance.choice(
            [
                None,
                None,
                ValueError(f"wrong at {site}"),
                Odd(),
                2**40,
                1.5,
                float("nan"),
                self.now.replace(tzinfo=None),
                "text",
                "RED",
                True,
                [],
                [None],
            ]
        )

    def maybe_raise(self, *site: object) -> None:
        chance = self.chance("raise", *site)
        if chance.random() < self.faults:
            error = chance.choice([ValueError, GraphQLError, KeyError])
            raise error(f"raised at {site}")

    def row(self, kind: str, key: int, **more: Any) -> Row:
        """Returns a row of this kind, with its columns in random order."""
        chance = self.chance(kind, key)
        columns: dict[str, Any] = {
            "id": key,
            "name": f"{kind} {key}" if chance.random() < 0.7 else None,
            "phone": f"+{key}" if chance.random() < 0.9 else "refused",
            "score": chance.randrange(100),
            "ratio": chance.random(),
            "is_active": chance.random() < 0.5,
            "color": chance.choice([Color.RED, Color.GREEN, "green", "BLUE"]),
            "level": chance.choice([Level.LOW, 2]),
            "tags": chance.choice([[], ["a"], ("b", "c")]),
            "matrix": [[1, 2], [3]],
            "created_at": self.now if chance.random() < 0.8 else None,
            "even": chance.choice([2, 4, 6, 7]),
            "extra": {"a": [1, None]},
            "owner_id": chance.choice([None, 1, 2, 3]),
        }
        columns = {name: self.maybe(value, kind, key, name) for name, value in columns.items()} | {"id": key} | more
        if chance.random() < self.faults / 10:
            del columns["name"]
        return Row(columns)

    def anything(self, key: int, *site: object) -> Any:
        """Returns an object that usually is a Node."""
        kinds: dict[str, Any] = {
            "Person": lambda: self.row("Person", key, __typename="Person"),
            "Group": lambda: self.row("Group", key, __typename="Group"),
            "Company": lambda: self.company(key),
        }
        made = kinds[self.chance("anything", *site, key).choice(list(kinds))]()
        chance = self.chance("misplaced", *site, key)
        if chance.random() < self.faults:
            made = chance.choice([None, Odd(), Row({"__typename": "Nothing"}), Row({"id": 1}), Address(street="s")])
        return made

    def company(self, key: int) -> "Company":
        at = ("company", key)
        return Company(
            id=self.maybe(strawberry.ID(str(key)), *at, "id"),
            name=self.maybe(f"Company {key}", *at, "name"),
            address=self.maybe(Address(street=self.maybe("Street", *at, "street")), *at, "address"),
            colors=self.maybe([Color.RED, self.maybe(Color.GREEN, *at, "color")], *at, "colors"),
            staff=self.maybe([self.row("Person", key), self.row("Person", key + 1)], *at, "staff"),
        )

    def loader(self, name: str, selection: Selection, arguments: Mapping[str, Any]) -> DataLoader[Any, Any]:
        self.selections.append(selection)

        async def load(keys: list[Any]) -> list[Any]:
            assert len(set(keys)) == len(keys)
            if self.chance("loader", name).random() < self.faults / 4:
                raise RuntimeError(f"no {name}")
            return [self.maybe(self.loaded_or_error(name, key, arguments), "load", name, key) for key in keys]

        return DataLoader(load)

    def loaded_or_error(self, name: str, key: int, arguments: Mapping[str, Any]) -> Any:
        """Returns the error instead of raising it, so that it affects one key only: on graphql-core, timing decides
        which keys share a batch.
        """
        try:
            return self.loaded(name, key, arguments)
        except (TypeError, ValueError) as error:
            return error

    def loaded(self, name: str, key: int, arguments: Mapping[str, Any]) -> Any:
        some = range(key, key + self.chance(name, key).randrange(3))
        match name:
            case "groups":
                return [self.row("Group", other) for other in some]
            case "person":
                return self.row("Person", key)
            case "friends":
                return [self.maybe(self.row("Person", other + 1), "friend", key, other) for other in some]
            case "labels":
                return [self.maybe(f"label {other}", "label", key, other) for other in some]
            case "anything":
                return self.anything(key, name)
            case "messages":
                first = arguments.get("first", 2)
                rows = [self.row("Message", other) for other in range(key, key + (first or 0) % 4)]
                return MessageConnection(
                    edges=[MessageEdge(cursor=str(row["id"]), node=row) for row in rows],  # type: ignore[arg-type]
                    nodes=rows,  # type: ignore[arg-type]
                    total=self.maybe(len(rows), "total", key),
                )
        raise LookupError(name)


LOADERS = ("groups", "person", "friends", "labels", "anything", "messages")
