"""Changes one contact. Unset fields are kept, so that concurrent changes of different fields don't undo each other."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from models.audit_actions import AuditAction
from models.db import database
from models.db.sql import Sql
from services.accounts import active_users
from services.accounts.settings import AccountSettings
from services.audit import recording as audit
from services.contacts import table as contact_table, unique_keys as contact_unique_keys, value_counts
from services.contacts.fields import MAX_VARIABLES
from services.contacts.normalization import normalized
from services.contacts.table import ContactDraft
from services.history import field_changes, recording as history
from services.history.recording import Entry, FieldChange
from services.ids import IdPrefix
from services.input.omitted import OMITTED, Omitted
from services.input.phone_input import check_region, number
from services.lists import membership
from services.phones.numbers import identity
from services.refusal import Code, Refusal, Refused, refuse
from services.subscriptions import change_log as contact_change_log


class ContactUpdate(NamedTuple):
    """The fields to change. OMITTED keeps a value, None clears it.

    `details` contains the given fields by column name, not normalized.
    """

    details: Mapping[str, Any]
    phone: str | None | Omitted = OMITTED
    region: str | None = None
    expected_version: int | None = None
    list_ids: Sequence[UUID] | None | Omitted = OMITTED
    owner_id: UUID | None | Omitted = OMITTED
    assignee_ids: Sequence[UUID] | None | Omitted = OMITTED
    assigned_to_email: str | None | Omitted = OMITTED

    def is_stale(self, draft: ContactDraft) -> bool:
        """Returns whether the contact has another version than the change expects."""
        return self.expected_version is not None and draft.before["version"] != self.expected_version


@database.transactional
async def update(
    *, where: Sql, change: ContactUpdate, settings: AccountSettings, user_id: UUID | None, now: datetime
) -> UUID:
    """Changes the contact that matches `where`, and returns its id.

    Raises Refused: NOT_FOUND or IN_TRASH at `contact`, STALE at `expectedVersion` with the contact, DUPLICATE_PHONE and
    DUPLICATE_EXTERNAL_ID with the contact that has it, CONTACT_PROTECTED at `ownerId`, NOT_FOUND for lists and users,
    and errors for invalid values.
    """
    account_id = settings.account_id
    phone, values = parse_update(change, settings)
    draft = await _locked(account_id, where)
    if change.is_stale(draft):
        raise Refused(_stale(draft, change))
    pending = await contact_change_log.start_recording(account_id, [draft.id], now=now)
    await _check_unique(account_id, draft, phone and identity(phone), values.get("external_id"))

    links = ContactLinks(change)
    people = await links.people(account_id)
    owner_id = links.owner(people)
    if phone is not None:
        draft.set_phone(phone, settings)
        if draft.values["phone"] != draft.before["phone"]:
            await contact_table.change_number(account_id, draft.id, draft.values["phone"])
    set_details(draft, change, values)
    if not isinstance(owner_id, Omitted) and owner_id != draft.values["owner_id"]:
        if draft.is_protected(settings, from_user_id=user_id, now=now):
            message = "The contact was recently assigned to another user and is protected."
            raise refuse(Code.CONTACT_PROTECTED, message, "ownerId")
        draft.set_owner(owner_id, now)

    lists = await _sync_lists(account_id, draft.id, change.list_ids, now)
    assignees = await _sync_assignees(account_id, draft.id, links.assignees(people))
    linked_anew = [*(["lists"] if lists else []), *(["assignees"] if assignees else [])]
    draft.finish(now)
    if linked_anew:
        draft.values["updated_at"] = now
    if assignees:
        draft.raise_version()
    if draft.is_changed:
        await contact_table.update(account_id, [draft])
        await value_counts.TAGS.add(account_id, changes_of(draft.gained_tags, draft.lost_tags))
        await value_counts.LABELS.add(account_id, changes_of(draft.gained_labels, draft.lost_labels))
        changes = [*field_changes.of_draft(draft), *assignees]
        own = [Entry(AuditAction.UPDATE, changes)] if changes else []
        await history.record_one(account_id, draft.id, [*own, *lists], now=now)
        fields = [*draft.changed_fields, *linked_anew]
        await pending.publish(contact_change_log.ChangeKind.UPDATED, [draft.id], fields=fields)
        subject = (IdPrefix.CONTACT, draft.id)
        audit.record(account_id, AuditAction.UPDATE, audit.changed(fields), subject=subject, now=now)
    return draft.id


def changes_of(gained: set[str], lost: set[str]) -> dict[str, int]:
    """Returns the changes of the stored counts (see services.contacts.value_counts)."""
    return dict.fromkeys(gained, 1) | dict.fromkeys(lost, -1)


def parse_update(change: ContactUpdate, settings: AccountSettings) -> tuple[str | None, dict[str, Any]]:
    """Returns the new number, if any, and the normalized values by column. Raises Refused."""
    refusals: list[Refusal] = []
    phone = None
    region = change.region or settings.default_region
    if change.phone is None:
        refusals.append(Refusal(Code.REQUIRED, "A contact's number can't be null.", ("phone",)))
    try:
        check_region(change.region)
        if isinstance(change.phone, str):
            phone = number(change.phone, region=change.region, settings=settings)
    except Refused as refused:
        refusals += refused.refusals
    values, wrong = normalized(
        change.details, region=region, policy=settings.phone_policy, digits_only=settings.digits_only_numbers
    )
    refusals += wrong
    if refusals:
        raise Refused(*refusals)
    return phone, values


def set_details(draft: ContactDraft, change: ContactUpdate, values: Mapping[str, Any]) -> None:
    """Applies the normalized values of a change to the draft. Raises Refused."""
    draft.change(values)
    if change.details.get("custom_variables", OMITTED) is None:
        draft.values["custom_variables"] = {}
    if len(draft.values["custom_variables"]) > MAX_VARIABLES:
        raise refuse(
            Code.TOO_MANY,
            f"A contact has at most {MAX_VARIABLES} custom variables; "
            f"it would have {len(draft.values['custom_variables'])}.",
            "customVariables",
        )


def changes_links(change: ContactUpdate) -> bool:
    """Returns whether a change affects lists or users of the contact."""
    linked = (change.list_ids, change.owner_id, change.assignee_ids, change.assigned_to_email)
    return not all(isinstance(value, Omitted) for value in linked)


async def _locked(account_id: UUID, where: Sql) -> ContactDraft:
    drafts = await contact_table.lock(account_id, where)
    if not drafts:
        raise refuse(Code.NOT_FOUND, "There is no such contact.", "contact")
    if drafts[0].is_trashed:
        raise refuse(Code.IN_TRASH, "The contact is in the trash; restore it first.", "contact")
    return drafts[0]


def _stale(draft: ContactDraft, change: ContactUpdate) -> Refusal:
    version = draft.before["version"]
    message = (
        f"The contact has the version {version}, not {change.expected_version}. Read it again before you change it."
    )
    return Refusal(Code.STALE, message, ("expectedVersion",), contact_id=draft.id, version=version)


async def _check_unique(account_id: UUID, draft: ContactDraft, phone: str | None, external_id: str | None) -> None:
    """Raises Refused if another live contact has the number or the external id.

    A unique constraint prevents duplicates that arise later.
    """
    phones = [phone] if phone is not None and phone != draft.values["phone"] else []
    is_renamed = external_id is not None and external_id != draft.values["external_id"]
    external_ids = [external_id] if external_id is not None and is_renamed else []
    if not phones and not external_ids:
        return
    refusals = []
    for holder in await contact_unique_keys.live_holders(account_id, phones, external_ids):
        if holder["phone"] == phone:
            message = "Another contact has this number."
            refusals.append(Refusal(Code.DUPLICATE_PHONE, message, ("phone",), contact_id=holder["id"]))
        if external_id is not None and holder["external_id"] == external_id:
            message = "Another contact has this external id."
            refusals.append(Refusal(Code.DUPLICATE_EXTERNAL_ID, message, ("externalId",), contact_id=holder["id"]))
    if refusals:
        raise Refused(*refusals)


class ContactLinks:
    """The owner and assignees that a change sets."""

    def __init__(self, change: ContactUpdate) -> None:
        self.owner_id = change.owner_id
        self.assignee_ids = change.assignee_ids
        self.email = change.assigned_to_email

    async def people(self, account_id: UUID) -> active_users.ActiveUsers:
        """Looks up the users of the change. Raises Refused if one does not exist or is not active."""
        assignee_ids = self.assignee_ids if not isinstance(self.assignee_ids, Omitted) else ()
        ids = [*(assignee_ids or ()), *([self.owner_id] if isinstance(self.owner_id, UUID) else [])]
        emails = [self.email] if isinstance(self.email, str) and self.email.strip() else []
        users = await active_users.load_named(account_id, ids=ids, emails=emails)
        refusals = []
        if isinstance(self.owner_id, UUID) and self.owner_id not in users.ids:
            refusals.append(Refusal(Code.NOT_FOUND, "There is no such active user.", ("ownerId",)))
        for place, assignee_id in enumerate(assignee_ids or ()):
            if assignee_id not in users.ids:
                refusals.append(Refusal(Code.NOT_FOUND, "There is no such active user.", ("assigneeIds", str(place))))
        if emails and users.with_email(emails[0]) is None:
            message = "There is no active user with this e-mail address."
            refusals.append(Refusal(Code.NOT_FOUND, message, ("assignedToEmail",)))
        if refusals:
            raise Refused(*refusals)
        return users

    def owner(self, people: active_users.ActiveUsers) -> UUID | None | Omitted:
        """Returns the owner to set: by id, or else the assignee given by e-mail."""
        if isinstance(self.owner_id, Omitted) and isinstance(self.email, str) and self.email.strip():
            return people.with_email(self.email)
        return self.owner_id

    def assignees(self, people: active_users.ActiveUsers) -> set[UUID] | Omitted:
        """Returns the complete new set of assignees, or OMITTED to keep the present ones."""
        if isinstance(self.assignee_ids, Omitted) and isinstance(self.email, Omitted):
            return OMITTED
        named = set() if isinstance(self.assignee_ids, Omitted) else set(self.assignee_ids or ())
        if isinstance(self.email, str) and (by_email := people.with_email(self.email)) is not None:
            named.add(by_email)
        return named


async def _sync_lists(
    account_id: UUID, contact_id: UUID, list_ids: Sequence[UUID] | None | Omitted, now: datetime
) -> list[Entry]:
    """Sets the contact's lists to exactly these. Returns the changes. Raises Refused."""
    if isinstance(list_ids, Omitted):
        return []
    new_ids = set(list_ids or ())
    present = set(await membership.of_contacts(account_id, [contact_id]))
    locked = await membership.lock(account_id, new_ids | present)
    missing = [
        Refusal(Code.NOT_FOUND, "There is no such list.", ("listIds", str(place)))
        for place, list_id in enumerate(list_ids or ())
        if list_id not in locked
    ]
    if missing:
        raise Refused(*missing)
    added = await membership.add(account_id, [(list_id, contact_id) for list_id in new_ids - present], now=now)
    removed = await membership.remove(account_id, [(list_id, contact_id) for list_id in present - new_ids])
    return [
        *(Entry(AuditAction.ADD_TO_LIST, contact_list_id=list_id) for list_id in sorted(added)),
        *(Entry(AuditAction.REMOVE_FROM_LIST, contact_list_id=list_id) for list_id in sorted(removed)),
    ]


async def _sync_assignees(account_id: UUID, contact_id: UUID, new_ids: set[UUID] | Omitted) -> list[FieldChange]:
    if isinstance(new_ids, Omitted):
        return []
    present = await contact_table.assignees(account_id, contact_id)
    await contact_table.unassign(account_id, [(contact_id, user_id) for user_id in present - new_ids])
    await contact_table.assign(account_id, [(contact_id, user_id) for user_id in new_ids - present])
    return field_changes.of_users("assignees", present, new_ids)
