"""Reads cost as much in a large account as in a small one, even with missing or stale planner statistics.

The relations and keys come from the schema, so that a new one is tested without being entered here.
"""

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from itertools import product
from typing import Any, NamedTuple

import pytest
from graphql import GraphQLInputObjectType, GraphQLObjectType

from models.db import database
from resolvers.loaders import LOADERS
from schema.execution.fields import Relation, source_of
from schema.ids import IdPrefix, encode
from tests.support.api_client import Api
from tests.support.id_places import ANY_NODE, places_by_field
from tests.support.large_account import add_rows
from tests.support.mutations import mutate
from tests.support.operations import SCHEMA
from tests.support.relations import (
    ALONE,
    PATHS,
    Filled,
    create_linked_rows,
    full_selection,
    has_total,
    operation,
    relations,
)
from tests.support.rows import change
from tests.support.statement_work import PostgresObserver, SqliteObserver, Statement, recorded_reads

pytestmark = pytest.mark.plain_postgres  # it is about plans
PAGE = 10
MORE = 2_000
# A statement may cost this much more, because the B-trees of tables become a level deeper.
FACTOR, INSTRUCTIONS = 1.2, 100
RELATIONS = sorted({pair for pair in relations() if pair[0] not in ALONE})
PHONES = [f"+2547120000{number:02}" for number in range(PAGE)]


Observer = SqliteObserver | PostgresObserver


class Read(NamedTuple):
    """An operation that is measured, without the first statements of it: those that `path` takes as well."""

    selected: str
    path: str | None = None


@pytest.fixture
def executor() -> str:
    """Both executors run the same statements."""
    return "compiled"


@pytest.fixture(params=["none", "small"])
def statistics(request: pytest.FixtureRequest) -> str:
    """The planner statistics of the account: none, or those of the small account."""
    return str(request.param)


@pytest.fixture
async def filled(api: Api, stranger: Api, statistics: str) -> Filled:
    if database.is_postgres():
        await forget_other_tests()
        if statistics == "none":
            await create_linked_rows(stranger)
            await database.execute("ANALYZE")
    return await create_linked_rows(api)


async def forget_other_tests() -> None:
    """Deletes what earlier tests left in the database: statistics, and the space of deleted rows."""
    tables = await database.fetch(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    await database.execute("DELETE FROM pg_statistic WHERE starelid >= 16384")
    await database.execute(f"VACUUM FULL {', '.join(row['relname'] for row in tables)}")


@pytest.fixture
def observer(database_url: str) -> Iterator[Observer]:
    is_sqlite = database_url.startswith("sqlite")
    observer = SqliteObserver(database_url.removeprefix("sqlite:///")) if is_sqlite else PostgresObserver()
    yield observer
    observer.close()


Compare = Callable[[Mapping[str, Read], str, str, str], Awaitable[None]]


@pytest.fixture
def compare(api: Api, filled: Filled, statistics: str, observer: Observer, monkeypatch: pytest.MonkeyPatch) -> Compare:
    """Fails where a read costs more after the account has grown: by members of a list, a campaign's contacts …"""

    async def statements(selected: str) -> list[Statement]:
        text, variables = operation(selected, filled, PAGE)
        with recorded_reads(monkeypatch) as found:
            await api.run(text, **variables)
        return found

    async def measured(read: Read) -> list[Statement]:
        skipped = len(await statements(read.path)) if read.path else 0
        return (await statements(read.selected))[skipped:]

    async def compare(reads: Mapping[str, Read], list_id: str, campaign: str, job: str) -> None:
        await add_rows(api, 4 * PAGE, start=0, list_id=list_id, campaign=campaign, job=job)
        if statistics == "small":
            await database.execute("ANALYZE")
        before = {name: await observer.work(await measured(read)) for name, read in reads.items()}
        await add_rows(api, MORE, start=100, list_id=list_id, campaign=campaign, job=job)
        after = {name: await measured(read) for name, read in reads.items()}

        # PostgreSQL rightly reads a small table once, or its links. It must not compare its rows with each other.
        tolerated = 4 * MORE if database.is_postgres() else INSTRUCTIONS
        plans = {name: observer.whole_accounts(found) for name, found in after.items()}
        work = {name: (before[name], await observer.work(found)) for name, found in after.items()}
        assert {name: plan for name, plan in plans.items() if plan} == {}
        assert {name: (few, many) for name, (few, many) in work.items() if many > FACTOR * few + tolerated} == {}

    return compare


def test_every_loader_is_behind_a_relation_here() -> None:
    used = set()
    for name, type_ in SCHEMA.type_map.items():
        definition: Any = type_.extensions.get("strawberry-definition")
        if isinstance(type_, GraphQLObjectType) and definition and name not in ALONE:
            sources = map(source_of, definition.fields)
            used |= {source.loader for source in sources if isinstance(source, Relation)}

    of_events = {"opt_outs_by_phone"}  # a webhook tells one event at a time
    of_the_caller = {"accounts_by_id", "usage_by_account"}
    assert LOADERS.keys() - used == of_the_caller | of_events


async def test_a_relation_costs_as_much_for_a_row_with_thousands_of_links(filled: Filled, compare: Compare) -> None:
    reads = {
        f"{name}.{field}": Read(PATHS[name] % full_selection(name, field), PATHS[name] % "__typename")
        for name, field in RELATIONS
    }

    await compare(reads, filled.lists[0], filled.campaigns[0], filled.jobs[-1])


async def test_a_total_or_another_order_costs_as_much_where_others_have_thousands_of_links(
    filled: Filled, compare: Compare
) -> None:
    reads = {
        f"{name}.{field}": Read(PATHS[name] % f"{field} {{ totalCount }}", PATHS[name] % "__typename")
        for name, field in RELATIONS
        if (name, field) != ("CampaignReview", "entries") and has_total(name, field)
    }
    for order in orders():
        contacts = f"contacts(orderBy: [{{field: {order}}}]) {{ nodes {{ id }} }}"
        reads[order] = Read(PATHS["ContactList"] % contacts, PATHS["ContactList"] % "__typename")

    await compare(reads, filled.lists[-1], filled.campaigns[-1], filled.jobs[0])


def orders() -> list[str]:
    return list(SCHEMA.type_map["ContactOrderField"].values)  # type: ignore[attr-defined]


async def test_what_is_named_costs_as_much_among_thousands(api: Api, filled: Filled, compare: Compare) -> None:
    ids = await ids_of_every_type(api, filled)
    for number, id in enumerate(ids[IdPrefix.CONTACT]):
        await change("contact", id, external_id=f"x{number}")
    reads = {f"nodes of {prefix}": Read(f"nodes(ids: {listed(of)}) {{ id }}") for prefix, of in ids.items()}
    for name, places in places_by_field().items():
        if places[0].path == ("id",) and name.startswith("Query."):
            (prefix, *_) = places[0].types
            reads[name] = Read(f'{name.removeprefix("Query.")}(id: "{ids[prefix][0]}") {{ id }}')
    keys = {"ids": ids[IdPrefix.CONTACT], "phones": PHONES, "externalIds": [f"x{number}" for number in range(PAGE)]}
    for (name, values), order in product(keys.items(), orders()):
        contacts = f"contacts(filter: {{{name}: {listed(values)}}}, orderBy: [{{field: {order}}}])"
        reads[f"{name} by {order}"] = Read(f"{contacts} {{ totalCount nodes {{ id }} }}")
    for name, values in zip(fields("ContactKey"), keys.values(), strict=True):
        reads[f"contact by {name}"] = Read(f'contact(by: {{{name}: "{values[0]}"}}) {{ id }}')
    since = (await api.run("{ syncCursor }"))["syncCursor"]
    await mutate(api, "tagContacts", "", contacts={"ids": ids[IdPrefix.CONTACT]}, add=["changed"])
    reads["changes"] = Read(f'changes(after: "{since}") {{ nodes {{ object {{ ... on Contact {{ phone tags }} }} }} }}')
    reads["phoneLookup"] = Read(f'phoneLookup(text: "{PHONES[0]}") {{ isOptedOut contact {{ id }} }}')

    await compare(reads, filled.lists[0], filled.campaigns[0], filled.jobs[-1])


async def ids_of_every_type(api: Api, filled: Filled) -> dict[IdPrefix, list[str]]:
    """Ten or fewer of everything that has an id."""
    found = await api.run(
        "query ($phones: [PhoneNumber!]) { contacts(filter: {phones: $phones}) { nodes { id } } "
        "users { nodes { id } } tokens { nodes { id } } }",
        phones=PHONES,
    )
    contacts, users, tokens = ([node["id"] for node in connection["nodes"]] for connection in found.values())
    account = encode(IdPrefix.ACCOUNT, api.account_id)
    lists = (contacts, users, tokens, [account], filled.lists, filled.campaigns, filled.places, filled.reviews)
    others = (filled.messages, filled.jobs, filled.endpoints, filled.deliveries, filled.audit_events)
    ids = {IdPrefix(of[0].rpartition("_")[0]): of[:PAGE] for of in (*lists, *others)}
    assert ids.keys() == set(ANY_NODE)
    return ids


def listed(values: list[str]) -> str:
    return json.dumps(values)


def fields(input_type: str) -> list[str]:
    type_ = SCHEMA.type_map[input_type]
    assert isinstance(type_, GraphQLInputObjectType)
    return list(type_.fields)
