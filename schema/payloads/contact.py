"""What mutations of contacts answer."""

from enum import Enum
from typing import Annotated

import strawberry

from schema.errors import UserError
from schema.inputs.contact import RowOutcome
from schema.types.contact import Contact
from schema.types.contact_list import ContactList
from schema.types.job import ImportSummary, Job
from schema.types.opt_out import OptOut

ERRORS = "What the caller can mend; where there is any, nothing was written."
MAX_CONTACT_IDS = 1000
MAX_LISTS = 100
MAX_CONFLICTS = 100

_COUNT = "Contacts changed; what was unknown or already as asked is not counted. Null where a job goes on with it."
_IDS = f"Up to {MAX_CONTACT_IDS} of the changed."
_LISTS = f"Up to {MAX_LISTS} of the lists whose contactCount changed."
_CONFLICTS = f"Up to {MAX_CONFLICTS} of the contacts that could not be changed."
JOB = "The job that goes on with it, where one does; null where all is done."
_CONFLICT_COUNT = "How many contacts could not be changed."


@strawberry.type(description="A contact, saved or not.")
class CreateContactPayload:
    contact: Contact | None = strawberry.field(description="The contact as it is now; null where nothing was written.")
    outcome: RowOutcome | None = strawberry.field(description="CREATED, UPDATED or SKIPPED.")
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="A contact, changed or not.")
class UpdateContactPayload:
    contact: Contact | None = strawberry.field(description="The contact as it is now; null where nothing was written.")
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="How one row ended.")
class BulkCreateResult:
    index: int = strawberry.field(description="The row's place in the input, from 0.")
    outcome: RowOutcome = strawberry.field(description="How it ended.")
    contact: Contact | None = strawberry.field(description="The row's contact; null where it failed.")
    error: UserError | None = strawberry.field(description="Why it failed, where it did.")


Only = Annotated[list[RowOutcome] | None, strawberry.argument(description="Only rows that ended in one of these.")]


@strawberry.type(description="How each row ended.")
class BulkCreateContactsPayload:
    summary: ImportSummary | None = strawberry.field(description="All rows counted; null where none was looked at.")
    results_: strawberry.Private[list[BulkCreateResult]]
    errors: list[UserError] = strawberry.field(description="What is wrong with the batch as a whole.")

    def _results(self, only: Only = strawberry.UNSET) -> list[BulkCreateResult]:
        if only is None or only is strawberry.UNSET:
            return self.results_
        return [result for result in self.results_ if result.outcome in only]

    results: list[BulkCreateResult] = strawberry.field(
        resolver=_results, description="The rows in input order, or those that ended so."
    )


@strawberry.type(description="A contact that could not be changed, and why.")
class ContactConflict:
    contact: Contact = strawberry.field(description="The contact.")
    error: UserError = strawberry.field(description="Why it could not be changed.")


@strawberry.type(description="The number, opted out.")
class OptOutPayload:
    opt_out: OptOut | None = strawberry.field(description="What the register says now.")
    contact: Contact | None = strawberry.field(description="The contact outside the trash that has the number.")
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="The number, opted in.")
class OptInPayload:
    opt_out: OptOut | None = strawberry.field(description="What the register says now.")
    contact: Contact | None = strawberry.field(description="The contact outside the trash that has the number.")
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.enum(description="What came of it.")
class VerificationOutcome(Enum):
    REQUESTED = strawberry.enum_value("REQUESTED", description="A verification message is asked for.")
    VERIFIED = strawberry.enum_value("VERIFIED", description="The contact is verified from now on.")
    UNVERIFIED = strawberry.enum_value("UNVERIFIED", description="The contact is not verified.")
    ALREADY_VERIFIED = strawberry.enum_value(
        "ALREADY_VERIFIED", description="It was verified before and stays as it was."
    )


@strawberry.type(description="A contact, and whether it is verified.")
class VerifyContactPayload:
    contact: Contact | None = strawberry.field(description="The contact as it is now; null where nothing was written.")
    outcome: VerificationOutcome | None = strawberry.field(description="What came of it.")
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="What became of the contacts' owners and assignees.")
class AssignContactsPayload:
    count: int | None = strawberry.field(description=_COUNT)
    contact_ids: list[strawberry.ID] = strawberry.field(description=_IDS)
    conflicts: list[ContactConflict] = strawberry.field(description=_CONFLICTS)
    conflict_count: int = strawberry.field(description=_CONFLICT_COUNT)
    job: Job | None = strawberry.field(default=None, description=JOB)
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="What became of the contacts' tags.")
class TagContactsPayload:
    count: int | None = strawberry.field(description=_COUNT)
    contact_ids: list[strawberry.ID] = strawberry.field(description=_IDS)
    job: Job | None = strawberry.field(default=None, description=JOB)
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="What went into the trash.")
class TrashContactsPayload:
    count: int | None = strawberry.field(description=_COUNT)
    contact_ids: list[strawberry.ID] = strawberry.field(description=_IDS)
    contact_lists: list[ContactList] = strawberry.field(description=_LISTS)
    job: Job | None = strawberry.field(default=None, description=JOB)
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="What came back from the trash.")
class RestoreContactsPayload:
    count: int | None = strawberry.field(description=_COUNT)
    contact_ids: list[strawberry.ID] = strawberry.field(description=_IDS)
    contact_lists: list[ContactList] = strawberry.field(description=_LISTS)
    conflicts: list[ContactConflict] = strawberry.field(description=_CONFLICTS)
    conflict_count: int = strawberry.field(description=_CONFLICT_COUNT)
    job: Job | None = strawberry.field(default=None, description=JOB)
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="What is gone for good.")
class PurgeContactsPayload:
    count: int | None = strawberry.field(description=_COUNT)
    contact_ids: list[strawberry.ID] = strawberry.field(description=_IDS)
    contact_lists: list[ContactList] = strawberry.field(description=_LISTS)
    job: Job | None = strawberry.field(default=None, description=JOB)
    errors: list[UserError] = strawberry.field(description=ERRORS)
