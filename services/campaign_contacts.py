"""Puts contacts into a campaign, and takes them out: the way of every row, whoever gives it.

Rows act in their order, as if one by one, though the number of statements does not depend on their number.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from models import database
from models.database import Row
from models.sql import MARK, Sql
from services import campaign_rows, contact_changes, contact_rows, contact_selection, opt_out
from services.authentication import Settings
from services.campaign_rows import Place
from services.campaign_status import OVER, CampaignStatus
from services.contact_rows import Draft
from services.contact_selection import Chosen
from services.refusal import Code, Refusal, Refused, refuse


class IfDuplicate(StrEnum):
    SKIP = "SKIP"
    UPDATE = "UPDATE"


class Outcome(StrEnum):
    CREATED = "CREATED"
    UPDATED = "UPDATED"
    SKIPPED_DUPLICATE = "SKIPPED_DUPLICATE"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignRow:
    """Somebody who is to be in a campaign, as everything is kept.

    `phone` is in E.164. `details` holds what is given of name, context, extracted_data and external_id; None clears.
    `contact_details`, by column, and `owner_id` are for a number that is no contact yet. `users` are those for whom it
    is messaged: from them nobody is protected. `refusals` are what was found wrong before it got here.
    """

    phone: str
    details: Mapping[str, Any] = field(default_factory=dict)
    contact_details: Mapping[str, Any] = field(default_factory=dict)
    owner_id: UUID | None
    users: Collection[UUID]
    assignee_id: UUID | None = None
    segment_id: str | None = None
    refusals: Sequence[Refusal] = ()


@dataclass(frozen=True, slots=True)
class Placed:
    """How a row ended. `place_id` and `contact_id` are there unless it failed; `refusals` say why it did."""

    outcome: Outcome
    place_id: UUID | None
    contact_id: UUID | None
    refusals: tuple[Refusal, ...] = ()


@database.transactional
async def add(
    rows: Sequence[CampaignRow],
    *,
    campaign_id: UUID,
    settings: Settings,
    if_duplicate: IfDuplicate = IfDuplicate.SKIP,
    is_protection_overridden: bool = False,
    segment_dates: Mapping[str, datetime | None] | None = None,
    now: datetime,
) -> list[Placed]:
    """Puts the rows' contacts into a campaign; how each row ended, in their order.

    A number that no live contact has becomes a contact, whatever the trash holds. A row whose contact is in the
    campaign already is SKIPPED_DUPLICATE or UPDATED; any other fails with the first that holds of MISSING_EMAIL (a
    campaign by e-mail), OPTED_OUT and CONTACT_PROTECTED, and then nothing of it is written.

    Raises Refused at `campaignId`: NOT_FOUND, or WRONG_STATE where the campaign is over.
    """
    account_id = settings.account_id
    campaign = _open(await campaign_rows.read(account_id, campaign_id))
    phones = list({row.phone for row in rows if not row.refusals})
    live = Sql(f"contact.deleted_at IS NULL AND {database.any_of('contact.phone', MARK, 'text')}", (phones,))
    known = await contact_rows.lock(account_id, live) if phones else []
    adding = _Adding(
        settings,
        campaign["channel"] == "EMAIL",
        await opt_out.opted_out(account_id, phones),
        if_duplicate,
        is_protection_overridden,
        now,
    )
    adding.contacts = {draft.values["phone"]: draft for draft in known}
    telling = await contact_changes.begin(account_id, [draft.id for draft in known], now=now)
    new = list(adding.new_contacts(rows))
    await contact_rows.insert(account_id, new, now=now)

    # Behind new contacts: whoever waits for one of their numbers must not hold a campaign that we wait for.
    locked = _open(await campaign_rows.lock(account_id, campaign_id))
    if locked["channel"] != campaign["channel"]:
        raise database.Conflict("the campaign's channel was changed meanwhile")
    adding.places = await campaign_rows.places(account_id, campaign_id, [draft.id for draft in known])
    placed = [adding.take(row) for row in rows]
    changed = [place for place in adding.places.values() if place.is_changed]
    await campaign_rows.insert(
        account_id, campaign_id, [place for place in changed if place.is_new], segment_dates=segment_dates, now=now
    )
    await campaign_rows.update(account_id, [place for place in changed if not place.is_new], now=now)
    came = {place.contact_id for place in changed if place.is_new} | {draft.id for draft in new}
    await telling.tell(contact_changes.Kind.CREATED if new else contact_changes.Kind.UPDATED, came)
    return placed


def _open(campaign: Row | None) -> Row:
    """The campaign, if it is there and takes contacts. Raises Refused."""
    if campaign is None:
        raise not_found("campaignId")
    if CampaignStatus(campaign["status"]) in OVER:
        raise refuse(Code.WRONG_STATE, f"A campaign that is {campaign['status']} takes no contacts.", "campaignId")
    return campaign


def not_found(*path: str) -> Refused:
    return refuse(Code.NOT_FOUND, "There is no such campaign.", *path)


class _Adding:
    """Rows on their way: which contacts there are by now, and who is in the campaign."""

    def __init__(
        self,
        settings: Settings,
        is_by_email: bool,
        opted_out: set[str],
        if_duplicate: IfDuplicate,
        is_protection_overridden: bool,
        now: datetime,
    ) -> None:
        self.settings = settings
        self.is_by_email = is_by_email
        self.opted_out = opted_out
        self.if_duplicate = if_duplicate
        self.is_protection_overridden = is_protection_overridden
        self.now = now
        self.contacts: dict[str, Draft] = {}
        self.places: dict[UUID, Place] = {}

    def new_contacts(self, rows: Sequence[CampaignRow]) -> list[Draft]:
        """Contacts for the numbers that are none yet, each as its first row wants it."""
        made = []
        for row in rows:
            if row.refusals or row.phone in self.contacts or self._refusal(row, None) is not None:
                continue
            draft = contact_rows.new_draft(row.phone, self.settings, now=self.now)
            draft.change(row.contact_details)
            draft.set_owner(row.owner_id, self.now)
            draft.finish(self.now)
            self.contacts[row.phone] = draft
            made.append(draft)
        return made

    def take(self, row: CampaignRow) -> Placed:
        if row.refusals:
            return Placed(Outcome.FAILED, None, None, tuple(row.refusals))
        contact = self.contacts.get(row.phone)
        if contact is not None and (place := self.places.get(contact.id)) is not None:
            if self.if_duplicate is IfDuplicate.SKIP:
                return Placed(Outcome.SKIPPED_DUPLICATE, place.id, contact.id)
            place.values |= row.details
            place.values["extracted_data"] = place.values["extracted_data"] or {}
            return Placed(Outcome.UPDATED, place.id, contact.id)
        refusal = self._refusal(row, contact)
        if contact is None or refusal is not None:
            return Placed(Outcome.FAILED, None, None, (refusal,) if refusal else ())
        links = {"assignee_id": row.assignee_id, "segment_id": row.segment_id}
        place = campaign_rows.new_place(contact.id, {**row.details, **links}, now=self.now)
        self.places[contact.id] = place
        return Placed(Outcome.CREATED, place.id, contact.id)

    def _refusal(self, row: CampaignRow, contact: Draft | None) -> Refusal | None:
        """Why a contact, or a number that is none yet, can't come into the campaign."""
        email = contact.values["email"] if contact else row.contact_details.get("email")
        if self.is_by_email and email is None:
            return Refusal(Code.MISSING_EMAIL, "The contact has no e-mail address.")
        if row.phone in self.opted_out:
            return Refusal(Code.OPTED_OUT, "The number has opted out.")
        if contact is None or contact.is_new or self.is_protection_overridden:
            return None
        if contact.values["owner_id"] in row.users:
            return None
        if contact.is_protected(self.settings, from_user_id=None, now=self.now):
            message = "The contact belongs to a colleague since a short while and is protected."
            return Refusal(Code.CONTACT_PROTECTED, message)
        return None


@database.transactional
async def remove(*, campaign_id: UUID, chosen: Chosen, now: datetime) -> int:
    """Takes the chosen live contacts out of a campaign; how many were in it. Raises Refused."""
    contacts = await contact_selection.lock(chosen, now=now)
    account_id = chosen.settings.account_id
    if await campaign_rows.lock(account_id, campaign_id) is None:
        raise not_found("campaignId")
    ids = [contact["id"] for contact in contacts]
    telling = await contact_changes.begin(account_id, ids, now=now)
    removed = await campaign_rows.remove(account_id, campaign_id, ids)
    await telling.tell(contact_changes.Kind.UPDATED, ids, count=removed)
    return removed
