"""The info that executors pass to resolvers: graphql-core's info with the memory of the run."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from aiodataloader import DataLoader
from graphql import FieldNode, GraphQLObjectType, GraphQLResolveInfo

Collect: TypeAlias = Callable[[GraphQLObjectType, list[FieldNode]], dict[str, list[FieldNode]]]
"""Returns the field nodes that are selected below these nodes for an object type, by response name."""


@dataclass(slots=True)
class Memory:
    """The caches of a run: selections, which all runs of a plan share, and loaders, which belong to one run."""

    collect: Collect
    selections: dict[Hashable, Any] = field(default_factory=dict)
    loaders: dict[Hashable, DataLoader[Any, Any]] = field(default_factory=dict)


class ResolveInfo(NamedTuple):
    """Strawberry's extension of GraphQLResolveInfo, with the memory."""

    field_name: str
    field_nodes: list[FieldNode]
    return_type: Any
    parent_type: GraphQLObjectType
    path: Any
    schema: Any
    fragments: Any
    root_value: Any
    operation: Any
    variable_values: dict[str, Any]
    context: Any
    is_awaitable: Callable[[Any], bool]
    abort_signal: Any
    async_helpers: Any
    operation_extensions: dict[str, Any] | None
    memory: Memory


def memory_of(info: GraphQLResolveInfo[Any]) -> Memory:
    memory: Memory | None = getattr(info, "memory", None)
    if memory is None:
        raise RuntimeError("The schema was not given to schema.execution.prepare(). Call prepare() before executing.")
    return memory
