"""The engine takes texts and returns results or refusals."""

import asyncio
import gc
import weakref
from typing import Any

import pytest
from graphql import ExecutionResult, OperationType

from schema.execution import ActiveSubscription, Engine, RequestError, RequestErrorKind, RootField
from schema.execution.parse.documents import Documents
from schema.execution.parse.reading import TextReader
from tests.unit.execution.toy import make_schema
from tests.unit.execution.toy_data import Context

SCHEMA = make_schema()


@pytest.fixture(params=[True, False], ids=["compiled", "stock"])
def engine(request: pytest.FixtureRequest) -> Engine:
    return Engine(SCHEMA, compiled=request.param)


@pytest.mark.parametrize(
    ("text", "name", "variables", "refusal", "message"),
    [
        ("{", None, {}, RequestErrorKind.SYNTAX, "Syntax Error: Expected Name, found <EOF>."),
        ("{ nothing }", None, {}, RequestErrorKind.VALIDATION, "Cannot query field 'nothing' on type 'Query'."),
        (
            "query A { version } query B { version }",
            None,
            {},
            RequestErrorKind.OPERATION,
            "Must provide operation name",
        ),
        ("query A { version }", "C", {}, RequestErrorKind.OPERATION, "Unknown operation named 'C'."),
        ("fragment F on Person { id }", None, {}, RequestErrorKind.VALIDATION, "Fragment 'F' is never used."),
        (
            "query ($n: Int!) { people(first: $n) { id } }",
            None,
            {},
            RequestErrorKind.VARIABLES,
            "Variable '$n' has invalid value",
        ),
        (
            "query ($n: Int!) { people(first: $n) { id } }",
            None,
            {"n": "x"},
            RequestErrorKind.VARIABLES,
            "Variable '$n' has invalid",
        ),
    ],
)
async def test_what_cannot_be_executed_is_refused_with_its_reason(
    engine: Engine, text: str, name: str | None, variables: dict[str, Any], refusal: RequestErrorKind, message: str
) -> None:
    with pytest.raises(RequestError) as caught:
        await engine.execute(text, operation_name=name, variables=variables, context=Context(0, 0))

    assert caught.value.refusal is refusal
    assert caught.value.errors[0].message.startswith(message)


async def test_an_operation_of_a_kind_that_is_not_allowed_is_refused_before_it_runs(engine: Engine) -> None:
    context = Context(0, 0)

    with pytest.raises(RequestError) as caught:
        await engine.execute('mutation { remove(id: "1") { log } }', context=context, allow=[OperationType.QUERY])

    assert caught.value.refusal is RequestErrorKind.NOT_ALLOWED
    assert context.mutations == []


async def test_a_text_that_is_too_long_is_a_syntax_error() -> None:
    with pytest.raises(RequestError) as caught:
        await Engine(SCHEMA, max_tokens=5).execute("{ a: version b: version }", context=Context(0, 0))

    assert caught.value.refusal is RequestErrorKind.SYNTAX


def test_prepare_tells_the_type_and_every_root_field() -> None:
    text = """
      query Q ($no: Boolean!) { ...F a: version ... on Query { b: version @skip(if: $no) } ...F }
      fragment F on Query { person { id } ...G } fragment G on Query { c: version }
    """

    operation = Engine(SCHEMA).prepare(text, "Q")

    assert operation.type is OperationType.QUERY
    assert operation.root_fields == (
        RootField("person", "person"),
        RootField("version", "c"),
        RootField("version", "a"),
        RootField("version", "b"),
    )


async def test_skip_and_include_are_as_the_variables_say_each_time() -> None:
    engine = Engine(SCHEMA)
    text = """query ($no: Boolean!) {
      a: version @skip(if: $no) b: version @include(if: $no) ... @skip(if: $no) { c: version }
    }"""

    answers = [
        (await engine.execute(text, variables={"no": no}, context=Context(0, 0))).data for no in (True, False) * 2
    ]

    assert answers == [{"b": "1"}, {"a": "1", "c": "1"}] * 2


async def test_introspection_is_answered(engine: Engine) -> None:
    result = await engine.execute('{ __typename __type(name: "Person") { name } version }', context=Context(0, 0))

    assert result.data == {"__typename": "Query", "__type": {"name": "Person"}, "version": "1"}


async def test_mutations_run_one_after_another_and_only_once(engine: Engine) -> None:
    text = "mutation { a: update(range: {low: 1}) { log } b: remove(id: 2) { log } c: update(range: {low: 3}) { log } }"
    context = Context(0, 0)

    result = await engine.execute(text, context=context)

    assert context.mutations == ["update 1", "remove 2", "update 3"]
    assert result.data is not None
    assert [answer["log"] for answer in result.data.values()] == [context.mutations[: count + 1] for count in range(3)]


async def test_a_mutation_that_takes_the_answer_with_it_ends_the_operation(engine: Engine) -> None:
    seed = next(seed for seed in range(1000) if Context(seed, 0.5).chance("lucky", ["b"]).random() <= 0.5)
    context = Context(seed, 0.5)

    result = await engine.execute("mutation { b: remove(id: 1) { log } c: remove(id: 2) { log } }", context=context)

    assert result.data is None
    assert [error.formatted for error in result.errors or ()] == [
        {
            "message": "out of luck",
            "locations": [{"line": 1, "column": 12}],
            "path": ["b"],
            "extensions": {"code": "FORBIDDEN"},
        }
    ]
    assert context.mutations == []


async def test_many_requests_at_once_do_not_mix() -> None:
    engine = Engine(SCHEMA)
    text = "query ($n: Int!) { people(first: $n) { id shout messages(first: $n) { total } groups { people { id } } } }"
    counts = [count % 4 + 1 for count in range(40)]
    alone = {n: (await engine.execute(text, variables={"n": n}, context=Context(n, 0.05))) for n in set(counts)}

    results = await asyncio.gather(
        *(engine.execute(text, variables={"n": n}, context=Context(n, 0.05)) for n in counts)
    )

    assert [str(result) for result in results] == [str(alone[n]) for n in counts]


async def test_nothing_of_a_request_is_kept_with_its_plan() -> None:
    class Secret(str):
        __slots__ = ("__weakref__",)

    engine = Engine(SCHEMA)

    async def left_of_a_request() -> list[weakref.ref[Any]]:
        context, secret = Context(0, 0), Secret("11")
        text = "query ($id: ID!) { node(id: $id) { id ... on Person { groups { id } } } }"
        await engine.execute(text, variables={"id": secret}, context=context)
        return [weakref.ref(context), weakref.ref(secret)]

    for _ in range(3):  # parsed, cached with its plan, answered by the plan
        left = await left_of_a_request()
        gc.collect()

        assert [ref() for ref in left] == [None, None]


def make_documents(max_bytes: int = 16_000_000) -> Documents:
    reader = TextReader(SCHEMA._schema, max_characters=100_000, max_tokens=10_000)
    return Documents(SCHEMA._schema, reader, max_bytes=max_bytes)


def test_documents_are_kept_from_their_second_time_on_in_bounded_memory() -> None:
    documents = make_documents(max_bytes=300_000)
    once = documents.get("{ a: version }")

    twice = documents.get("{ a: version }")

    assert once is not twice
    assert documents.get("{ a: version }") is twice
    for number in range(100):
        documents.get(f"{{ b{number}: version }}")
        documents.get(f"{{ b{number}: version }}")
    assert documents.get("{ a: version }") is not twice
    assert 200_000 < documents._kept_bytes <= 300_000


def test_a_document_that_would_take_much_of_the_memory_is_not_kept() -> None:
    documents = make_documents(max_bytes=1_000_000)
    long = "{ " + " ".join(f"a{number}: version" for number in range(2000)) + " }"

    assert documents.get(long) is not documents.get(long)
    assert documents.get(long) is not documents.get(long)


async def test_each_event_of_a_subscription_is_answered_with_loaders_of_its_own() -> None:
    context = Context(0, 0)

    events = await SCHEMA.subscribe("subscription { ticks { id groups { name } } }", context_value=context)
    answers = [event.data async for event in events]

    assert [answer and answer["ticks"]["id"] for answer in answers] == ["per_1", "per_1"]
    assert len(context.selections) == 2


async def test_an_engine_runs_no_subscription() -> None:
    with pytest.raises(RequestError) as caught:
        await Engine(SCHEMA).execute("subscription { ticks { id } }", context=Context(0, 0))

    assert caught.value.refusal is RequestErrorKind.SUBSCRIPTION


async def test_an_event_is_answered_as_a_query_is(engine: Engine) -> None:
    contexts = [Context(0, 0) for _ in range(3)]
    text = "subscription ($more: Boolean!) { someone: ticks { id ... @include(if: $more) { groups { name } } } }"

    for more in (True, False):
        begun = await engine.subscribe(engine.prepare(text), variables={"more": more}, context=contexts[0])
        assert isinstance(begun, ActiveSubscription)
        answers = [answer async for answer in begun.results(iter(contexts[1:]).__next__)]

        assert [answer.errors for answer in answers] == [None, None]
        assert [set(answer.data["someone"]) for answer in answers if answer.data] == [
            {"id", "groups"} if more else {"id"}
        ] * 2


async def test_what_a_resolver_raises_between_events_is_the_last_answer(engine: Engine) -> None:
    begun = await engine.subscribe(engine.prepare("subscription { some: breaks { id } }"), context=Context(0, 0))
    assert isinstance(begun, ActiveSubscription)

    answers = [answer async for answer in begun.results(lambda: Context(0, 0))]

    assert [answer.data for answer in answers] == [{"some": {"id": "per_1"}}, None]
    assert [[(error.message, error.path) for error in answer.errors or ()] for answer in answers] == [
        [],
        [("broken", ["some"])],
    ]


async def test_what_a_resolver_refuses_is_told_before_any_event(engine: Engine) -> None:
    refused = await engine.subscribe(engine.prepare("subscription { refuses { id } }"), context=Context(0, 0))

    assert isinstance(refused, ExecutionResult)
    assert refused.data is None
    assert [(error.message, error.path) for error in refused.errors or ()] == [("refused", ["refuses"])]


async def test_a_query_is_no_subscription(engine: Engine) -> None:
    with pytest.raises(RequestError) as caught:
        await engine.subscribe(engine.prepare("{ version }"), context=Context(0, 0))

    assert caught.value.refusal is RequestErrorKind.NOT_ALLOWED
