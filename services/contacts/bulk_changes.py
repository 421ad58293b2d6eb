"""Bulk changes: their descriptions, and the functions with which a job applies them to a batch of contacts.

Each function calls the same service that handles a small selection.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from models.audit_actions import AuditAction
from services.campaigns import membership as campaign_membership
from services.consent.register import Cause, OptOutSource
from services.contacts import assignment, tagging, trash
from services.contacts.filter import ContactState
from services.contacts.selection import ChosenContacts
from services.input.omitted import OMITTED, Omitted
from services.jobs.queue import JobKind
from services.jobs.worker import Work
from services.lists import management as contact_lists
from services.refusal import Refusal

Conflicts = Sequence[tuple[UUID, Refusal]]


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkChange:
    """A task of `TASKS` with its JSON-serializable input, for contacts in a state."""

    task: str
    input: Mapping[str, Any] = field(default_factory=dict)
    state: ContactState = ContactState.ACTIVE
    list_id: UUID | None = None
    campaign_id: UUID | None = None


def assigning(
    owner_id: UUID | None | Omitted,
    add_assignee_ids: Iterable[UUID],
    remove_assignee_ids: Iterable[UUID],
    *,
    is_protection_overridden: bool,
) -> BulkChange:
    owner = {} if isinstance(owner_id, Omitted) else {"owner_id": owner_id and str(owner_id)}
    given = {
        "add": [str(one) for one in add_assignee_ids],
        "remove": [str(one) for one in remove_assignee_ids],
        "is_protection_overridden": is_protection_overridden,
    }
    return BulkChange(task="assign_contacts", input={**owner, **given})


def tagging_of(add: Iterable[str], remove: Iterable[str]) -> BulkChange:
    return BulkChange(task="tag_contacts", input={"add": list(add), "remove": list(remove)})


def purging(opt_out_cause: Cause | None, *, is_from_anywhere: bool) -> BulkChange:
    token_id = opt_out_cause and opt_out_cause.token_id and str(opt_out_cause.token_id)
    given = {"is_from_anywhere": is_from_anywhere, "is_opted_out": opt_out_cause is not None, "token_id": token_id}
    return BulkChange(
        task="purge_contacts", input=given, state=ContactState.ANY if is_from_anywhere else ContactState.TRASHED
    )


def adding_to_list(list_id: UUID) -> BulkChange:
    return BulkChange(task="add_contacts_to_list", list_id=list_id)


def removing_from_list(list_id: UUID) -> BulkChange:
    return BulkChange(task="remove_contacts_from_list", list_id=list_id)


def removing_from_campaign(campaign_id: UUID) -> BulkChange:
    return BulkChange(task="remove_campaign_contacts", campaign_id=campaign_id)


TRASHING: Final = BulkChange(task="trash_contacts")
RESTORING: Final = BulkChange(task="restore_contacts", state=ContactState.TRASHED)


async def _assign(work: Work, chosen: ChosenContacts) -> Conflicts:
    given = work.input
    owner_id = OMITTED if "owner_id" not in given else given["owner_id"] and UUID(given["owner_id"])
    changed = await assignment.assign(
        chosen=chosen,
        user_id=work.created_by_id,
        owner_id=owner_id,
        add_assignee_ids=[UUID(text) for text in given["add"]],
        remove_assignee_ids=[UUID(text) for text in given["remove"]],
        is_protection_overridden=given["is_protection_overridden"],
        now=work.now(),
    )
    return changed.conflicts


async def _tag(work: Work, chosen: ChosenContacts) -> Conflicts:
    await tagging.tag(chosen=chosen, add=work.input["add"], remove=work.input["remove"], now=work.now())
    return ()


async def _trash(work: Work, chosen: ChosenContacts) -> Conflicts:
    return (await trash.trash(chosen=chosen, now=work.now())).conflicts


async def _restore(work: Work, chosen: ChosenContacts) -> Conflicts:
    return (await trash.restore(chosen=chosen, now=work.now())).conflicts


async def _purge(work: Work, chosen: ChosenContacts) -> Conflicts:
    now, cause = work.now(), None
    if work.input["is_opted_out"]:
        token_id = work.input["token_id"] and UUID(work.input["token_id"])
        cause = Cause(source=OptOutSource.PURGE, reason=None, user_id=work.created_by_id, token_id=token_id, at=now)
    changed = await trash.purge(
        chosen=chosen,
        is_from_anywhere=work.input["is_from_anywhere"],
        opt_out_cause=cause,
        now=now,
    )
    return changed.conflicts


async def _add_to_list(work: Work, chosen: ChosenContacts) -> Conflicts:
    assert work.contact_list_id is not None
    await contact_lists.add_contacts(list_id=work.contact_list_id, chosen=chosen, now=work.now())
    return ()


async def _remove_from_list(work: Work, chosen: ChosenContacts) -> Conflicts:
    assert work.contact_list_id is not None
    await contact_lists.remove_contacts(list_id=work.contact_list_id, chosen=chosen, now=work.now())
    return ()


async def _remove_from_campaign(work: Work, chosen: ChosenContacts) -> Conflicts:
    campaign_id = UUID(work.input["campaign_id"])
    await campaign_membership.remove(campaign_id=campaign_id, chosen=chosen, now=work.now())
    return ()


@dataclass(frozen=True, slots=True)
class _Task:
    kind: JobKind
    action: AuditAction
    change: Callable[[Work, ChosenContacts], Awaitable[Conflicts]]


TASKS: Final[Mapping[str, _Task]] = {
    "assign_contacts": _Task(JobKind.UPDATE, AuditAction.ASSIGN, _assign),
    "tag_contacts": _Task(JobKind.UPDATE, AuditAction.TAG, _tag),
    "trash_contacts": _Task(JobKind.TRASH, AuditAction.TRASH, _trash),
    "restore_contacts": _Task(JobKind.RESTORE, AuditAction.RESTORE, _restore),
    "purge_contacts": _Task(JobKind.PURGE, AuditAction.PURGE, _purge),
    "add_contacts_to_list": _Task(JobKind.UPDATE, AuditAction.ADD_TO_LIST, _add_to_list),
    "remove_contacts_from_list": _Task(JobKind.UPDATE, AuditAction.REMOVE_FROM_LIST, _remove_from_list),
    "remove_campaign_contacts": _Task(JobKind.UPDATE, AuditAction.REMOVE_FROM_CAMPAIGN, _remove_from_campaign),
}
