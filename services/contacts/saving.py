"""Saves contacts: creates new ones, and handles existing ones by `IfExists`. The rules are the same for any number.

Rows take effect in their order, as if processed one by one, but the number of statements does not depend on the number
of rows.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from models.audit_actions import AuditAction
from models.db import database
from models.db.sql import Sql
from services.accounts import active_users
from services.accounts.active_users import ActiveUsers
from services.accounts.settings import AccountSettings
from services.audit import recording as audit
from services.contacts import table as contact_table, unique_keys as contact_unique_keys, value_counts
from services.contacts.fields import MAX_TAGS, MAX_VARIABLES
from services.contacts.normalization import normalized
from services.contacts.table import ContactDraft
from services.history import field_changes, recording as history
from services.history.recording import Entry
from services.ids import IdPrefix
from services.input.omitted import OMITTED, Omitted
from services.input.phone_input import number
from services.lists import membership
from services.phones.numbers import identity
from services.refusal import Code, Refusal, Refused, refuse
from services.subscriptions import change_log as contact_change_log
from services.subscriptions.change_log import PendingChange


class IfExists(StrEnum):
    ERROR = "ERROR"
    SKIP = "SKIP"
    UPDATE = "UPDATE"


class SaveOutcome(StrEnum):
    CREATED = "CREATED"
    UPDATED = "UPDATED"
    SKIPPED = "SKIPPED"
    FAILED = "FAILED"


class NewContact(NamedTuple):
    """An input row. `details` contains the given fields by column name, not normalized.

    `refusals` are errors that were found earlier.
    """

    phone: str | None
    region: str | None = None
    details: Mapping[str, Any] = MappingProxyType({})
    list_ids: Sequence[UUID] = ()
    owner_id: UUID | None | Omitted = OMITTED
    assignee_ids: Sequence[UUID] = ()
    assigned_to_email: str | None = None
    refusals: Sequence[Refusal] = ()


class SaveResult(NamedTuple):
    """The result of a row. `contact_id` is None if it failed; `refusals` then contains the reasons."""

    outcome: SaveOutcome
    contact_id: UUID | None
    is_valid: bool = True
    refusals: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """The results of the rows, in their order, and the number of contacts added to the list of the whole batch."""

    rows: list[SaveResult]
    added_to_list: int


class ParsedContact(NamedTuple):
    """A row with its parsed number. `values` are normalized by services.contacts.normalization."""

    given: NewContact
    phone: str
    values: dict[str, Any]
    refusals: tuple[Refusal, ...]


async def save(
    contacts: Sequence[NewContact],
    *,
    settings: AccountSettings,
    user_id: UUID | None,
    if_exists: IfExists,
    list_id: UUID | None = None,
    is_existing_added_to_list: bool = False,
    now: datetime,
) -> Batch:
    """Saves the rows for a user (None: an integration). The result of a row that can't be saved contains its errors.

    `list_id` is a list for all new contacts and, with `is_existing_added_to_list`, also for existing ones. Raises
    Refused with NOT_FOUND at `listId`.
    """
    parsed = [parse(contact, settings) for contact in contacts]
    return await save_parsed(
        parsed,
        settings=settings,
        user_id=user_id,
        if_exists=if_exists,
        list_id=list_id,
        is_existing_added_to_list=is_existing_added_to_list,
        now=now,
    )


def parse(contact: NewContact, settings: AccountSettings) -> ParsedContact:
    """Parses a row. Errors are added to its `refusals`."""
    region = contact.region or settings.default_region
    refusals = list(contact.refusals)
    phone = ""
    try:
        phone = number(contact.phone, region=contact.region, settings=settings)
    except Refused as refused:
        refusals += refused.refusals
    values, wrong = normalized(
        contact.details, region=region, policy=settings.phone_policy, digits_only=settings.digits_only_numbers
    )
    email = (contact.assigned_to_email or "").strip() or None
    given = contact if email == contact.assigned_to_email else contact._replace(assigned_to_email=email)
    return ParsedContact(given, phone, values, (*refusals, *wrong))


@database.transactional
async def save_parsed(
    parsed: Sequence[ParsedContact],
    *,
    settings: AccountSettings,
    user_id: UUID | None,
    if_exists: IfExists,
    list_id: UUID | None = None,
    is_existing_added_to_list: bool = False,
    is_matched_by_external_id: bool = False,
    now: datetime,
) -> Batch:
    """`save` for parsed rows.

    `is_matched_by_external_id`: a row with an external id belongs to the contact that has it, and changes its number.
    """
    account_id = settings.account_id
    people = await active_users.load_named(
        account_id,
        ids=[user for row in parsed for user in _named_users(row.given)],
        emails=[row.given.assigned_to_email for row in parsed if row.given.assigned_to_email],
    )
    known = await contact_table.lock(account_id, _known(account_id, parsed))
    pending = await contact_change_log.start_recording(account_id, [draft.id for draft in known], now=now)
    wanted_lists = {wanted for row in parsed for wanted in row.given.list_ids} | ({list_id} if list_id else set())
    lists = await membership.lock(account_id, wanted_lists)
    if list_id is not None and list_id not in lists:
        raise refuse(Code.NOT_FOUND, "There is no such list.", "listId")

    batch = _Saving(settings, user_id, if_exists, people, lists, list_id, is_existing_added_to_list, now)
    batch.is_matched_by_external_id = is_matched_by_external_id
    for draft in known:
        batch.remember(draft)
    saved = [batch.take(row) for row in parsed]

    changed = [draft for draft in batch.touched.values() if draft.is_changed]
    for draft in changed:
        draft.finish(now)
    await contact_table.release_external_ids(account_id, changed)
    await contact_table.insert(account_id, [draft for draft in changed if draft.is_new], now=now)
    await contact_table.update(account_id, [draft for draft in changed if not draft.is_new and not draft.is_renumbered])
    for draft in changed:  # in the order of the rows, because one may take over the number of another
        if draft.is_renumbered:
            await contact_table.update(account_id, [draft])
            await contact_table.change_number(account_id, draft.id, draft.values["phone"])
    assigned = await _assignees_of_one(account_id, batch)
    await _assign(account_id, batch, {draft.id for draft in changed if draft.has_new_version}, now)
    added = await membership.add(account_id, batch.members, are_new=not known, now=now)
    await value_counts.TAGS.add(account_id, Counter(tag for draft in changed for tag in draft.gained_tags))
    await value_counts.LABELS.add(account_id, Counter(label for draft in changed for label in draft.gained_labels))
    await _record_updates(account_id, batch, saved, assigned, added)
    await _publish(account_id, pending, batch, changed, added)
    return Batch(saved, len(added.get(list_id, ())) if list_id else 0)


async def _publish(
    account_id: UUID,
    pending: PendingChange,
    batch: "_Saving",
    changed: Sequence[ContactDraft],
    added: Mapping[UUID, Sequence[UUID]],
) -> None:
    published = {draft.id for draft in changed} | batch.assignees.keys()
    published |= {contact_id for wanted, contact_id in batch.members if wanted in added}
    is_new = any(draft.is_new for draft in changed)
    fields: set[str] = set()
    if len(published) == 1:  # only the change of a single contact names its fields
        fields = {name for draft in changed for name in draft.changed_fields}
        fields |= ({"assignees"} if batch.assignees else set()) | ({"lists"} if added else set())
    kind = contact_change_log.ChangeKind.CREATED if is_new else contact_change_log.ChangeKind.UPDATED
    await pending.publish(kind, published, fields=fields)
    _record(account_id, published, sum(draft.is_new for draft in changed), fields, batch.now)


async def _assignees_of_one(account_id: UUID, batch: "_Saving") -> set[UUID]:
    """Returns the assignees of the contact that the batch updates and assigns, if it is the only one."""
    if len(batch.touched) != 1 or not batch.assignees:
        return set()
    [draft] = batch.touched.values()
    return set() if draft.is_new else await contact_table.assignees(account_id, draft.id)


async def _record_updates(
    account_id: UUID,
    batch: "_Saving",
    saved: Sequence[SaveResult],
    assigned: set[UUID],
    added: Mapping[UUID, Sequence[UUID]],
) -> None:
    """Records the updates of contacts, and the lists that they were added to, in their history.

    `assigned` are the former assignees of a single contact. The columns of a new contact are the record of its
    creation.
    """
    if len(saved) > 1 or contact_change_log.is_in_job():
        touched = [draft for draft in batch.touched.values() if not draft.is_new]
        updated = [draft.id for draft in touched if draft.is_changed or draft.id in batch.assignees]
        action = AuditAction.IMPORT if contact_change_log.is_in_job() else AuditAction.UPDATE
        await history.record(account_id, updated, Entry(action), now=batch.now)
        new_ids = {draft.id for draft in batch.touched.values() if draft.is_new}
        await history.record_added_to_lists(account_id, added, new_ids=new_ids, now=batch.now)
        return
    contact_id = saved[0].contact_id if saved else None
    if contact_id is None or saved[0].outcome is SaveOutcome.CREATED:
        return
    changes = [change for draft in batch.touched.values() for change in field_changes.of_draft(draft)]
    if contact_id in batch.assignees:
        only = batch.only_assignees.get(contact_id)
        kept = assigned if only is None else assigned & {only}
        changes += field_changes.of_users("assignees", assigned, kept | batch.assignees[contact_id].keys())
    entries = [Entry(AuditAction.UPDATE, changes)] if changes else []
    entries += [Entry(AuditAction.ADD_TO_LIST, contact_list_id=list_id) for list_id in sorted(added)]
    await history.record_one(account_id, contact_id, entries, now=batch.now)


async def _assign(account_id: UUID, batch: "_Saving", raised: set[UUID], now: datetime) -> None:
    """Writes the assignees. Raises the versions of contacts that change only in their assignees."""
    changed = await contact_table.unassign_others(account_id, batch.only_assignees)
    changed |= await contact_table.assign(
        account_id, [(contact_id, user) for contact_id, users in batch.assignees.items() for user in users]
    )
    await contact_table.touch(account_id, sorted(changed - raised), now=now)


def _record(account_id: UUID, ids: set[UUID], new_count: int, fields: Iterable[str], now: datetime) -> None:
    """Records in the audit log that contacts were created and changed."""
    if not ids:
        return
    summary = f"Created {new_count}, changed {len(ids) - new_count}."
    if len(ids) == 1:
        summary = "Created a contact." if new_count else audit.changed(fields)
    action = AuditAction.CREATE if new_count else AuditAction.UPDATE
    subject = (IdPrefix.CONTACT, next(iter(ids))) if len(ids) == 1 else None
    audit.record(account_id, action, summary, subject=subject, count=len(ids), now=now)


def _named_users(contact: NewContact) -> list[UUID]:
    owner = contact.owner_id
    return [*contact.assignee_ids, *([owner] if isinstance(owner, UUID) else [])]


def _known(account_id: UUID, parsed: Sequence[ParsedContact]) -> Sql:
    """Returns a condition on `contact`: it is live and has the number or external id of a row."""
    phones = list({identity(row.phone) for row in parsed if row.phone})
    external_ids = list({row.values["external_id"] for row in parsed if row.values.get("external_id")})
    return contact_unique_keys.with_key(account_id, phones, external_ids)


class _Saving:
    """State of a batch: the contacts that exist or are about to, and the pending writes."""

    def __init__(
        self,
        settings: AccountSettings,
        user_id: UUID | None,
        if_exists: IfExists,
        people: ActiveUsers,
        lists: set[UUID],
        list_id: UUID | None,
        is_existing_added_to_list: bool,
        now: datetime,
    ) -> None:
        self.settings = settings
        self.user_id = user_id
        self.if_exists = if_exists
        self.people = people
        self.lists = lists
        self.list_id = list_id
        self.is_existing_added_to_list = is_existing_added_to_list
        self.now = now
        self.is_matched_by_external_id = False
        self.by_phone: dict[str, ContactDraft] = {}
        self.by_external_id: dict[str, ContactDraft] = {}
        self.touched: dict[UUID, ContactDraft] = {}
        self.assignees: dict[UUID, dict[UUID, None]] = {}
        self.only_assignees: dict[UUID, UUID] = {}
        self.members: dict[tuple[UUID, UUID], None] = {}

    def remember(self, draft: ContactDraft) -> None:
        self.by_phone[draft.values["phone"]] = draft
        if draft.values["external_id"]:
            self.by_external_id[draft.values["external_id"]] = draft

    def take(self, row: ParsedContact) -> SaveResult:
        refusals = [*row.refusals, *self._unknown_names(row.given)]
        if refusals:
            return SaveResult(SaveOutcome.FAILED, None, refusals=tuple(refusals))
        known = self._known(row)
        if known is None:
            return self._create(row)
        if self.if_exists is IfExists.ERROR:
            return _duplicate(Code.DUPLICATE_PHONE, "Another contact has this number.", "phone", known)
        saved = self._skip(row, known) if self.if_exists is IfExists.SKIP else self._update(row, known)
        if saved.outcome is not SaveOutcome.FAILED and self.list_id and self.is_existing_added_to_list:
            self.members[(self.list_id, known.id)] = None
        return saved

    def _known(self, row: ParsedContact) -> ContactDraft | None:
        external_id = row.values.get("external_id")
        if self.is_matched_by_external_id and external_id:
            return self.by_external_id.get(external_id)
        return self.by_phone.get(identity(row.phone))

    def _unknown_names(self, given: NewContact) -> list[Refusal]:
        """Returns NOT_FOUND for each list that does not exist, and each user that does not exist or is not active."""
        missing = []
        for place, list_id in enumerate(given.list_ids):
            if list_id not in self.lists:
                missing.append(Refusal(Code.NOT_FOUND, "There is no such list.", ("listIds", str(place))))
        if isinstance(given.owner_id, UUID) and given.owner_id not in self.people.ids:
            missing.append(Refusal(Code.NOT_FOUND, "There is no such active user.", ("ownerId",)))
        for place, assignee_id in enumerate(given.assignee_ids):
            if assignee_id not in self.people.ids:
                missing.append(Refusal(Code.NOT_FOUND, "There is no such active user.", ("assigneeIds", str(place))))
        if given.assigned_to_email and self.people.with_email(given.assigned_to_email) is None:
            missing.append(
                Refusal(Code.NOT_FOUND, "There is no active user with this e-mail address.", ("assignedToEmail",))
            )
        return missing

    def _create(self, row: ParsedContact) -> SaveResult:
        if (holder := self._other_holder(row, None)) is not None:
            return _external_id_taken(holder)
        draft = contact_table.new_draft(row.phone, self.settings, now=self.now)
        draft.change(row.values)
        owner_id = self._owner(row.given)
        draft.set_owner(self.user_id if isinstance(owner_id, Omitted) else owner_id, self.now)
        self._link(row.given, draft)
        if self.list_id:
            self.members[(self.list_id, draft.id)] = None
        self._touch(draft)
        return SaveResult(SaveOutcome.CREATED, draft.id, draft.values["status"] == "VALID")

    def _skip(self, row: ParsedContact, known: ContactDraft) -> SaveResult:
        return SaveResult(SaveOutcome.SKIPPED, known.id, known.values["status"] == "VALID")

    def _update(self, row: ParsedContact, known: ContactDraft) -> SaveResult:
        if (holder := self._other_holder(row, known)) is not None:
            return _external_id_taken(holder)
        number = identity(row.phone)
        if (holder := self.by_phone.get(number)) not in (None, known):
            return _duplicate(Code.DUPLICATE_PHONE, "Another contact has this number.", "phone", holder)
        tags = sorted({*known.values["tags"], *row.values.get("tags", ())})
        if len(tags) > MAX_TAGS:
            return _failed(Code.TOO_MANY, f"A contact has at most {MAX_TAGS} tags; it would have {len(tags)}.", "tags")
        given = {name: value for name, value in row.values.items() if value is not None}
        variables = given.get("custom_variables", {})
        given["custom_variables"] = {label: text for label, text in variables.items() if text.strip()}
        variables = {**known.values["custom_variables"], **given["custom_variables"]}
        if len(variables) > MAX_VARIABLES:
            message = f"A contact has at most {MAX_VARIABLES} custom variables; it would have {len(variables)}."
            return _failed(Code.TOO_MANY, message, "customVariables")
        previous_external_id = known.values["external_id"]
        known.change(given | {"tags": tags})
        if previous_external_id and previous_external_id != known.values["external_id"]:
            del self.by_external_id[previous_external_id]
        if number != known.values["phone"]:
            del self.by_phone[known.values["phone"]]
            known.set_phone(row.phone, self.settings)
        owner_id = self._owner(row.given)
        if not isinstance(owner_id, Omitted) and not known.is_protected(
            self.settings, from_user_id=self.user_id, now=self.now
        ):
            known.set_owner(owner_id, self.now)
        self._link(row.given, known)
        self._touch(known)
        return SaveResult(SaveOutcome.UPDATED, known.id, known.values["status"] == "VALID")

    def _other_holder(self, row: ParsedContact, own: ContactDraft | None) -> ContactDraft | None:
        """Returns the contact that has the row's external id, if it is not the row's own contact."""
        external_id = row.values.get("external_id")
        holder = self.by_external_id.get(external_id) if external_id else None
        return holder if holder is not own else None

    def _owner(self, given: NewContact) -> UUID | None | Omitted:
        """Returns the owner that a row sets: by id, or else by the e-mail address of its assignee."""
        if isinstance(given.owner_id, Omitted) and given.assigned_to_email:
            return self.people.with_email(given.assigned_to_email)
        return given.owner_id

    def _link(self, given: NewContact, draft: ContactDraft) -> None:
        for list_id in given.list_ids:
            self.members[(list_id, draft.id)] = None
        if given.assigned_to_email and (assignee := self.people.with_email(given.assigned_to_email)):
            self.only_assignees[draft.id] = assignee
            self.assignees[draft.id] = {assignee: None}
        if given.assignee_ids:
            self.assignees.setdefault(draft.id, {}).update(dict.fromkeys(given.assignee_ids))

    def _touch(self, draft: ContactDraft) -> None:
        self.touched[draft.id] = draft
        self.remember(draft)


def _failed(code: Code, message: str, *path: str) -> SaveResult:
    return SaveResult(SaveOutcome.FAILED, None, refusals=(Refusal(code, message, path),))


def _external_id_taken(holder: ContactDraft) -> SaveResult:
    return _duplicate(Code.DUPLICATE_EXTERNAL_ID, "Another contact has this external id.", "externalId", holder)


def _duplicate(code: Code, message: str, field_name: str, holder: ContactDraft) -> SaveResult:
    refusal = Refusal(code, message, (field_name,), contact_id=holder.id)
    return SaveResult(SaveOutcome.FAILED, None, refusals=(refusal,))
