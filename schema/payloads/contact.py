"""Payloads of the mutations of contacts."""

from enum import Enum
from typing import Annotated

import strawberry

from schema.descriptions import BATCH_ERRORS, ERRORS, INDEX, JOB, ONLY, RESULTS, ROW_ERROR, SUMMARY
from schema.errors import UserError
from schema.inputs.contact import RowOutcome
from schema.permissions import CanReadContacts, CanReadExistingContact
from schema.types.contact import Contact
from schema.types.contact_list import ContactList
from schema.types.job import ImportSummary, Job
from schema.types.opt_out import OptOut

MAX_CONTACT_IDS = 1000
MAX_LISTS = 100
MAX_CONFLICTS = 100

_COUNT = (
    "Number of changed contacts; unknown and unchanged contacts do not count. Null if a background job makes the "
    "change."
)
_IDS = (
    f"IDs of changed contacts, at most {MAX_CONTACT_IDS}. Empty without the scope CONTACTS_READ, unless the input "
    "selects by ids."
)
_LISTS = f"Lists whose contactCount changed, at most {MAX_LISTS}. Empty without the scope CONTACTS_READ."
_CONFLICTS = f"Contacts that could not be changed, at most {MAX_CONFLICTS}. Empty without the scope CONTACTS_READ."
_CONTACT = "The contact after the change; null if nothing was written. Requires the scope CONTACTS_READ."
_CONTACT_WITH_NUMBER = (
    "Contact outside the trash with this number; null if there is none. Requires the scope CONTACTS_READ."
)
_OPT_OUT = (
    "Consent state of the number after the change; null if there are errors. If the call changed nothing, requires the "
    "scope CONTACTS_READ."
)
_CONFLICT_COUNT = "Number of contacts that could not be changed."


@strawberry.type(description="Result of createContact: the saved contact.")
class CreateContactPayload:
    contact: Contact | None = strawberry.field(
        permission_classes=[CanReadExistingContact],
        description=(
            "The contact after the change; null if nothing was written. If it existed before the call, requires the "
            "scope CONTACTS_READ."
        ),
    )
    existed: strawberry.Private[bool]
    outcome: RowOutcome | None = strawberry.field(description="CREATED, UPDATED or SKIPPED; null if there are errors.")
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="Result of updateContact: the changed contact.")
class UpdateContactPayload:
    contact: Contact | None = strawberry.field(permission_classes=[CanReadContacts], description=_CONTACT)
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="Result of one row of bulkCreateContacts.")
class BulkCreateResult:
    index: int = strawberry.field(description=INDEX)
    outcome: RowOutcome = strawberry.field(description="Result of the row, such as CREATED.")
    contact: Contact | None = strawberry.field(
        permission_classes=[CanReadExistingContact],
        description=(
            "Contact of the row; null if the row failed. If it existed before the call, requires the scope "
            "CONTACTS_READ."
        ),
    )
    existed: strawberry.Private[bool]
    error: UserError | None = strawberry.field(description=ROW_ERROR)


Only = Annotated[list[RowOutcome] | None, strawberry.argument(description=ONLY)]


@strawberry.type(description="Result of bulkCreateContacts, row by row.")
class BulkCreateContactsPayload:
    summary: ImportSummary | None = strawberry.field(description=SUMMARY)
    results_: strawberry.Private[list[BulkCreateResult]]
    errors: list[UserError] = strawberry.field(description=BATCH_ERRORS)

    def _results(self, only: Only = strawberry.UNSET) -> list[BulkCreateResult]:
        if only is None or only is strawberry.UNSET:
            return self.results_
        return [result for result in self.results_ if result.outcome in only]

    results: list[BulkCreateResult] = strawberry.field(resolver=_results, description=RESULTS)


@strawberry.type(description="A contact that could not be changed, with the reason.")
class ContactConflict:
    contact: Contact = strawberry.field(description="The contact that stays unchanged.")
    error: UserError = strawberry.field(description="Reason why the contact could not be changed.")


@strawberry.type(description="Result of optOut: the number's consent state.")
class OptOutPayload:
    opt_out: OptOut | None = strawberry.field(permission_classes=[CanReadExistingContact], description=_OPT_OUT)
    existed: strawberry.Private[bool]
    contact: Contact | None = strawberry.field(permission_classes=[CanReadContacts], description=_CONTACT_WITH_NUMBER)
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="Result of optIn: the number's consent state.")
class OptInPayload:
    opt_out: OptOut | None = strawberry.field(permission_classes=[CanReadExistingContact], description=_OPT_OUT)
    existed: strawberry.Private[bool]
    contact: Contact | None = strawberry.field(permission_classes=[CanReadContacts], description=_CONTACT_WITH_NUMBER)
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.enum(description="Result of verifyContact for the contact.")
class VerificationOutcome(Enum):
    REQUESTED = strawberry.enum_value("REQUESTED", description="A verification message was requested.")
    VERIFIED = strawberry.enum_value("VERIFIED", description="The contact is now verified.")
    UNVERIFIED = strawberry.enum_value("UNVERIFIED", description="The contact is not verified.")
    ALREADY_VERIFIED = strawberry.enum_value(
        "ALREADY_VERIFIED", description="The contact was already verified and stays unchanged."
    )


@strawberry.type(description="Result of verifyContact: the contact and its verification.")
class VerifyContactPayload:
    contact: Contact | None = strawberry.field(permission_classes=[CanReadContacts], description=_CONTACT)
    outcome: VerificationOutcome | None = strawberry.field(
        description="Result of the action; null if there are errors."
    )
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="Result of assignContacts: the contacts with changed owners or assignees.")
class AssignContactsPayload:
    count: int | None = strawberry.field(description=_COUNT)
    contact_ids: list[strawberry.ID] = strawberry.field(description=_IDS)
    conflicts: list[ContactConflict] = strawberry.field(description=_CONFLICTS)
    conflict_count: int = strawberry.field(description=_CONFLICT_COUNT)
    job: Job | None = strawberry.field(default=None, description=JOB)
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="Result of tagContacts: the contacts with changed tags.")
class TagContactsPayload:
    count: int | None = strawberry.field(description=_COUNT)
    contact_ids: list[strawberry.ID] = strawberry.field(description=_IDS)
    job: Job | None = strawberry.field(default=None, description=JOB)
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="Result of trashContacts: the contacts moved to the trash.")
class TrashContactsPayload:
    count: int | None = strawberry.field(description=_COUNT)
    contact_ids: list[strawberry.ID] = strawberry.field(description=_IDS)
    contact_lists: list[ContactList] = strawberry.field(description=_LISTS)
    job: Job | None = strawberry.field(default=None, description=JOB)
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="Result of restoreContacts: the contacts restored from the trash.")
class RestoreContactsPayload:
    count: int | None = strawberry.field(description=_COUNT)
    contact_ids: list[strawberry.ID] = strawberry.field(description=_IDS)
    contact_lists: list[ContactList] = strawberry.field(description=_LISTS)
    conflicts: list[ContactConflict] = strawberry.field(description=_CONFLICTS)
    conflict_count: int = strawberry.field(description=_CONFLICT_COUNT)
    job: Job | None = strawberry.field(default=None, description=JOB)
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="Result of purgeContacts: the permanently deleted contacts.")
class PurgeContactsPayload:
    count: int | None = strawberry.field(description=_COUNT)
    contact_ids: list[strawberry.ID] = strawberry.field(description=_IDS)
    contact_lists: list[ContactList] = strawberry.field(description=_LISTS)
    job: Job | None = strawberry.field(default=None, description=JOB)
    errors: list[UserError] = strawberry.field(description=ERRORS)
