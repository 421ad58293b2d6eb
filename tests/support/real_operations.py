"""Random operations on the real schema, and an account with rows of every type."""

import random
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import asyncpg

from models.db import database
from schema.execution import Engine
from schema.execution.parse.operations import Operation as Prepared
from schema.ids import IdPrefix, encode
from services.accounts.authentication import Caller, Role, Scope
from tests.support.api_client import DAY, HOUR, MONDAY, TUESDAY, Api
from tests.support.id_places import ANY_NODE, TYPES
from tests.support.mutations import mutate
from tests.support.operations import NOTHING, SCHEMA, root_fields
from tests.support.rows import (
    add_audit_event,
    add_to_campaign,
    add_webhook_endpoint,
    change,
    insert,
    make_campaign,
    make_message,
    uuid_of,
)
from tests.support.sample_contacts import OPT_OUT, create_sample_contacts
from tests.support.servers.cluster import Cluster
from tests.unit.execution.operations import OperationWriter

Ids = Mapping[IdPrefix, Sequence[str]]

LONGEST = 5000
"""The maximum number of characters of an operation."""

PHONES = [
    *("0712 345 678", "+254712345678", "0733 123 456", "+234 803 123 4567", "+254 20 555 0100", "0722 000 005"),
    *("+254712000001", "0712000002", "+254712000003", "0712 00", "not a number", "", "+44 20 7946 0958", 254712000004),
]
TEXTS = {
    "tag": ["farmer", "vip", "VIP", "new", "a;b", " spaced "],
    "email": ["amina@example.com", "ada@example.com", "bob@example.com", "new@example.com", "no address"],
    "externalId": ["A-1", "C-3", "X-9", "x\0y"],
    "search": ["a", "Amina", "07", "12345", "example", "nobody at all", "otieno", "%_"],
    "segmentId": ["morning", "evening", "none"],
    "name": ["Amina", "Spring list", "Farmers", "", "two\nlines", "n" * 201],
    "text": ["0712345678", "+254712", "abc", "", "1" * 101],
}
# The kind of sample text for each argument or field, by name.
KINDS = {
    **dict.fromkeys(("add", "remove", "tags", "allTags", "anyTags", "noTags"), "tag"),
    **dict.fromkeys(("email", "assignedToEmail"), "email"),
    **dict.fromkeys(("externalId", "externalIds"), "externalId"),
    **dict.fromkeys(("search", "segmentId", "name", "text"), ""),
}
INSTANTS = ["2026-01-05T09:30:00Z", "2026-01-05T13:00:00+03:00", "2026-03-01T00:00:00Z"]
# The probability that an optional value is set, by its place, its own name or its type. Otherwise 0.3.
GIVEN = {
    "MatchingContacts.expectedCount": 0.7,
    "ContactFilter": 0.07,
    "filter": 0.4,
    "state": 0.2,
    "first": 0.7,
    "after": 0.15,
    "waitSeconds": 1.0,
    **dict.fromkeys(("last", "before", "offset", "and", "or", "not"), 0.07),
}


@dataclass(frozen=True)
class World:
    """A populated account, with the ids and cursors for operations, and with callers."""

    api: Api
    ids: Ids
    others: Ids
    """Ids of another account."""
    cursors: Mapping[str, Sequence[str]]
    """Cursors by connection name."""

    def caller(self, chance: random.Random) -> Caller:
        """Returns Ada, or a caller with fewer permissions."""
        ada = self.api.caller
        roll = chance.random()
        if roll < 0.7:
            return ada
        if roll < 0.78:
            return replace(ada, user_id=None, role=None)
        role = chance.choice(list(Role))
        scopes = frozenset(scope for scope in Scope if chance.random() < 0.7)
        hours = chance.choice([0, 720])
        return replace(ada, role=role, scopes=scopes, settings=replace(ada.settings, contact_protection_hours=hours))


async def populate() -> World:
    """Creates two accounts with rows of every type in the connected database."""
    stranger = await Api.of_new_account(name="Elsewhere")
    others = await _fill(stranger)
    api = await Api.of_new_account(name="Acme", contact_protection_hours=48)
    ids = await _fill(api)
    return World(api, ids, others, await _cursors(api))


async def _fill(api: Api) -> Ids:
    samples = await create_sample_contacts(api)
    account_id, ada = api.account_id, uuid_of(api.user_id)
    gone, _ = await api.make_user("Gone", is_active=False)
    zuri = await api.later(5 * HOUR).make_contact(
        "0712 000 001",
        name="Zuri",
        notes="two\nlines",
        customVariables={"Shoe size": "40", "b": ""},
        tags=["vip"],
        listIds=[samples.lists["Nairobi"]],
        assigneeIds=[samples.users["Bob"], api.user_id],
    )
    await change("contact", zuri, owner_id=uuid_of(gone), owned_at=MONDAY)
    await change("contact", samples.contacts["Dalia"], status="INVALID", invalid_reason="UNKNOWN_NETWORK")
    contacts = {**samples.contacts, "Zuri": zuri}
    about: dict[str, Any] = {"description": "For all", "scheduled_at": TUESDAY, "created_at": TUESDAY}
    summer = await make_campaign(api, "Summer", status="RUNNING", created_by_id=ada, **about)
    campaigns = [*samples.campaigns.values(), summer]
    of_summer: dict[str, Any] = {"account_id": account_id, "campaign_id": uuid_of(summer)}
    for name in ("Farmers", "Empty"):
        await insert("campaign_list", contact_list_id=uuid_of(samples.lists[name]), **of_summer)
    for segment, due in (("morning", TUESDAY), ("evening", None)):
        await insert("campaign_segment", segment_id=segment, scheduled_date=due, contact_count=1, **of_summer)
    place: dict[str, Any] = {
        "name": "Mama Zuri",
        "context": "Speaks Swahili",
        "external_id": "f-1",
        "segment_id": "morning",
    }
    place |= {"extracted_data": {"a": [1, None, {"b": "c"}]}, "assignee_id": uuid_of(samples.users["Bob"])}
    places = [await add_to_campaign(api, summer, contacts["Zuri"], **place)]
    places += [await add_to_campaign(api, summer, contacts[name]) for name in ("Amina", "Esi")]
    messages = await _messages(api, summer, ada)
    jobs = [samples.job, *await _jobs(api, samples.lists["Farmers"], ada)]
    await api.run(OPT_OUT, phone="0799 000 000")
    by: dict[str, Any] = {"token_id": api.caller.token_id, "created_by_id": ada}
    endpoint_id, delivery_id, event_id = await add_webhook_endpoint(account_id, **by)
    tokens = await database.fetch("SELECT id FROM api_token WHERE account_id = $1 ORDER BY id", account_id)
    return {
        IdPrefix.ACCOUNT: [encode(IdPrefix.ACCOUNT, account_id)],
        IdPrefix.USER: [*samples.users.values(), gone],
        IdPrefix.API_TOKEN: [encode(IdPrefix.API_TOKEN, row["id"]) for row in tokens],
        IdPrefix.CONTACT: list(contacts.values()),
        IdPrefix.CONTACT_LIST: list(samples.lists.values()),
        IdPrefix.CAMPAIGN: campaigns,
        IdPrefix.CAMPAIGN_CONTACT: places,
        IdPrefix.MESSAGE: messages,
        IdPrefix.JOB: jobs,
        IdPrefix.CAMPAIGN_REVIEW: [await _review(api.at(MONDAY + 2 * DAY))],
        IdPrefix.WEBHOOK_ENDPOINT: [encode(IdPrefix.WEBHOOK_ENDPOINT, endpoint_id)],
        IdPrefix.WEBHOOK_DELIVERY: [encode(IdPrefix.WEBHOOK_DELIVERY, delivery_id)],
        IdPrefix.EVENT: [encode(IdPrefix.EVENT, event_id)],
        IdPrefix.AUDIT_EVENT: [await add_audit_event(account_id, user_id=ada, token_id=api.caller.token_id)],
    }


async def _review(api: Api) -> str:
    rows = [{"phoneNumber": phone} for phone in ("0712 345 678", "0712 000 001", "0712 000 001", "0799 000 000", "x")]
    made = await mutate(api, "validateCampaignContacts", "review { id }", contacts=rows)
    return str(made["review"]["id"])


async def _messages(api: Api, campaign: str, user: Any) -> list[str]:
    made = []
    for number in range(6):
        values: dict[str, Any] = {"direction": "INBOUND", "status": "RECEIVED"} if number % 3 == 0 else {}
        if number % 2:
            values |= {"campaign_id": uuid_of(campaign), "user_id": user, "channel": "WHATSAPP"}
        phone = ("+254712345678", "+254712000001", "+254799000000")[number % 3]
        at = MONDAY + number * HOUR
        made.append(await make_message(api, phone, occurred_at=at, body=f"Message {number}", **values))
    return made


async def _jobs(api: Api, contact_list: str, user: Any) -> list[str]:
    """Creates a running job and a failed one, each with rejected rows."""
    summary = dict.fromkeys(
        "total imported valid invalid skipped rejected created updated opted_out added_to_list".split(), 1
    )
    whole: dict[str, Any] = {
        "account_id": api.account_id,
        "input": {},
        "checkpoint": {},
        "is_dry_run": False,
        "columns": [{"header": "Phone", "field": "phone", "sample": ["0712", ""]}],
        "created_by_id": user,
        "created_at": MONDAY,
        "started_at": MONDAY,
    }
    error = {"code": "FILE_UNREADABLE", "message": "No.", "path": ["input", "file"]}
    kinds: list[dict[str, Any]] = [
        {"kind": "IMPORT", "status": "RUNNING", "row_count": 100, "done_row_count": 40, "summary": summary}
        | {"file_name": "people.csv", "contact_list_id": uuid_of(contact_list)},
        {"kind": "EXPORT", "status": "FAILED", "done_row_count": 0, "error": error, "finished_at": TUESDAY},
    ]
    made = []
    for kind in kinds:
        job_id = database.uuid7(MONDAY)
        await insert("job", id=job_id, **whole | kind)
        for line in range(2, 5):
            await insert(
                "job_row_error",
                account_id=api.account_id,
                job_id=job_id,
                line=line,
                position=0,
                code="INVALID_PHONE_NUMBER",
                column="Phone" if line % 2 else None,
                value="07",
                message="Too short.",
                suggestion=None if line % 2 else "+254712345678",
                is_rejected=line % 2 == 0,
            )
        made.append(encode(IdPrefix.JOB, job_id))
    return made


async def _cursors(api: Api) -> dict[str, list[str]]:
    edges = "(first: 4) { edges { cursor } }"
    found: dict[str, list[str]] = {}
    answer = await api.at(MONDAY + 2 * DAY).run(
        f"{{ contacts{edges} contactLists{edges} users{edges} tokens{edges} optOuts{edges} "
        f"deep: contacts {{ nodes {{ messages{edges} campaignContacts{edges} campaigns {{ contacts{edges} }} }} }} }}"
    )

    def gather_from(value: Any, name: str) -> None:
        if isinstance(value, dict):
            found.setdefault(name, []).extend(edge["cursor"] for edge in value.get("edges", ()))
            for key, inner in value.items():
                gather_from(inner, key)
        elif isinstance(value, list):
            for inner in value:
                gather_from(inner, name)

    gather_from(answer, "")
    return found


@dataclass(frozen=True)
class Copies:
    """Copies a populated database that has no connections."""

    world: World
    url: str
    place: Path | Cluster

    @asynccontextmanager
    async def connected(self, name: str) -> AsyncIterator[None]:
        """Connects to a fresh copy."""
        await database.connect(await self._copied(name))
        try:
            yield
        finally:
            await database.disconnect()

    async def _copied(self, name: str) -> str:
        if isinstance(self.place, Path):
            path = self.place / f"{name}.db"
            shutil.copy(self.url.removeprefix("sqlite:///"), path)
            return f"sqlite:///{path}"
        server = await asyncpg.connect(self.place.url())
        try:
            await server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            await server.execute(f"CREATE DATABASE {name} TEMPLATE test STRATEGY file_copy")
        finally:
            await server.close()
        return self.place.url(name)


# An operation in a JSON request carries no file, and cursors of changes differ between databases.
LEFT_OUT = {"importContacts", "syncCursor", "changes"}


class RealOperationWriter(OperationWriter):
    """Writes operations with the account's ids and, sometimes, with unknown ids or ids of another account."""

    breadth = 7

    def __init__(self, world: World, chance: random.Random, depth: int) -> None:
        super().__init__(SCHEMA, chance, depth)
        self.world = world
        self.avoid = {*self.avoid, *LEFT_OUT}

    def length(self, where: str) -> int:
        return self.chance.randrange(8) if where == "Query.nodes.ids" else self.chance.choice([0, 1, 1, 1, 2, 2])

    def is_given(self, where: str) -> bool:
        parent, *_, name = where.split(".")
        shares = (GIVEN[key] for key in (where, name, parent) if key in GIVEN)
        return self.chance.random() < next(shares, 0.3)

    def sample(self, type_name: str, where: str) -> Any:
        name = where.split(".")[-1]
        choose = self.chance.choice
        match type_name:
            case "ID":
                return self.id(TYPES[where])
            case "Int" if name == "waitSeconds":
                return choose([0, 0, 0, -1])  # no worker runs jobs here
            case "Int":
                return choose([1, 2, 3, 3, 4, 5, 5, 25, 0, 101] if name in ("first", "last") else [0, 1, 2, 3, 800])
            case "Boolean":
                return choose([True, False])
            case "PhoneNumber":
                return choose(PHONES)
            case "CountryCode":
                return choose(["KE", "NG", "GB", "XX"])
            case "DateTime":
                return choose(INSTANTS) if self.chance.random() < 0.5 else INSTANTS[2]
            case "StringMap":
                return choose([{}, {"a": "1"}, {"b": "", "c": "2"}])
            case "JSONObject":
                return choose([{}, {"a": "1", "b": None}, {"b": 2}])
            case "String":
                return self.cursor(where.split(".")[1]) if name in ("after", "before") else self.text(name)
        raise NotImplementedError(f"{where}: nothing here makes a {type_name}")

    def id(self, types: Sequence[IdPrefix]) -> str:
        prefix = self.chance.choice(types)
        roll = self.chance.random()
        if roll < 0.8:
            return self.chance.choice(self.world.ids[prefix])
        if roll < 0.88:
            return self.chance.choice(self.world.others[prefix])
        if roll < 0.94:
            return f"{prefix}_{NOTHING}"
        return self.chance.choice([self.world.ids[other][0] for other in ANY_NODE] + ["", "nothing"])

    def cursor(self, field: str) -> str:
        known = self.world.cursors.get(field)
        return self.chance.choice(known) if known and self.chance.random() < 0.8 else "bm90aGluZw"

    def text(self, name: str) -> str:
        kind = KINDS.get(name)
        texts = TEXTS[kind or name] if kind is not None else ["Some text", "x", ""]
        return self.chance.choice(texts if self.chance.random() < 0.3 else texts[:3])


@dataclass(frozen=True)
class Operation:
    """An operation, its caller, and the probability of faults in it."""

    seed: int
    prepared: Prepared
    text: str
    variables: dict[str, Any]
    caller: Caller
    fault_rate: float

    def __str__(self) -> str:
        return f"{self.text}\nVariables: {self.variables}\n{self.caller}"


def written(engine: Engine, world: World, seed: int, fault_rate: float) -> Operation:
    """Returns the operation of a seed. The root fields take turns as its first field."""
    chance = random.Random(seed)
    kind = "mutation" if seed % 3 == 2 else "query"
    names = [name for name in root_fields(kind.capitalize()) if name not in LEFT_OUT]
    while True:
        writer = RealOperationWriter(world, chance, depth=chance.choice([3, 4, 4, 5, 6]))
        text, variables = writer.write(kind, names[seed // 3 % len(names)])
        if len(text) < LONGEST:
            break
    prepared = engine.prepare(text)
    assert prepared.can_be_compiled
    return Operation(seed, prepared, text, variables, world.caller(chance), fault_rate)
