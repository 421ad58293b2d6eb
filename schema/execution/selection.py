"""The selection below a field, for resolvers."""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any, TypeAlias, TypeVar

from graphql import (
    FieldNode,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
)
from strawberry import Info

from .rows import columns_of
from .run_cache import Collect, Memory, memory_of

T = TypeVar("T")

Parts: TypeAlias = Sequence[tuple[GraphQLNamedType, list[FieldNode]]]
"""Field nodes, each list with the type of their values."""


def selection(info: Info) -> "Selection":
    """Returns the selection below the field being resolved, with fragments, aliases, @skip and @include applied.

    Each call for the same field returns the same object, for a whole operation, or for all runs of a compiled plan.
    """
    raw_info = info._raw_info
    return cached_selection(memory_of(raw_info), raw_info.schema, raw_info.return_type, raw_info.field_nodes)


def cached_selection(
    memory: Memory, schema: GraphQLSchema, return_type: GraphQLOutputType, nodes: list[FieldNode]
) -> "Selection":
    """Returns the selection below these nodes of a field of this type. Caches it in the memory."""
    place = (id(return_type), *map(id, nodes))  # the ids stay valid: the plan's schema and document keep the objects
    cached: Selection | None = memory.selections.get(place)
    if cached is None:
        cached = memory.selections[place] = Selection(schema, memory.collect, [(get_named_type(return_type), nodes)])
    return cached


class Selection:
    """The selected fields of all object types. Names are GraphQL names, never aliases."""

    def __init__(self, schema: GraphQLSchema, collect: Collect, parts: Parts) -> None:
        self._schema = schema
        self._collect = collect
        self._parts = parts

    @cached_property
    def _fields(self) -> dict[str, dict[str, list[FieldNode]]]:
        """The nodes that select a field, by the name of the object type and the name of the field."""
        asked: dict[str, dict[str, list[FieldNode]]] = {}
        for named_type, nodes in self._parts:
            for object_type in self._possible_types(named_type):
                fields = asked.setdefault(object_type.name, {})
                for same_response_name in self._collect(object_type, nodes).values():
                    name = same_response_name[0].name.value
                    fields[name] = _without_repeats([*fields.get(name, ()), *same_response_name])
        return asked

    def _object_type(self, name: str) -> GraphQLObjectType:
        object_type = self._schema.type_map[name]
        assert isinstance(object_type, GraphQLObjectType)
        return object_type

    def _possible_types(self, named_type: GraphQLNamedType) -> Iterable[GraphQLObjectType]:
        if isinstance(named_type, GraphQLObjectType):
            return (named_type,)
        return self._schema.get_possible_types(named_type) if is_abstract_type(named_type) else ()

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The row columns that the selected fields read, without duplicates, in selection order."""
        names: dict[str, None] = {}
        for type_name, fields in self._fields.items():
            object_type = self._object_type(type_name)
            for name in fields:
                field = object_type.fields.get(name)
                names.update(dict.fromkeys(columns_of(field, object_type) if field else ()))
        return tuple(names)

    def under(self, *path: str) -> "Selection":
        """Returns the selection below a path of fields, regardless of aliases. It is empty if they are not selected."""
        if not path:
            return self
        cached = self._children.get(path[0])
        if cached is None:
            cached = self._children[path[0]] = self._child(path[0])
        return cached.under(*path[1:])

    def on(self, type_name: str) -> "Selection":
        """Returns the selection for objects of one type of an interface or a union."""
        cached = self._by_type.get(type_name)
        if cached is None:
            cached = self._by_type[type_name] = Selection(
                self._schema,
                self._collect,
                [
                    (object_type, nodes)
                    for named_type, nodes in self._parts
                    for object_type in self._possible_types(named_type)
                    if object_type.name == type_name
                ],
            )
        return cached

    @cached_property
    def _children(self) -> "dict[str, Selection]":
        return {}

    @cached_property
    def _by_type(self) -> "dict[str, Selection]":
        return {}

    def _child(self, name: str) -> "Selection":
        nodes_by_type: dict[str, list[FieldNode]] = {}
        types: dict[str, GraphQLNamedType] = {}
        for type_name, fields in self._fields.items():
            field = self._object_type(type_name).fields.get(name)
            if field is not None and name in fields:
                child_type = get_named_type(field.type)
                types[child_type.name] = child_type
                nodes = [*nodes_by_type.get(child_type.name, ()), *fields[name]]
                nodes_by_type[child_type.name] = _without_repeats(nodes)
        return Selection(self._schema, self._collect, [(types[key], nodes) for key, nodes in nodes_by_type.items()])

    def derived(self, make: "Callable[[Selection], T]") -> T:
        """Returns `make(selection)`, cached as long as the selection exists.

        A cache elsewhere with selections as keys would keep their whole documents in memory.
        """
        cached: T | None = self._derived.get(make)
        if cached is None:
            cached = self._derived[make] = make(self)
        return cached

    @cached_property
    def _derived(self) -> "dict[Callable[[Selection], Any], Any]":
        return {}

    def __contains__(self, name: str) -> bool:
        return any(name in fields for fields in self._fields.values())

    def __bool__(self) -> bool:
        return any(self._fields.values())

    def __repr__(self) -> str:
        return f"Selection({ {name: list(fields) for name, fields in self._fields.items()} })"


def _without_repeats(nodes: list[FieldNode]) -> list[FieldNode]:
    return list({id(node): node for node in nodes}.values())
