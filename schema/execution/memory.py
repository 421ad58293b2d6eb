"""What an executor hands to the resolvers: graphql-core's info, and with it the memory of this run."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from aiodataloader import DataLoader
from graphql import FieldNode, GraphQLObjectType, GraphQLResolveInfo

Collect: TypeAlias = Callable[[GraphQLObjectType, list[FieldNode]], dict[str, list[FieldNode]]]
"""Below these nodes, what is asked of an object of this type: the field nodes by their name in the answer."""


@dataclass(slots=True)
class Memory:
    """What is found out while an operation runs: selections (the same for all runs of a plan) and loaders (per run)."""

    collect: Collect
    selections: dict[Hashable, Any] = field(default_factory=dict)
    loaders: dict[Hashable, DataLoader[Any, Any]] = field(default_factory=dict)


class ResolveInfo(NamedTuple):
    """GraphQLResolveInfo as Strawberry extends it, and the memory."""

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
        raise RuntimeError("This schema was not given to schema.execution.prepare(): its executor keeps no memory")
    return memory
