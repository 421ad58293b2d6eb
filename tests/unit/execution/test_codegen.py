"""The generated row loops: nothing of a request becomes code."""

import pytest
from graphql import GraphQLError

from schema.execution.plan.codegen import ConstantEntry, ReadyEntry, loop_of, loop_text
from schema.execution.run.table import ByAttribute

NO_NAMES = ["a b", "a;b", "a\nb", "a'b", "a)", "é", "1a", "", "a-b", "a.b"]


@pytest.mark.parametrize("name", NO_NAMES)
def test_what_is_no_graphql_name_becomes_no_code(name: str) -> None:
    for entry in (ConstantEntry(name, "Contact"), ReadyEntry(name, None, 0)):
        with pytest.raises(GraphQLError):
            loop_text("Contact", ByAttribute(), [entry])


@pytest.mark.parametrize("name", ["append", "context", "fail", "for", "None", "run", "sources", "read", "__class__"])
def test_an_alias_hides_no_name_of_the_loop(name: str) -> None:
    loop = loop_of("Contact", ByAttribute(), [ReadyEntry(name, None, 0), ConstantEntry("kind", "Contact")])

    answers = loop(_Run(), [object(), object()], [["first", "second"]])  # type: ignore[arg-type]

    assert answers == [{name: "first", "kind": "Contact"}, {name: "second", "kind": "Contact"}]


class _Run:
    context = None
    fail = None
