"""Looks up the facts of many numbers at one time, with a fixed number of statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from models.db import database
from models.db.database import Row
from models.db.sql import MARK, Sql, numbered
from services.accounts import active_users
from services.accounts.settings import AccountSettings
from services.contacts.filter import ContactState, visible
from services.phones.numbers import identity, lacks_network
from services.reviews.classification import NOBODY, Facts


@dataclass(frozen=True, slots=True)
class Known:
    """Facts about numbers; see `facts`."""

    settings: AccountSettings
    now: datetime
    rows: dict[str, Row]
    assignee_ids: dict[UUID, set[UUID]]
    active_ids: frozenset[UUID]
    trashed: set[str]
    in_campaign: set[UUID]

    def facts(self, phone: str, you: frozenset[UUID]) -> Facts:
        """Returns the facts of a number for the users on whose behalf it would be messaged."""
        settings = self.settings
        _, contact_id, owner_id, owned_at, status, inbound, outbound, is_opted_out = self.rows[identity(phone)]
        if contact_id is None:
            return Facts(
                you,
                settings.contact_protection_hours,
                self.now,
                last_inbound_at=inbound,
                last_outbound_at=outbound,
                is_opted_out=bool(is_opted_out),
                is_in_trash=identity(phone) in self.trashed,
                has_unknown_network=lacks_network(
                    phone, network_check=settings.network_check, custom_prefixes=settings.custom_prefixes
                ),
            )
        assignees = self.assignee_ids.get(contact_id)
        is_owned = owner_id in self.active_ids
        return Facts(
            you,
            settings.contact_protection_hours,
            self.now,
            contact_id,
            owner_id if is_owned else None,
            owned_at if is_owned else None,
            NOBODY if assignees is None else self.active_ids.intersection(assignees),
            inbound,
            outbound,
            bool(is_opted_out),
            has_unknown_network=status == "INVALID",
            is_in_campaign=contact_id in self.in_campaign,
        )


async def look_up(
    phones: Sequence[str], *, settings: AccountSettings, campaign_id: UUID | None, now: datetime
) -> Known:
    """Looks up numbers in E.164, and whether their contacts are in the campaign if one is set."""
    account_id = settings.account_id
    # Sorted keys make the database scan an index in order, without random access.
    rows = {row[0]: row for row in await _contacts(account_id, sorted(set(map(identity, phones))))} if phones else {}
    contact_ids = sorted(row[1] for row in rows.values() if row[1] is not None)
    assignees: dict[UUID, set[UUID]] = {}
    for contact_id, user_id in await _assignees(account_id, contact_ids):
        assignees.setdefault(contact_id, set()).add(user_id)
    owner_ids = {row[2] for row in rows.values() if row[2] is not None}
    active = await active_users.load_named(account_id, ids=owner_ids.union(*assignees.values()))
    unknown = [phone for phone, row in rows.items() if row[1] is None]
    return Known(
        settings,
        now,
        rows,
        assignees,
        active.ids,
        await _trashed(account_id, unknown, now),
        await _in_campaign(account_id, campaign_id, contact_ids),
    )


async def lock(phones: Sequence[str], *, account_id: UUID) -> None:
    """Locks the live contacts with these numbers until the transaction ends."""
    await database.fetch(
        f"SELECT id FROM contact WHERE account_id = $1 AND {database.sql_in('phone', '$2', 'text')} "
        f"AND deleted_at IS NULL{database.locked_in_order('id')}",
        account_id,
        list(map(identity, phones)),
    )


_JOINED = {
    "contact": "contact.account_id = n.account_id AND contact.phone = n.phone AND contact.deleted_at IS NULL",
    "phone_history": "phone_history.account_id = n.account_id AND phone_history.phone = n.phone",
    "opt_out": "opt_out.account_id = n.account_id AND opt_out.phone = n.phone",
}


async def _contacts(account_id: UUID, phones: Sequence[str]) -> Sequence[Row]:
    """Returns each number with its live contact, its latest message times, and whether it is opted out."""
    joined = " ".join(database.left_lookup_join(table, condition) for table, condition in _JOINED.items())
    columns = (
        "n.phone",
        "contact.id",
        "contact.owner_id",
        "contact.owned_at",
        "contact.status",
        "phone_history.last_inbound_at",
        "phone_history.last_outbound_at",
        "opt_out.is_opted_out",
    )
    numbers = database.with_account_id(database.columns_of("n", {"phone": ("$2", "text")}), "n", "$1")
    return await database.fetch(
        f"SELECT {', '.join(columns)} FROM {numbers} {joined}",
        account_id,
        phones,
    )


async def _assignees(account_id: UUID, contact_ids: Sequence[UUID]) -> Sequence[Any]:
    if not contact_ids:
        return ()
    return await database.fetch(
        f"SELECT contact_id, user_id FROM contact_assignee WHERE account_id = $1 "
        f"AND {database.sql_in('contact_id', '$2', 'uuid')}",
        account_id,
        contact_ids,
    )


async def _trashed(account_id: UUID, phones: Sequence[str], now: datetime) -> set[str]:
    """Returns those of the numbers that a contact in the trash has."""
    if not phones:
        return set()
    of_numbers = Sql(database.sql_in("contact.phone", MARK, "text"), (phones,))
    where = visible(ContactState.TRASHED, now=now) & of_numbers
    rows = await database.fetch(
        numbered(f"SELECT contact.phone FROM contact WHERE contact.account_id = {MARK} AND {where.text}"),
        account_id,
        *where.values,
    )
    return {row[0] for row in rows}


async def _in_campaign(account_id: UUID, campaign_id: UUID | None, contact_ids: Sequence[UUID]) -> set[UUID]:
    """Returns those of the contacts that are in the campaign."""
    if campaign_id is None or not contact_ids:
        return set()
    rows = await database.fetch(
        f"SELECT contact_id FROM campaign_contact WHERE account_id = $1 AND campaign_id = $2 "
        f"AND {database.sql_in('contact_id', '$3', 'uuid')}",
        account_id,
        campaign_id,
        contact_ids,
    )
    return {row[0] for row in rows}
