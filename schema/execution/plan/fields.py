"""Plans: the steps that execute a selection. A plan is made once, and used for each run."""

from asyncio import gather
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from graphql import GraphQLField, GraphQLObjectType, GraphQLResolveInfo
from graphql.execution.collect_fields import FieldDetails
from graphql.pyutils import Path

from schema.execution.run.completion import Shape
from schema.execution.run.field_sources import AtOnce, Fetch, FetchAtOnce, FetchByCalls
from schema.execution.run.object_completion import Composite
from schema.execution.run.paths import ROOT, Places
from schema.execution.run.scalar_completion import LeafShape
from schema.execution.run.shared_rows import SharedRows
from schema.execution.run.state import Deferred, Run
from schema.execution.run.table import ByAttribute, Kind, Reader, SourceTable, common_kind, reader_for
from schema.execution.run_cache import ResolveInfo
from schema.execution.selection import Selection, cached_selection

from .codegen import Entry, Loop, loop_of

if TYPE_CHECKING:
    from .compiler import Compiler


_ROOT_READER = ByAttribute()


class FieldPlan:
    """A field that an operation selects for an object type, with one response name."""

    def __init__(
        self,
        compiler: "Compiler",
        parent_type: GraphQLObjectType,
        response_name: str,
        field: GraphQLField,
        details: list[FieldDetails],
        rounds: int,
    ) -> None:
        self.compiler = compiler
        self.parent_type = parent_type
        self.response_name = response_name
        self.field = field
        self.details = details
        self.nodes = [detail.node for detail in details]
        self.name = self.nodes[0].name.value
        self.label = f"{parent_type}.{self.name}"
        self.rounds = rounds
        """The number of awaits before its values are known. graphql-core reports errors in this order."""
        self.leaf: LeafShape | None = None
        self.composite: Composite | None = None
        self.fetch: Fetch | None = None
        self.needs: tuple[str, ...] = ()
        """The columns that the field reads."""

    @property
    def shape(self) -> Shape:
        shape = self.leaf or self.composite
        assert shape is not None
        return shape

    @cached_property
    def at_once(self) -> AtOnce | None:
        """The function that returns the values without awaiting; None if they need more than that."""
        return self.fetch.at_once if self.leaf is not None and isinstance(self.fetch, FetchAtOnce) else None

    @cached_property
    def selection(self) -> Selection:
        return cached_selection(self.compiler.memory, self.compiler.executor.schema, self.field.type, self.nodes)

    @cached_property
    def _at_root(self) -> Places:
        return ROOT.field(self.response_name, self.parent_type.name)

    def plan_of(self, object_type: GraphQLObjectType) -> "ObjectPlan":
        """Returns the plan of the selection below this field for an object type."""
        return self.compiler.below(self, object_type)

    def info(self, run: Run, path: Path | None) -> GraphQLResolveInfo[Any]:
        executor = self.compiler.executor
        return ResolveInfo(  # type: ignore[return-value]  # as Strawberry's own, a tuple of the same fields and more
            self.name,
            self.nodes,
            self.field.type,
            self.parent_type,
            path,
            executor.schema,
            executor.fragment_definitions,
            run.root_value,
            executor.operation,
            run.variable_values.coerced,
            run.context,
            executor.is_awaitable,
            None,
            executor.async_helpers,
            None,
            run.memory,
        )

    async def values(self, run: Run, table: SourceTable, places: Places) -> list[Any] | SharedRows:
        """Returns the field's values for the level's sources: completed objects, or leaves that are not completed."""
        assert self.fetch is not None
        own_places = self._at_root if places is ROOT else places.field(self.response_name, self.parent_type.name)
        values = await self.fetch.values(run, table, own_places)
        return values if self.composite is None else await self.composite.complete(run, values, own_places)


class ObjectPlan:
    """The plan of a selection for objects of one type. It runs for a whole level of objects."""

    def __init__(
        self,
        type_: GraphQLObjectType,
        entries: Sequence[Entry],
        fields: Sequence[FieldPlan],
        concurrent: bool,
    ) -> None:
        self._type = type_
        self.width = sum(entry.width for entry in entries)
        """The most characters of one object, without the objects in it."""
        self._entries = entries
        self.fields = fields
        self._ready = [field for field in fields if field.fetch is not None]
        self._needs = {name for field in fields for name in field.needs}
        self.is_plain = all(field.leaf and (not field.fetch or field.fetch.is_pure) for field in fields)
        """True if the selection has only values of the sources, so that completing an object twice gives the same."""
        self._concurrent = concurrent and sum(field.fetch.is_async for field in self._ready if field.fetch) > 1
        self._loops: dict[Kind, tuple[Reader, Loop]] = {}
        is_resolved = len(entries) == 1 and len(fields) == 1 and isinstance(fields[0].fetch, FetchByCalls)
        self._only = fields[0] if is_resolved and fields[0].leaf is None else None
        """The field, if the selection consists of one field with a resolver."""

    async def root_answer(self, run: Run, root_value: Any) -> dict[str, Any]:
        """Returns the data of an operation, or of one of its parts."""
        only = self._only
        if only is not None:
            (value,) = await only.values(run, SourceTable([root_value], _ROOT_READER), ROOT)
            return {only.response_name: value}
        answers: list[dict[str, Any]] = await self.answers(run, [root_value], {type(root_value)}, ROOT)
        return answers[0]

    async def answers(self, run: Run, sources: Sequence[Any], classes: set[type], places: Places) -> list[Any]:
        """Returns a dict with the selected values for each source. `classes` are the classes of the sources.

        Values that failed are Failures.
        """
        kind = common_kind(sources, classes)
        reader, loop = self._loops.get(kind) or self._loop(kind)
        run.characters += len(sources) * self.width
        table = SourceTable(sources, reader)
        ready: list[list[Any] | SharedRows]
        if self._concurrent:
            ready = await gather(*(field.values(run, table, places) for field in self._ready))
        else:
            ready = []
            for field in self._ready:  # not a comprehension, which would be a separate coroutine
                at_once = field.at_once
                ready.append(await field.values(run, table, places) if at_once is None else at_once(run, table))
        answers = loop(run, sources, ready)
        if run.deferred:
            await self._await_deferred(answers)
        return answers

    def _loop(self, kind: Kind) -> tuple[Reader, Loop]:
        """Makes and caches the reader and the loop for sources of a kind."""
        reader = reader_for(kind, self._needs)
        made = self._loops[kind] = reader, loop_of(self._type.name, reader, self._entries)
        return made

    async def _await_deferred(self, answers: Sequence[dict[str, Any]]) -> None:
        names = [field.response_name for field in self.fields if field.leaf is not None]
        pending = [(answer, name) for answer in answers for name in names if isinstance(answer[name], Deferred)]
        completed = await gather(*(answer[name].completed for answer, name in pending))
        for (answer, name), value in zip(pending, completed, strict=True):
            answer[name] = value
