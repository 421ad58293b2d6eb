"""Requests that look up contacts at the same time share a statement, and each gets its own answer."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from models.db import database
from models.db.deadline import ClientDisconnected, Deadline
from models.db.shared_statements import MOST_ITEMS
from models.db.sql import TRUE
from resolvers.decoding import decode_id
from resolvers.query.shared_lookups import row_with_key
from resolvers.query.tables import CONTACTS
from schema.ids import IdPrefix, encode
from tests.support.api_client import Api, counted_statements
from tests.support.mutations import mutate

BY_KEY = "query Contact($by: ContactKey!) { contact(by: $by) { id phone isOptedOut } }"
PHONES = [f"+2547120000{number:02}" for number in range(4)]


async def asked(api: Api, by: dict[str, str], deadline: Deadline | None = None) -> Any:
    with deadline or Deadline(10.0, account_id=api.account_id):
        return (await api.run(BY_KEY, by=by))["contact"]


async def test_look_ups_at_the_same_time_share_a_statement_for_each_account(api: Api) -> None:
    other = await Api.of_new_account()
    ids = [await api.make_contact(phone, externalId=phone[-2:]) for phone in PHONES]
    trashed, elsewhere = ids[3], await other.make_contact(PHONES[0])
    await mutate(api, "trashContacts", "count", contacts={"ids": [trashed]})
    await mutate(api, "optOut", "optOut { isOptedOut }", phone=PHONES[1])
    unknown = encode(IdPrefix.CONTACT, uuid4())

    by_id = [*({"id": id} for id in ids), {"id": ids[0]}, {"id": unknown}, {"id": elsewhere}]
    by_phone = [{"phone": phone} for phone in PHONES]
    by_external_id = [{"externalId": "00"}, {"externalId": "none"}]
    with counted_statements() as statements:
        found, theirs = await asyncio.gather(
            asyncio.gather(*(asked(api, by) for by in (*by_id, *by_phone, *by_external_id))),
            asyncio.gather(asked(other, {"id": elsewhere}), asked(other, {"id": ids[0]})),
        )

    contacts = [
        {"id": id, "phone": phone, "isOptedOut": phone == PHONES[1]} for id, phone in zip(ids, PHONES, strict=True)
    ]
    assert found[: len(by_id)] == [*contacts, contacts[0], None, None]
    assert found[len(by_id) :] == [*contacts[:3], None, contacts[0], None]
    assert theirs == [{"id": elsewhere, "phone": PHONES[0], "isOptedOut": False}, None]
    # By id, by phone and by external id, and by id in the other account: one for the first look-up, one for the others.
    assert len(statements) == 8


async def test_a_statement_looks_up_a_limited_number_of_contacts(api: Api) -> None:
    id = await api.make_contact(PHONES[0])
    with counted_statements() as statements:
        found = await asyncio.gather(*(asked(api, {"id": id}) for _ in range(2 * MOST_ITEMS + 1)))
    assert [contact["id"] for contact in found] == [id] * (2 * MOST_ITEMS + 1)
    assert len(statements) == 3


async def test_others_get_their_answers_if_the_client_whose_statement_they_share_disconnects(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [await api.make_contact(phone) for phone in PHONES]
    deadlines = [Deadline(10.0, account_id=api.account_id) for _ in ids]
    has_begun = asyncio.Event()
    monkeypatch.setattr(database, "statement_watchers", [lambda _: has_begun.set()])
    works = [asyncio.create_task(asked(api, {"id": id}, deadline)) for id, deadline in zip(ids, deadlines, strict=True)]
    await has_begun.wait()
    deadlines[0].end(ClientDisconnected())
    deadlines[1].end(ClientDisconnected())
    answers: list[Any] = await asyncio.gather(*works, return_exceptions=True)

    assert [type(answer) for answer in answers[:2]] == [ClientDisconnected] * 2
    assert [contact["id"] for contact in answers[2:]] == ids[2:]


async def test_a_look_up_in_a_transaction_sees_its_writes(api: Api) -> None:
    contact_id = decode_id(IdPrefix.CONTACT, await api.make_contact(PHONES[0]))

    async def name() -> Any:
        row = await row_with_key(
            CONTACTS, ("full_name",), api.account_id, contact_id, column="id", kind="uuid", where=TRUE
        )
        return row and row["full_name"]

    async with database.transaction():
        sql = "UPDATE contact SET full_name = 'Ada' WHERE account_id = $1 AND id = $2"
        await database.execute(sql, api.account_id, contact_id)
        assert await name() == "Ada"
