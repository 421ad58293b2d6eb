"""Runs operations as a caller at an instant, on the same path as an HTTP request: text in, JSON out."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from models.db import database
from resolvers.loaders import LOADERS
from schema.context import Context
from schema.cost import pricing
from schema.execution import Engine
from schema.ids import IdPrefix, encode
from schema.root import schema
from services.accounts.authentication import SCOPES_OF_ROLE, Caller, Role, Scope
from services.accounts.settings import AccountSettings
from services.events.actor import set_actor
from services.input.text import fold
from services.phones.numbers import NetworkCheck, PhonePolicy

MONDAY = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

_MAX_TOKENS = 20_000
"""More than a server allows, so that tests can ask for more than a server lets through."""
ENGINES = {
    "compiled": Engine(schema, max_tokens=_MAX_TOKENS, pricing=pricing(schema._schema)),
    "graphql-core": Engine(schema, compiled=False, max_tokens=_MAX_TOKENS, pricing=pricing(schema._schema)),
}


def iso(instant: datetime) -> str:
    """Formats an instant as the API writes it."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True)
class Answer:
    data: Any
    errors: list[dict[str, Any]]

    @property
    def codes(self) -> list[str]:
        return [error["extensions"]["code"] for error in self.errors]


@dataclass(frozen=True)
class Api:
    """An immutable caller. `at`, `with_scopes`, `with_settings` … return a modified copy."""

    caller: Caller
    now: datetime = MONDAY
    engine: Engine = field(default=ENGINES["compiled"], repr=False)

    @staticmethod
    async def of_new_account(
        *, name: str = "Acme", region: str | None = "KE", executor: str = "compiled", **settings: Any
    ) -> "Api":
        account_id = database.uuid7()
        await database.execute(
            "INSERT INTO account (id, name, default_region, phone_policy, network_check, contact_protection_hours, "
            "trash_retention_days, created_at, updated_at) VALUES ($1, $2, $3, 'POSSIBLE', 'COVERED', 0, 90, $4, $4)",
            account_id,
            name,
            region,
            MONDAY,
        )
        kept = AccountSettings(account_id, region, PhonePolicy.POSSIBLE, NetworkCheck.COVERED, 0, 90)
        nobody = Caller(replace(kept, **settings), database.uuid7(), None, None, frozenset(Scope))
        await _token(nobody)
        return (await Api(nobody, engine=ENGINES[executor]).make_user("Ada", Role.ADMIN))[1]

    @property
    def account_id(self) -> UUID:
        return self.caller.account_id

    @property
    def user_id(self) -> str:
        assert self.caller.user_id is not None
        return encode(IdPrefix.USER, self.caller.user_id)

    # ---------------------------------------------------------------- other callers and times

    def at(self, now: datetime) -> "Api":
        return replace(self, now=now)

    def later(self, span: timedelta) -> "Api":
        return self.at(self.now + span)

    def with_scopes(self, *scopes: Scope) -> "Api":
        return replace(self, caller=replace(self.caller, scopes=frozenset(scopes)))

    def with_settings(self, **settings: Any) -> "Api":
        return replace(self, caller=replace(self.caller, settings=replace(self.caller.settings, **settings)))

    def without_user(self) -> "Api":
        return replace(self, caller=replace(self.caller, user_id=None, role=None, scopes=frozenset(Scope)))

    async def make_user(self, name: str, role: Role = Role.AGENT, *, is_active: bool = True) -> "tuple[str, Api]":
        """Creates a user of the account. Returns the id and an Api whose caller is that user."""
        user_id = database.uuid7()
        email = f"{name.lower()}@example.com"
        await database.execute(
            "INSERT INTO account_user "
            "(account_id, id, email, email_key, name, role, is_active, created_at, updated_at, name_key) "
            "VALUES ($1, $2, $3, $3, $4, $5, $6, $7, $7, $8)",
            self.account_id,
            user_id,
            email,
            name,
            role.value,
            is_active,
            MONDAY,
            fold(name),
        )
        caller = replace(
            self.caller, token_id=database.uuid7(), user_id=user_id, role=role, scopes=SCOPES_OF_ROLE[role]
        )
        await _token(caller)
        return encode(IdPrefix.USER, user_id), replace(self, caller=caller)

    # ---------------------------------------------------------------- asking

    async def ask(self, text: str, **variables: Any) -> Answer:
        """Returns the data and the errors."""
        context = Context(caller=self.caller, now=self.now, request_id="test", loaders=LOADERS)
        set_actor(self.caller.user_id, self.caller.token_id, request_id="test", address="192.0.2.7")
        result = await self.engine.execute(text, variables=variables or None, operation_name=None, context=context)
        for error in result.errors or ():
            if error.original_error is not None and "code" not in (error.extensions or {}):
                raise error.original_error
        data = orjson.loads(orjson.dumps(result.data, option=orjson.OPT_UTC_Z))
        return Answer(data, [error.formatted for error in result.errors or ()])  # type: ignore[misc]

    async def run(self, text: str, **variables: Any) -> Any:
        """Returns the data. Fails if there are errors."""
        answer = await self.ask(text, **variables)
        assert answer.errors == [], answer.errors
        return answer.data

    async def make_contact(self, phone: str, **fields: Any) -> str:
        """Creates a contact and returns its id."""
        made = await self.run(
            "mutation ($contact: ContactInput!) { createContact(input: {contact: $contact}) "
            "{ contact { id } errors { code message path } } }",
            contact={"phone": phone, **fields},
        )
        assert made["createContact"]["errors"] == []
        return str(made["createContact"]["contact"]["id"])

    async def make_list(self, name: str) -> str:
        """Creates a list and returns its id."""
        made = await self.run(
            "mutation ($name: String!) "
            "{ createContactList(input: {name: $name}) { contactList { id } errors { code } } }",
            name=name,
        )
        assert made["createContactList"]["errors"] == []
        return str(made["createContactList"]["contactList"]["id"])


async def _token(caller: Caller) -> None:
    await database.execute(
        "INSERT INTO api_token (account_id, id, user_id, name, scopes, secret_hash, created_at) "
        "VALUES ($1, $2, $3, 'test', $4, $5, $6)",
        caller.account_id,
        caller.token_id,
        caller.user_id,
        sorted(caller.scopes),
        str(caller.token_id),
        MONDAY,
    )


_counting: ContextVar[tuple[object, ...]] = ContextVar("_counting", default=())


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    """Yields the statements that run in the block or in tasks started in it. Leaves out those of concurrent tasks."""
    seen: list[str] = []
    within = object()
    before = _counting.set((*_counting.get(), within))

    def watch(sql: str) -> None:
        if within in _counting.get():
            seen.append(sql)

    database.statement_watchers.append(watch)
    try:
        yield seen
    finally:
        _counting.reset(before)
        database.statement_watchers.remove(watch)
