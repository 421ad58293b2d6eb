"""Adds contacts to a campaign and removes them. All sources of rows use these functions.

Rows take effect in their order, as if processed one by one, but the number of statements does not depend on the number
of rows.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from models.audit_actions import AuditAction
from models.db import database
from models.db.database import Row
from models.db.sql import MARK, Sql
from services.accounts.settings import AccountSettings
from services.audit import recording as audit
from services.campaigns import table as campaign_table
from services.campaigns.events import record_contacts_changed
from services.campaigns.status import CLOSED, CampaignStatus
from services.campaigns.table import CampaignMembership
from services.consent import register as consent_register
from services.contacts import selection as contact_selection, table as contact_table
from services.contacts.selection import ChosenContacts
from services.contacts.table import ContactDraft
from services.history import recording as history
from services.history.recording import Entry
from services.ids import IdPrefix
from services.phones.numbers import identity
from services.refusal import Code, Refusal, Refused, refuse
from services.subscriptions import change_log as contact_change_log


class IfDuplicate(StrEnum):
    SKIP = "SKIP"
    UPDATE = "UPDATE"


class AddOutcome(StrEnum):
    CREATED = "CREATED"
    UPDATED = "UPDATED"
    SKIPPED_DUPLICATE = "SKIPPED_DUPLICATE"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignRow:
    """A row to add to a campaign, with normalized values.

    `phone` is in E.164. `details` contains the given fields among name, context, extracted_data and external_id; None
    clears a field. `contact_details` (by column) and `owner_id` apply if the number has no contact yet. `users` are the
    users on whose behalf the contact is messaged; a contact that one of them owns is not protected. `refusals` are
    errors that were found earlier.
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
class AddResult:
    """The result of a row. If it failed, `refusals` contains the reasons, and the ids are None."""

    outcome: AddOutcome
    membership_id: UUID | None
    contact_id: UUID | None
    refusals: tuple[Refusal, ...] = ()


@database.transactional
async def add(
    rows: Sequence[CampaignRow],
    *,
    campaign_id: UUID,
    settings: AccountSettings,
    if_duplicate: IfDuplicate = IfDuplicate.SKIP,
    is_protection_overridden: bool = False,
    segment_dates: Mapping[str, datetime | None] | None = None,
    action: AuditAction = AuditAction.ADD_TO_CAMPAIGN,
    now: datetime,
) -> list[AddResult]:
    """Adds the rows' contacts to a campaign. Returns the result of each row, in the same order.

    Creates a contact for a number without a live contact, even if the trash contains one with that number. A row whose
    contact is already in the campaign becomes SKIPPED_DUPLICATE or UPDATED. Any other row fails with the first of
    MISSING_EMAIL (only in an EMAIL campaign), OPTED_OUT and CONTACT_PROTECTED that applies, and writes nothing. The
    audit log has the change as `action`.

    Raises Refused at `campaignId`: NOT_FOUND, or WRONG_STATE if the campaign is COMPLETED or ARCHIVED.
    """
    account_id = settings.account_id
    campaign = _open(await campaign_table.read(account_id, campaign_id))
    phones = list({identity(row.phone) for row in rows if not row.refusals})
    live = Sql(f"contact.deleted_at IS NULL AND {database.sql_in('contact.phone', MARK, 'text')}", (phones,))
    known = await contact_table.lock(account_id, live) if phones else []
    adding = _Adding(
        settings,
        campaign["channel"] == "EMAIL",
        await consent_register.opted_out(account_id, phones),
        if_duplicate,
        is_protection_overridden,
        now,
    )
    adding.contacts = {draft.values["phone"]: draft for draft in known}
    pending = await contact_change_log.start_recording(account_id, [draft.id for draft in known], now=now)
    new = list(adding.new_contacts(rows))
    await contact_table.insert(account_id, new, now=now)

    # Lock the campaign only after the insert of new contacts. Otherwise a deadlock is possible with a transaction that
    # has locked the campaign and waits for one of their numbers.
    locked = _open(await campaign_table.lock(account_id, campaign_id))
    if locked["channel"] != campaign["channel"]:
        raise database.Conflict("another transaction changed the campaign's channel")
    adding.memberships = await campaign_table.memberships(account_id, campaign_id, [draft.id for draft in known])
    results = [adding.take(row) for row in rows]
    changed = [membership for membership in adding.memberships.values() if membership.is_changed]
    added = await campaign_table.insert(
        account_id,
        campaign_id,
        [membership for membership in changed if membership.is_new],
        segment_dates=segment_dates,
        now=now,
    )
    await campaign_table.update(account_id, [membership for membership in changed if not membership.is_new], now=now)
    await history.record(account_id, added, Entry(AuditAction.ADD_TO_CAMPAIGN, campaign_id=campaign_id), now=now)
    await _publish(pending, changed, new)
    await record_contacts_changed(account_id, campaign_id, len(changed), now=now)
    _record(account_id, action, campaign_id, changed, now)
    return results


async def _publish(
    pending: contact_change_log.PendingChange, changed: Sequence[CampaignMembership], new: Sequence[ContactDraft]
) -> None:
    came = {membership.contact_id for membership in changed if membership.is_new} | {draft.id for draft in new}
    kind = contact_change_log.ChangeKind.CREATED if new else contact_change_log.ChangeKind.UPDATED
    await pending.publish(kind, came, fields=["campaigns"])


def _record(
    account_id: UUID, action: AuditAction, campaign_id: UUID, changed: Sequence[CampaignMembership], now: datetime
) -> None:
    if changed:
        added = sum(membership.is_new for membership in changed)
        summary = f"Added {added} contacts, changed {len(changed) - added}."
        audit.record(account_id, action, summary, subject=_subject(campaign_id), count=len(changed), now=now)


def _subject(campaign_id: UUID) -> tuple[IdPrefix, UUID]:
    return IdPrefix.CAMPAIGN, campaign_id


def _open(campaign: Row | None) -> Row:
    """Returns the campaign. Raises Refused if it does not exist, or is COMPLETED or ARCHIVED."""
    if campaign is None:
        raise not_found("campaignId")
    if CampaignStatus(campaign["status"]) in CLOSED:
        raise refuse(
            Code.WRONG_STATE, f"The campaign is {campaign['status']}; no contacts can be added to it.", "campaignId"
        )
    return campaign


def not_found(*path: str) -> Refused:
    return refuse(Code.NOT_FOUND, "There is no such campaign.", *path)


class _Adding:
    """State of a call of `add`: the contacts by number and the memberships by contact, including new ones."""

    def __init__(
        self,
        settings: AccountSettings,
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
        self.contacts: dict[str, ContactDraft] = {}
        self.memberships: dict[UUID, CampaignMembership] = {}

    def new_contacts(self, rows: Sequence[CampaignRow]) -> list[ContactDraft]:
        """Returns new contacts for the numbers without one, each with the values of its first row."""
        made = []
        for row in rows:
            if row.refusals or identity(row.phone) in self.contacts or self._refusal(row, None) is not None:
                continue
            draft = contact_table.new_draft(row.phone, self.settings, now=self.now)
            draft.change(row.contact_details)
            draft.set_owner(row.owner_id, self.now)
            draft.finish(self.now)
            self.contacts[draft.values["phone"]] = draft
            made.append(draft)
        return made

    def take(self, row: CampaignRow) -> AddResult:
        if row.refusals:
            return AddResult(AddOutcome.FAILED, None, None, tuple(row.refusals))
        contact = self.contacts.get(identity(row.phone))
        if contact is not None and (membership := self.memberships.get(contact.id)) is not None:
            if self.if_duplicate is IfDuplicate.SKIP:
                return AddResult(AddOutcome.SKIPPED_DUPLICATE, membership.id, contact.id)
            membership.values |= row.details
            membership.values["extracted_data"] = membership.values["extracted_data"] or {}
            return AddResult(AddOutcome.UPDATED, membership.id, contact.id)
        refusal = self._refusal(row, contact)
        if contact is None or refusal is not None:
            return AddResult(AddOutcome.FAILED, None, None, (refusal,) if refusal else ())
        links = {"assignee_id": row.assignee_id, "segment_id": row.segment_id}
        membership = campaign_table.new_membership(contact.id, {**row.details, **links}, now=self.now)
        self.memberships[contact.id] = membership
        return AddResult(AddOutcome.CREATED, membership.id, contact.id)

    def _refusal(self, row: CampaignRow, contact: ContactDraft | None) -> Refusal | None:
        """Returns the reason why the contact, or the number if it has no contact yet, can't be added, if any."""
        email = contact.values["email"] if contact else row.contact_details.get("email")
        if self.is_by_email and email is None:
            return Refusal(Code.MISSING_EMAIL, "The contact has no e-mail address.")
        if identity(row.phone) in self.opted_out:
            return Refusal(Code.OPTED_OUT, "The number has opted out.")
        if contact is None or contact.is_new or self.is_protection_overridden:
            return None
        if contact.values["owner_id"] in row.users:
            return None
        if contact.is_protected(self.settings, from_user_id=None, now=self.now):
            message = "The contact was recently assigned to another user and is protected."
            return Refusal(Code.CONTACT_PROTECTED, message)
        return None


@database.transactional
async def remove(*, campaign_id: UUID, chosen: ChosenContacts, now: datetime) -> int:
    """Removes the chosen live contacts from a campaign. Returns how many were in it. Raises Refused."""
    contacts = await contact_selection.lock(chosen, now=now)
    account_id = chosen.settings.account_id
    if await campaign_table.lock(account_id, campaign_id) is None:
        raise not_found("campaignId")
    ids = [contact["id"] for contact in contacts]
    pending = await contact_change_log.start_recording(account_id, ids, now=now)
    removed = await campaign_table.remove(account_id, campaign_id, ids, now=now)
    await history.record(account_id, removed, Entry(AuditAction.REMOVE_FROM_CAMPAIGN, campaign_id=campaign_id), now=now)
    count = len(removed)
    await pending.publish(contact_change_log.ChangeKind.UPDATED, ids, count=count, fields=["campaigns"])
    await record_contacts_changed(account_id, campaign_id, count, now=now)
    action = AuditAction.REMOVE_FROM_CAMPAIGN
    contact_selection.record(chosen, action, "Removed contacts", count=count, subject=_subject(campaign_id), now=now)
    return count
