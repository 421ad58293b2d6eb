"""Saves or changes one contact, and returns its row. Most calls take the fast path of `shared_changes`.

`selected` is the SELECT list of the returned columns, over the table `contact`. Without it, no row is returned.
"""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from models.db import database
from models.db.database import Row
from services.accounts.settings import AccountSettings
from services.contacts import saving, shared_changes, updating
from services.contacts.saving import IfExists, NewContact, SaveOutcome
from services.contacts.unique_keys import Key, with_own_key
from services.contacts.updating import ContactUpdate
from services.refusal import Refusal


class Saved(NamedTuple):
    """The result of `create`. If the outcome is FAILED, `refusals` contains the reasons, and there is no row."""

    outcome: SaveOutcome
    row: Row | None
    refusals: tuple[Refusal, ...] = ()


async def create(
    contact: NewContact,
    *,
    settings: AccountSettings,
    user_id: UUID | None,
    if_exists: IfExists,
    selected: str | None,
    now: datetime,
) -> Saved:
    """Saves a contact for a user (None: an integration), like `saving.save`."""
    parsed = saving.parse(contact, settings)
    made = await shared_changes.create(parsed, settings=settings, user_id=user_id, selected=selected or "1", now=now)
    if made is not None:
        return Saved(SaveOutcome.CREATED, made)
    batch = await saving.save_parsed([parsed], settings=settings, user_id=user_id, if_exists=if_exists, now=now)
    saved = batch.rows[0]
    return Saved(saved.outcome, await _row(settings.account_id, saved.contact_id, selected), saved.refusals)


async def update(
    *,
    key: Key | None,
    change: ContactUpdate,
    settings: AccountSettings,
    user_id: UUID | None,
    selected: str | None,
    now: datetime,
) -> Row | None:
    """Changes the contact with a key, like `updating.update`. None is a key that no contact has. Raises Refused."""
    if key is not None:
        changed = await shared_changes.update(
            key=key, change=change, settings=settings, selected=selected or "1", now=now
        )
        if changed is not None:
            return changed
    contact_id = await updating.update(
        where=with_own_key(key, now), change=change, settings=settings, user_id=user_id, now=now
    )
    return await _row(settings.account_id, contact_id, selected)


async def _row(account_id: UUID, contact_id: UUID | None, selected: str | None) -> Row | None:
    if contact_id is None or selected is None:
        return None
    sql = f"SELECT {selected} FROM contact WHERE contact.account_id = $1 AND contact.id = $2"
    return await database.fetch_one(sql, account_id, contact_id)
