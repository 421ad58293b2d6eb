"""Decodes the contact selection of bulk changes, and reads the contacts and lists for their payloads."""

from collections.abc import Iterable, Sequence
from typing import Any, cast
from uuid import UUID

import strawberry
from strawberry import UNSET

from resolvers.contacts.saving import contact_rows, user_errors
from resolvers.decoding import decode_filter_of_change, decode_ids, or_none
from resolvers.query.default_orders import LISTS_BY_NAME
from resolvers.query.row_queries import rows_of_keys
from resolvers.query.tables import CONTACT_LISTS
from schema.context import Info
from schema.execution import Selection
from schema.ids import IdPrefix, encode_many
from schema.inputs.contact import MAX_SELECTED, ContactSelection
from schema.payloads.contact import MAX_CONFLICTS, MAX_CONTACT_IDS, MAX_LISTS, ContactConflict
from schema.types.contact_list import ContactList
from services.accounts.authentication import Scope
from services.contacts.selection import ChosenContacts
from services.refusal import Code, Refusal, refuse


def decode_selection(info: Info, wanted: ContactSelection) -> ChosenContacts:
    """Returns a selection in the form that services expect. Raises Refused, with a path relative to the input."""
    settings = info.context.caller.settings
    if wanted.ids is not UNSET:
        ids = _bounded(wanted.ids, "ids")
        return ChosenContacts(settings=settings, ids=decode_ids(IdPrefix.CONTACT, ids, "contacts", "ids"))
    if wanted.phones is not UNSET:
        return ChosenContacts(settings=settings, phones=_bounded(wanted.phones, "phones"))
    if not info.context.caller.may(Scope.CONTACTS_READ):
        message = "Changing all contacts that match a filter also requires the scope CONTACTS_READ."
        raise refuse(Code.FORBIDDEN, message, "contacts", "matching")
    matching = cast(Any, wanted.matching)
    if not info.context.caller.may_manage:
        message = "Changing all contacts that match a filter requires the role MANAGER or ADMIN."
        raise refuse(Code.FORBIDDEN, message, "contacts", "matching")
    return ChosenContacts(
        settings=settings,
        criteria=decode_filter_of_change(matching.filter, "contacts", "matching", "filter"),
        expected_count=or_none(matching.expected_count),
    )


def _bounded(values: Any, name: str) -> Sequence[str]:
    if len(values) > MAX_SELECTED:
        raise refuse(
            Code.TOO_MANY, f"The list has {len(values)} items; at most {MAX_SELECTED} are allowed.", "contacts", name
        )
    return cast(Sequence[str], values)


def contact_ids(info: Info, chosen: ChosenContacts, ids: Sequence[UUID]) -> list[strawberry.ID]:
    """Returns the first `MAX_CONTACT_IDS` IDs; none without the scope CONTACTS_READ, unless the client sent them."""
    if chosen.ids is None and not info.context.caller.may(Scope.CONTACTS_READ):
        return []
    return cast(list[strawberry.ID], encode_many(IdPrefix.CONTACT, ids[:MAX_CONTACT_IDS]))


async def changed_lists(info: Info, selected: Selection, ids: Iterable[UUID]) -> list[ContactList]:
    """Returns the lists as they are now, ordered by name; none without the scope CONTACTS_READ.

    Runs no statement if they are not selected.
    """
    wanted = list(ids)
    if not selected or not wanted or not info.context.caller.may(Scope.CONTACTS_READ):
        return []
    account_id, order = info.context.account_id, LISTS_BY_NAME.sql()
    lists = await rows_of_keys(CONTACT_LISTS, selected.columns, account_id, keys=wanted, order=order)
    return cast(list[ContactList], list(lists[:MAX_LISTS]))


async def conflicts_of(
    info: Info, selected: Selection, conflicts: Sequence[tuple[UUID, Refusal]]
) -> list[ContactConflict]:
    """Returns the first `MAX_CONFLICTS` contacts that could not be changed, each with its error.

    Omits contacts that no longer exist, and all without the scope CONTACTS_READ.
    """
    if not selected or not conflicts or not info.context.caller.may(Scope.CONTACTS_READ):
        return []
    shown = conflicts[:MAX_CONFLICTS]
    ids = [contact_id for contact_id, _ in shown]
    of_contact = selected.under("contact")
    contacts: dict[UUID, Any] = await contact_rows(info, of_contact, ids) if of_contact else {one: {} for one in ids}
    errors = await user_errors(info, selected.under("error"), [refusal for _, refusal in shown], "input")
    return [
        ContactConflict(contact=contacts[contact_id], error=error)
        for contact_id, error in zip(ids, errors, strict=True)
        if contact_id in contacts
    ]
