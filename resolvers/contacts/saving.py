"""Mutations that create contacts, one or a batch, and functions that other mutations of contacts share."""

from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, TypeVar, cast
from uuid import UUID

import strawberry
from strawberry import UNSET

from resolvers.decoding import decode_id, decode_ids, misfits, or_none
from resolvers.query.row_queries import by_key
from resolvers.query.tables import CONTACTS
from schema.context import Info
from schema.errors import UserError, to_user_error, to_user_errors
from schema.execution import Selection, selection
from schema.ids import IdPrefix
from schema.inputs.contact import (
    MAX_ROWS,
    BulkCreateContactsInput,
    ContactInput,
    CreateContactInput,
    RowOutcome,
)
from schema.payloads.contact import (
    BulkCreateContactsPayload,
    BulkCreateResult,
    CreateContactPayload,
)
from schema.types.job import ImportSummary
from services.accounts.authentication import Scope
from services.contacts import saving as contact_saving, single
from services.contacts.fields import DETAILS
from services.contacts.saving import IfExists, NewContact, SaveOutcome, SaveResult
from services.input.omitted import OMITTED
from services.refusal import Code, Refusal, Refused

MAX_LINKS = 100

Create = Annotated[CreateContactInput, strawberry.argument(description="Contact to save, and what to do if it exists.")]
BulkCreate = Annotated[BulkCreateContactsInput, strawberry.argument(description="Contacts to save, and the options.")]


def new_contact(row: ContactInput) -> NewContact:
    """Returns a row of the client in the form that the service expects. Its misfits and invalid IDs become refusals."""
    refusals = misfits(row)
    owner_id: Any = OMITTED
    if row.owner_id is None:
        owner_id = None
    elif row.owner_id is not UNSET:
        owner_id = _decoded(refusals, lambda: decode_id(IdPrefix.USER, str(row.owner_id), "ownerId"))
    return NewContact(
        phone=or_none(row.phone),
        region=or_none(row.region),
        details={name: value for name in DETAILS if (value := getattr(row, name)) is not UNSET and value is not None},
        list_ids=_links(refusals, IdPrefix.CONTACT_LIST, row.list_ids, "listIds"),
        owner_id=owner_id,
        assignee_ids=_links(refusals, IdPrefix.USER, row.assignee_ids, "assigneeIds"),
        assigned_to_email=or_none(row.assigned_to_email),
        refusals=refusals,
    )


T = TypeVar("T")


def _decoded(refusals: list[Refusal], decode: Callable[[], T]) -> T | None:
    try:
        return decode()
    except Refused as refused:
        refusals += refused.refusals
        return None


def _links(refusals: list[Refusal], prefix: IdPrefix, ids: Any, name: str) -> Sequence[UUID]:
    texts = or_none(ids)
    if not texts:
        return ()
    if len(texts) > MAX_LINKS:
        refusals.append(
            Refusal(Code.TOO_MANY, f"The list has {len(texts)} IDs; at most {MAX_LINKS} are allowed.", (name,))
        )
        return ()
    return _decoded(refusals, lambda: decode_ids(prefix, texts, name)) or ()


async def contact_rows(info: Info, selected: Selection, ids: Iterable[UUID | None]) -> dict[UUID, Any]:
    """Returns the rows of contacts as they are now, by ID, with the selected columns.

    Runs no statement if there are no IDs or nothing is selected.
    """
    distinct_ids = list({contact_id: None for contact_id in ids if contact_id is not None})
    if not distinct_ids or not selected:
        return {}
    rows = await by_key(CONTACTS, selected.columns, info.context.account_id, keys=distinct_ids)
    return {contact_id: row for contact_id, row in zip(distinct_ids, rows, strict=True) if row is not None}


async def named_contacts(info: Info, selected: Selection, refusals: Sequence[Refusal]) -> dict[UUID, Any]:
    """Returns the contacts that refusals name, by ID, with the columns that the errors select.

    Omits contacts that no longer exist, and all without the scope CONTACTS_READ.
    """
    if not info.context.caller.may(Scope.CONTACTS_READ):
        return {}
    named = [refusal.contact_id for refusal in refusals if refusal.contact_id]
    is_stale = any(refusal.version is not None for refusal in refusals)
    shown = selected.on("StaleContact" if is_stale else "DuplicateContact").under("contact")
    return await contact_rows(info, shown, named) if shown else {contact_id: {} for contact_id in named}


async def user_errors(info: Info, selected: Selection, refusals: Sequence[Refusal], *path: str) -> list[UserError]:
    """Returns the errors of a payload. `selected` is the selection below its field `errors`."""
    if not refusals:
        return []
    return to_user_errors(refusals, *path, contacts=await named_contacts(info, selected, refusals))


def selected_contact(selected: Selection) -> str | None:
    """Returns the SELECT list of the columns that a payload's field `contact` selects; None if it is not selected."""
    contact = selected.under("contact")
    return CONTACTS.select_list(contact.columns) if contact else None


async def create_contact(info: Info, input: Create) -> CreateContactPayload:
    asked = selection(info)
    saved = await single.create(
        new_contact(input.contact),
        if_exists=IfExists(input.if_exists.name),
        selected=selected_contact(asked),
        **_of_caller(info),
    )
    return CreateContactPayload(
        contact=cast(Any, saved.row),
        existed=saved.outcome in (SaveOutcome.UPDATED, SaveOutcome.SKIPPED),
        outcome=None if saved.refusals else RowOutcome(saved.outcome.value),
        errors=await user_errors(info, asked.under("errors"), saved.refusals, "input", "contact"),
    )


async def _save(info: Info, rows: list[NewContact], if_exists: str, **options: Any) -> contact_saving.Batch:
    return await contact_saving.save(rows, if_exists=IfExists(if_exists), **_of_caller(info), **options)


def _of_caller(info: Info) -> dict[str, Any]:
    caller = info.context.caller
    return {"settings": caller.settings, "user_id": caller.user_id, "now": info.context.now}


async def bulk_create_contacts(info: Info, input: BulkCreate) -> BulkCreateContactsPayload:
    selected = selection(info)
    try:
        list_id = _batch_list(input)
        batch = await _save(
            info,
            [new_contact(row) for row in input.contacts],
            input.if_exists.name,
            list_id=list_id,
            is_existing_added_to_list=input.add_existing_to_list,
        )
    except Refused as refused:
        return BulkCreateContactsPayload(summary=None, results_=[], errors=to_user_errors(refused.refusals, "input"))
    return BulkCreateContactsPayload(
        summary=_summary(batch), results_=await _results(info, selected.under("results"), batch.rows), errors=[]
    )


def _batch_list(input: BulkCreateContactsInput) -> UUID | None:
    """Returns the ID of the list for all rows, or None.

    Raises Refused if the batch has no rows or too many, or if the list's ID is invalid.
    """
    if not input.contacts:
        raise Refused(Refusal(Code.REQUIRED, "There must be at least one row.", ("contacts",)))
    if len(input.contacts) > MAX_ROWS:
        message = f"The list has {len(input.contacts)} rows; at most {MAX_ROWS} are allowed."
        raise Refused(Refusal(Code.TOO_MANY, message, ("contacts",)))
    return None if or_none(input.list_id) is None else decode_id(IdPrefix.CONTACT_LIST, str(input.list_id), "listId")


async def _results(info: Info, selected: Selection, rows: Sequence[SaveResult]) -> list[BulkCreateResult]:
    if not selected:
        return []
    contacts = await contact_rows(info, selected.under("contact"), [row.contact_id for row in rows])
    refusals = [row.refusals[0] for row in rows if row.refusals]
    named = await named_contacts(info, selected.under("error"), refusals)
    results = []
    created = {row.contact_id for row in rows if row.outcome is SaveOutcome.CREATED}
    for index, row in enumerate(rows):
        error = None
        if row.refusals:
            error = to_user_error(row.refusals[0], "input", "contacts", str(index), contacts=named)
        contact = contacts.get(row.contact_id) if row.contact_id else None
        results.append(
            BulkCreateResult(
                index=index,
                outcome=RowOutcome(row.outcome.value),
                contact=cast(Any, contact),
                existed=row.contact_id is not None and row.contact_id not in created,
                error=error,
            )
        )
    return results


def _summary(batch: contact_saving.Batch) -> ImportSummary:
    rows = batch.rows
    created = sum(row.outcome is SaveOutcome.CREATED for row in rows)
    updated = sum(row.outcome is SaveOutcome.UPDATED for row in rows)
    rejected = sum(row.outcome is SaveOutcome.FAILED for row in rows)
    valid = sum(row.is_valid for row in rows if row.outcome in (SaveOutcome.CREATED, SaveOutcome.UPDATED))
    return ImportSummary(
        total=len(rows),
        imported=created + updated,
        valid=valid,
        invalid=created + updated - valid,
        skipped=len(rows) - created - updated,
        rejected=rejected,
        created=created,
        updated=updated,
        opted_out=0,
        added_to_list=batch.added_to_list,
    )
