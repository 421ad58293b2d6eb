"""Queries of contacts by key, filter and order, and of tags."""

from typing import Annotated, cast

import strawberry
from strawberry import UNSET

from models.db.sql import Sql
from resolvers.decoding import as_top_level, decode_filter, decode_id, or_none
from resolvers.query.default_orders import contact_order
from resolvers.query.page_sql import PageSource
from resolvers.query.pages import Window, page
from resolvers.query.row_queries import of_account, rows
from resolvers.query.shared_lookups import row_with_key
from resolvers.query.tables import CONTACTS, CUSTOM_VARIABLE_LABELS, TAGS
from schema.context import Context, Info
from schema.descriptions import CONTACT_ORDER, FILTER
from schema.execution import selection
from schema.ids import IdPrefix
from schema.inputs.contact_filter import ContactFilter, ContactKey, ContactOrder
from schema.pagination import After, Before, First, Last, Offset
from schema.types.contact import Contact, ContactConnection
from schema.types.contact_facet import CustomVariableLabel
from schema.types.tag import Tag
from search_key import search_key
from services import planner_statistics
from services.contacts import filter as contact_filter
from services.contacts.filter import EVERYTHING, ContactState, visible
from services.contacts.unique_keys import Key
from services.input.text import fold

By = Annotated[ContactKey, strawberry.argument(description="Key of the contact: its id, phone or externalId.")]
Filter = Annotated[ContactFilter | None, strawberry.argument(description=FILTER)]
OrderBy = Annotated[list[ContactOrder] | None, strawberry.argument(description=CONTACT_ORDER)]
TagSearch = Annotated[
    str | None, strawberry.argument(description="Returns only tags with this text, in any letter case.")
]
LabelSearch = Annotated[
    str | None, strawberry.argument(description="Returns only labels with this text. Case and accents are ignored.")
]


async def contact(info: Info, by: By) -> Contact | None:
    context = info.context
    with as_top_level():
        key = decode_contact_key(context, by, "by")
    if key is None:
        return None
    found = await row_with_key(
        CONTACTS,
        selection(info).columns,
        context.account_id,
        key.value,
        column=key.column,
        kind=key.kind,
        where=visible(key.state, now=context.now),
    )
    return cast(Contact | None, found)


def decode_contact_key(context: Context, key: ContactKey, *path: str) -> Key | None:
    """Returns a key as the database has it; None if no contact can have it.

    An ID also finds a contact in the trash; a phone number or an external ID does not. Raises Refused.
    """
    if key.id is not UNSET:
        return Key("id", "uuid", decode_id(IdPrefix.CONTACT, str(key.id), *path, "id"), ContactState.ANY)
    if key.external_id is not UNSET:
        external_ids = contact_filter.storable([str(key.external_id)])
        return Key("external_id", "text", external_ids[0]) if external_ids else None
    phones = contact_filter.parsed_phones([str(key.phone)], context.caller.settings)
    return Key("phone", "text", phones[0]) if phones else None


async def contacts(
    info: Info,
    first: First = UNSET,
    after: After = UNSET,
    last: Last = UNSET,
    before: Before = UNSET,
    offset: Offset = UNSET,
    filter: Filter = UNSET,
    order_by: OrderBy = UNSET,
) -> ContactConnection:
    context = info.context
    window = Window.of({"first": first, "after": after, "last": last, "before": before, "offset": offset})
    with as_top_level():
        criteria = decode_filter(filter, "filter")
        order = contact_order(or_none(order_by))
    where, search = contact_filter.where_and_search(
        criteria, default_state=ContactState.ACTIVE, settings=context.caller.settings, now=context.now
    )
    source = PageSource(CONTACTS, where, order, search=search)
    if criteria is not EVERYTHING:
        await planner_statistics.accounts().ensure_fresh(context.account_id, now=context.now)
    return cast(ContactConnection, await page(source, window, selection(info)))


async def tags(info: Info, search: TagSearch = UNSET) -> list[Tag]:
    matches = await rows(
        TAGS,
        ("name", "contact_count"),
        of_account(TAGS, info.context.account_id) & Sql("tag.contact_count > 0"),
        order="tag.name",
    )
    text = fold((or_none(search) or "").strip())
    return cast(list[Tag], [tag for tag in matches if text in fold(tag["name"])])


async def custom_variable_labels(info: Info, search: LabelSearch = UNSET) -> list[CustomVariableLabel]:
    matches = await rows(
        CUSTOM_VARIABLE_LABELS,
        ("label", "contact_count"),
        of_account(CUSTOM_VARIABLE_LABELS, info.context.account_id) & Sql("custom_variable_label.contact_count > 0"),
        order="custom_variable_label.label",
    )
    text = search_key(or_none(search) or "").strip()
    return cast(list[CustomVariableLabel], [label for label in matches if text in search_key(label["label"])])
