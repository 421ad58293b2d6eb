"""The positions of a level's sources in the response. Paths are built only for resolvers, which can use them."""

from collections.abc import Sequence

from graphql.pyutils import Path


class Places:
    """The places of a level's sources. The base class is the root."""

    __slots__ = ("_paths",)

    def __init__(self) -> None:
        self._paths: Sequence[Path | None] | None = None

    @property
    def paths(self) -> Sequence[Path | None]:
        """The path of each source."""
        if self._paths is None:
            self._paths = self._made()
        return self._paths

    def _made(self) -> Sequence[Path | None]:
        return [None]

    def field(self, response_name: str, type_name: str) -> "Places":
        """Returns the places of a field of these sources."""
        return FieldPlaces(self, response_name, type_name)

    def items(self, counts: Sequence[int]) -> "Places":
        """Returns the places of list items. `counts` is the number of items at each place."""
        return ItemPlaces(self, counts)

    def subset(self, indices: Sequence[int]) -> "Places":
        return SomePlaces(self, indices)


ROOT = Places()


class FieldPlaces(Places):
    __slots__ = ("_parents", "_response_name", "_type_name")

    def __init__(self, parents: Places, response_name: str, type_name: str) -> None:
        self._paths = None
        self._parents = parents
        self._response_name = response_name
        self._type_name = type_name

    def _made(self) -> Sequence[Path | None]:
        return [Path(parent, self._response_name, self._type_name) for parent in self._parents.paths]


class ItemPlaces(Places):
    __slots__ = ("_counts", "_parents")

    def __init__(self, parents: Places, counts: Sequence[int]) -> None:
        self._paths = None
        self._parents = parents
        self._counts = counts

    def _made(self) -> Sequence[Path | None]:
        return [
            Path(parent, index, None)
            for parent, count in zip(self._parents.paths, self._counts, strict=True)
            for index in range(count)
        ]


class SomePlaces(Places):
    __slots__ = ("_indices", "_places")

    def __init__(self, places: Places, indices: Sequence[int]) -> None:
        self._paths = None
        self._places = places
        self._indices = indices

    def _made(self) -> Sequence[Path | None]:
        paths = self._places.paths
        return [paths[index] for index in self._indices]
