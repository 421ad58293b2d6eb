"""Generates the loop that turns the sources of a level into its answers. The only module that executes generated code.

Nothing of a request can become code but the response names of its fields:

- The text contains names of types and columns, which the schema declares, and response names. Arguments, variables and
  literals of a request are never part of it: resolvers and serializers are in the environment, and values are read from
  the sources at run time.
- A response name is a field name or an alias, so GraphQL's lexer limits it to ASCII letters, digits and underscores.
  `loop_text` checks this again and raises GraphQLError for any other name.
- As a key, a response name is written with `repr`. As a variable it has the prefix `v_`, so it is no keyword and hides
  no other name of the loop.
- The number of lines is bounded by the number of fields, which the limits of a request bound.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from graphql import assert_name

from schema.execution.fields import Column, Computed, longest_of
from schema.execution.rows import read
from schema.execution.run.scalar_completion import LeafShape
from schema.execution.run.state import Run
from schema.execution.run.table import Reader

Loop: TypeAlias = Callable[[Run, Sequence[Any], Sequence[Iterable[Any]]], list[dict[str, Any]]]
"""Takes the run, the sources and a list of values for each ReadyEntry. Returns a dict for each source."""


@dataclass
class ConstantEntry:
    response_name: str
    value: str

    @property
    def width(self) -> int:
        """The most characters of the name and the value."""
        return len(self.response_name) + len(self.value)


@dataclass
class InlineEntry:
    """A leaf that the loop reads from the source."""

    response_name: str
    leaf: LeafShape
    source: Column | Computed
    names: tuple[str, ...]

    @property
    def width(self) -> int:
        return len(self.response_name) + longest_of(self.source)


@dataclass
class ReadyEntry:
    """A field whose values are fetched before the loop. The loop completes the values of a leaf."""

    response_name: str
    leaf: LeafShape | None
    longest: int

    @property
    def width(self) -> int:
        return len(self.response_name) + self.longest


Entry: TypeAlias = ConstantEntry | InlineEntry | ReadyEntry
"""A field of the selection in the loop."""


def loop_of(type_name: str, reader: Reader, entries: Sequence[Entry]) -> Loop:
    """Generates and compiles the loop for sources of one kind."""
    text, environment = loop_text(type_name, reader, entries)
    exec(compile(text, f"<answers of {type_name}>", "exec"), environment)  # safe, see above
    loop: Loop = environment[f"answers_of_{type_name}"]
    return loop


def loop_text(type_name: str, reader: Reader, entries: Sequence[Entry]) -> tuple[str, dict[str, Any]]:
    """Returns the loop's source text and the names it uses. Raises GraphQLError for what is no GraphQL name."""
    for name in (type_name, *(entry.response_name for entry in entries)):
        assert_name(name)
    environment: dict[str, Any] = {"read": read}
    ready = [f"v_{entry.response_name}" for entry in entries if isinstance(entry, ReadyEntry)]
    body: list[str] = []
    items: list[str] = []
    for entry in entries:
        variable = f"v_{entry.response_name}"
        if isinstance(entry, ConstantEntry):
            items.append(f"{entry.response_name!r}: {entry.value!r}")
            continue
        if isinstance(entry, InlineEntry):
            body += _reading(entry, variable, reader, environment)
        if entry.leaf is not None:
            body += entry.leaf.lines(variable, environment)
        items.append(f"{entry.response_name!r}: {variable}")
    lines = [
        f"def answers_of_{type_name}(run, sources, ready):",
        "    context, fail, answers = run.context, run.fail, []",
        "    append = answers.append",
        f"    for {', '.join([reader.target(), *ready])} in zip(sources, *ready):"
        if ready
        else f"    for {reader.target()} in sources:",
        *(f"        {line}" for line in body),
        f"        append({{{', '.join(items)}}})",
        "    return answers",
    ]
    return "\n".join(lines), environment


def _reading(entry: InlineEntry, variable: str, reader: Reader, environment: dict[str, Any]) -> list[str]:
    source = entry.source
    values = [reader.expression(name) for name in entry.names]
    if isinstance(source, Computed):
        environment[f"resolve_{variable}"] = source.resolve
        arguments = ["context", *values] if source.takes_context else values
        return _guarded([f"{variable} = resolve_{variable}({', '.join(arguments)})"], variable)
    reading = [f"{variable} = {values[0]}"]
    if source.convert is not None:
        environment[f"convert_{variable}"] = source.convert
        reading += [f"if {variable} is not None:", f"    {variable} = convert_{variable}({variable})"]
    return _guarded(reading, variable) if reader.may_raise or source.convert else reading


def _guarded(lines: list[str], variable: str) -> list[str]:
    return [
        "try:",
        *(f"    {line}" for line in lines),
        "except Exception as error:",
        f"    {variable} = fail(error)",
    ]
