"""Creates, changes and deletes lists, and adds or removes a selection of contacts."""

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from models.db import database
from services.contacts import selection as contact_selection
from services.contacts.selection import Chosen
from services.input.text import fold, has_control
from services.lists import membership
from services.refusal import Code, Refusal, Refused, refuse
from services.subscriptions import change_log as contact_change_log

MAX_NAME = 200
MAX_DESCRIPTION = 2_000


def name(value: str | None) -> str:
    """Returns the normalized name of a list. Raises Refused."""
    kept = unicodedata.normalize("NFC", value or "").strip()
    if not kept:
        raise refuse(Code.REQUIRED, "A name can't be blank.", "name")
    if len(kept) > MAX_NAME:
        raise refuse(Code.TOO_LONG, f"At most {MAX_NAME} characters, not {len(kept)}.", "name")
    if has_control(kept):
        raise refuse(Code.INVALID, "Control characters can't be part of it.", "name")
    return kept


def description(value: str | None) -> str | None:
    kept = unicodedata.normalize("NFC", value or "").strip()
    if len(kept) > MAX_DESCRIPTION:
        raise refuse(Code.TOO_LONG, f"At most {MAX_DESCRIPTION} characters, not {len(kept)}.", "description")
    if has_control(kept, is_multiline=True):
        raise refuse(Code.INVALID, "Control characters can't be part of it.", "description")
    return kept or None


def _name_taken() -> Refused:
    return Refused(Refusal(Code.DUPLICATE_NAME, "Another list has this name.", ("name",)))


@database.transactional
async def create(*, account_id: UUID, list_name: str, list_description: str | None, now: datetime) -> UUID:
    """Creates an empty list and returns its id. Raises Refused if the name is blank, too long or already in use."""
    kept, about = name(list_name), description(list_description)
    list_id = database.uuid7(now)
    written = await database.execute(
        "INSERT INTO contact_list (account_id, id, name, name_key, description, contact_count, created_at, updated_at) "
        "VALUES ($1, $2, $3, $4, $5, 0, $6, $6) ON CONFLICT DO NOTHING",
        account_id,
        list_id,
        kept,
        fold(kept),
        about,
        now,
    )
    if not written:
        raise _name_taken()
    return list_id


async def update(*, account_id: UUID, list_id: UUID, changes: Mapping[str, Any], now: datetime) -> None:
    """Changes `name` and `description` if given. Raises Refused: NOT_FOUND, or the errors of `create`."""
    values: dict[str, Any] = {}
    if "name" in changes:
        values["name"] = name(changes["name"])
        values["name_key"] = fold(values["name"])
    if "description" in changes:
        values["description"] = description(changes["description"])
    assigned = "".join(f", {column} = ${place}" for place, column in enumerate(values, start=4))
    try:
        written = await database.execute(
            f"UPDATE contact_list SET updated_at = $3{assigned} WHERE account_id = $1 AND id = $2",
            account_id,
            list_id,
            now,
            *values.values(),
        )
    except database.UniqueViolation:
        raise _name_taken() from None
    if not written:
        raise _not_found("id")


def _not_found(*path: str) -> Refused:
    return Refused(Refusal(Code.NOT_FOUND, "There is no such list.", path))


@database.transactional
async def delete(*, account_id: UUID, list_id: UUID, now: datetime) -> None:
    """Deletes the list. Its contacts are kept. Raises Refused: NOT_FOUND."""
    if not await membership.lock(account_id, [list_id]):
        raise _not_found("id")
    await contact_change_log.tell_of_members("contact_list", account_id, list_id, now=now)
    await database.execute("DELETE FROM contact_list WHERE account_id = $1 AND id = $2", account_id, list_id)


@database.transactional
async def add_contacts(*, list_id: UUID, chosen: Chosen, now: datetime) -> int:
    """Adds the chosen live contacts to the list. Returns how many were not on it before. Raises Refused."""
    contacts = await contact_selection.lock(chosen, now=now)
    account_id = chosen.settings.account_id
    if not await membership.lock(account_id, [list_id]):
        raise _not_found("listId")
    ids = [contact["id"] for contact in contacts]
    telling = await contact_change_log.begin(account_id, ids, now=now)
    added = await membership.add(account_id, [(list_id, contact_id) for contact_id in ids], now=now)
    await telling.tell(contact_change_log.Kind.UPDATED, ids, count=added.get(list_id, 0))
    return added.get(list_id, 0)


@database.transactional
async def remove_contacts(*, list_id: UUID, chosen: Chosen, now: datetime) -> int:
    """Removes the chosen live contacts from the list. Returns how many were on it. Raises Refused."""
    contacts = await contact_selection.lock(chosen, now=now)
    account_id = chosen.settings.account_id
    if not await membership.lock(account_id, [list_id]):
        raise _not_found("listId")
    ids = [contact["id"] for contact in contacts]
    telling = await contact_change_log.begin(account_id, ids, now=now)
    removed = await membership.remove(account_id, [(list_id, contact_id) for contact_id in ids])
    await telling.tell(contact_change_log.Kind.UPDATED, ids, count=removed.get(list_id, 0))
    return removed.get(list_id, 0)
