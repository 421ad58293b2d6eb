"""Fills the demo account once, through the same services as any other account."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from models import ApiToken, User
from models.db import database
from services.accounts import management as accounts, tokens, users
from services.accounts.authentication import Role, Scope
from services.accounts.settings import AccountSettings
from services.campaigns import management as campaigns
from services.consent import register as consent_register
from services.consent.register import Cause, OptOutSource
from services.contacts import trash
from services.contacts.fields import DETAILS
from services.contacts.saving import IfExists, NewContact, save
from services.contacts.selection import ChosenContacts
from services.demo.people import LISTS, LIVE, demo_contacts
from services.lists import management as contact_lists
from services.refusal import Refused

TOKEN_DAYS = 30
_TOKEN = "Muster demo"
"""Name of the demo account's tokens. Nothing can rename a token, so the name identifies the account."""
_DAYS = 90
_BATCH = 100
_PEOPLE = (
    ("amina@demo.example", "Amina Otieno", Role.ADMIN),
    ("kwame@demo.example", "Kwame Mensah", Role.MANAGER),
    ("lucia@demo.example", "Lucía Hernández", Role.AGENT),
)
_OPTED_OUT_EVERY = 33
_CAMPAIGN = UUID("01900000-0000-7000-8000-000000000001")
"""cmp_01j0000000e008000000000001, the campaign of the example operations."""


@database.transactional
async def fill(*, now: datetime) -> UUID:
    """Returns the demo account's id.

    Creates the account with all its data in one transaction if it does not exist.
    """
    if (row := await _account_id()) is not None:
        return row
    start = now - timedelta(days=_DAYS)
    account_id = await accounts.create(name="Muster demo", default_region="KE", now=start)
    settings, _ = await accounts.update(
        account_id=account_id, changes={"contact_protection_hours": 24}, user_id=None, now=start
    )
    user_ids = [
        await users.create(account_id=account_id, email=email, name=name, role=role, now=start)
        for email, name, role in _PEOPLE
    ]
    list_ids = {
        name: await contact_lists.create(account_id=account_id, list_name=name, list_description=about, now=start)
        for name, about in LISTS.items()
    }
    contacts = demo_contacts()
    await _save([*contacts[LIVE:], *contacts[:LIVE]], settings, user_ids, list_ids, now)
    trashed = ChosenContacts(settings=settings, phones=[contact["phone"] for contact in contacts[LIVE:]])
    await trash.trash(chosen=trashed, now=now - timedelta(days=3))
    await _opt_out(contacts, account_id, user_ids[0], now)
    await campaigns.create(
        account_id=account_id,
        user_id=user_ids[0],
        given={"name": "Long rains", "description": "When to plant, and what seed costs.", "channel": "SMS"},
        list_ids=[list_ids["Planting season"]],
        campaign_id=_CAMPAIGN,
        now=now - timedelta(days=1),
    )
    await new_token(account_id=account_id, now=start)
    return account_id


async def new_token(*, account_id: UUID, now: datetime) -> str:
    """Returns a new secret for the demo account's administrator, valid for TOKEN_DAYS."""
    user = await User.get_or_none(account_id=account_id, email_key=_PEOPLE[0][0], is_active=True)
    _, secret = await tokens.create(
        account_id=account_id,
        name=_TOKEN,
        user_id=user.id if user else None,
        scopes=list(Scope),
        expires_at=now + timedelta(days=TOKEN_DAYS),
        now=now,
    )
    return secret


async def _account_id() -> UUID | None:
    token = await ApiToken.filter(name=_TOKEN).order_by("created_at", "id").first()
    return token.account_id if token else None


async def _save(
    contacts: Sequence[dict[str, Any]],
    settings: AccountSettings,
    user_ids: Sequence[UUID],
    list_ids: dict[str, UUID],
    now: datetime,
) -> None:
    """Saves the contacts with creation times spread over the past months."""
    random = Random(_DAYS)
    batches = [contacts[start : start + _BATCH] for start in range(0, len(contacts), _BATCH)]
    for number, batch in enumerate(batches, start=1):
        at = now - timedelta(days=_DAYS) * (1 - number / len(batches)) - timedelta(minutes=random.randrange(600))
        rows = [_row(random, contact, user_ids, list_ids) for contact in batch]
        saved = await save(rows, settings=settings, user_id=None, if_exists=IfExists.ERROR, now=at)
        if refusals := [refusal for row in saved.rows for refusal in row.refusals]:
            raise Refused(*refusals)


def _row(random: Random, contact: dict[str, Any], user_ids: Sequence[UUID], list_ids: dict[str, UUID]) -> NewContact:
    return NewContact(
        phone=contact["phone"],
        details={name: contact[name] for name in DETAILS if name in contact},
        list_ids=[list_ids[name] for name in contact["lists"]],
        owner_id=random.choice((*user_ids, None, None)),
        assignee_ids=[random.choice(user_ids)] if random.random() < 0.3 else [],
    )


async def _opt_out(contacts: Sequence[dict[str, Any]], account_id: UUID, user_id: UUID, now: datetime) -> None:
    """Opts out some contacts by keyword and some by the API, including some in the trash."""
    phones = [contact["phone"] for contact in contacts[::_OPTED_OUT_EVERY]]
    for days, source, reason in ((40, OptOutSource.KEYWORD, "STOP"), (12, OptOutSource.API, "Asked at the counter")):
        cause = Cause(
            source=source,
            reason=reason,
            user_id=user_id if source is OptOutSource.API else None,
            token_id=None,
            at=now - timedelta(days=days),
        )
        chosen = phones[::2] if source is OptOutSource.KEYWORD else phones[1::2]
        await consent_register.opt_out(account_id=account_id, phones=chosen, cause=cause)
