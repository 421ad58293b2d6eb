"""Queries of the caller, and of any object by its ID."""

from collections.abc import Sequence
from typing import Annotated, Any, cast

import strawberry
from graphql import GraphQLError

from models.db.sql import MARK, TRUE, Sql
from resolvers.decoding import as_top_level, bad_input
from resolvers.query.row_queries import by_key
from resolvers.query.tables import (
    ACCOUNTS,
    API_TOKENS,
    AUDIT_EVENTS,
    CAMPAIGN_CONTACTS,
    CAMPAIGN_REVIEWS,
    CAMPAIGNS,
    CONTACT_LISTS,
    CONTACTS,
    HAS_NUMBER,
    JOBS,
    MESSAGES,
    USERS,
    WEBHOOK_DELIVERIES,
    WEBHOOK_ENDPOINTS,
    Table,
)
from resolvers.reviews.root_fields import READ_SCOPES, is_unexpired
from schema.context import Context, Info
from schema.execution import Selection, selection
from schema.ids import IdPrefix, InvalidId, decode
from schema.types.node import Node
from schema.types.viewer import Viewer
from services.accounts.authentication import Scope
from services.accounts.permissions import permissions_of
from services.contacts.filter import ContactState, visible
from services.refusal import Code, refuse
from services.webhooks.queue import KEPT_FOR

MAX_NODES = 100

NodeId = Annotated[strawberry.ID, strawberry.argument(description="ID of any object that implements Node.")]
NodeIds = Annotated[
    list[strawberry.ID],
    strawberry.argument(description=f"IDs of any objects that implement Node, at most {MAX_NODES}."),
]

# The table of each ID prefix, and the scopes that reading it requires.
_NODES: dict[IdPrefix, tuple[Table, Sequence[Scope]]] = {
    IdPrefix.ACCOUNT: (ACCOUNTS, ()),
    IdPrefix.USER: (USERS, (Scope.CONTACTS_READ,)),
    IdPrefix.API_TOKEN: (API_TOKENS, (Scope.ADMIN,)),
    IdPrefix.CONTACT: (CONTACTS, (Scope.CONTACTS_READ,)),
    IdPrefix.CONTACT_LIST: (CONTACT_LISTS, (Scope.CONTACTS_READ,)),
    IdPrefix.CAMPAIGN: (CAMPAIGNS, (Scope.CAMPAIGNS_READ,)),
    IdPrefix.CAMPAIGN_CONTACT: (CAMPAIGN_CONTACTS, (Scope.CAMPAIGNS_READ,)),
    IdPrefix.CAMPAIGN_REVIEW: (CAMPAIGN_REVIEWS, READ_SCOPES),
    IdPrefix.MESSAGE: (MESSAGES, (Scope.MESSAGES_READ,)),
    IdPrefix.JOB: (JOBS, (Scope.CONTACTS_READ,)),
    IdPrefix.AUDIT_EVENT: (AUDIT_EVENTS, (Scope.ADMIN,)),
    IdPrefix.WEBHOOK_ENDPOINT: (WEBHOOK_ENDPOINTS, (Scope.ADMIN,)),
    IdPrefix.WEBHOOK_DELIVERY: (WEBHOOK_DELIVERIES, (Scope.ADMIN,)),
}

# A campaign contact is visible as long as its contact is.
_OF_CONTACT = (
    "EXISTS (SELECT 1 FROM contact WHERE contact.account_id = campaign_contact.account_id AND contact.id = "
    "campaign_contact.contact_id AND ({}))"
)


async def viewer(info: Info) -> Viewer:
    caller = info.context.caller
    row = {
        "token_id": caller.token_id,
        "account_id": caller.account_id,
        "user_id": caller.user_id,
        "scopes": sorted(caller.scopes),
        "permissions": permissions_of(caller),
    }
    return cast(Viewer, row)


async def node(info: Info, id: NodeId) -> Node | None:
    return cast(Node | None, (await _nodes(info, [id]))[0])


async def nodes(info: Info, ids: NodeIds) -> list[Node | None]:
    if len(ids) > MAX_NODES:
        raise bad_input(f"The list has {len(ids)} IDs; at most {MAX_NODES} are allowed.")
    return cast(list[Node | None], await _nodes(info, ids))


async def _nodes(info: Info, ids: Sequence[str]) -> list[Any]:
    """Returns the objects with these IDs, in order, or an error in place of an object that the caller may not read.

    Runs one statement for each type of object.
    """
    selected = selection(info)
    by_prefix: dict[IdPrefix, list[int]] = {}
    keys = []
    for place, text in enumerate(ids):
        with as_top_level():
            try:
                prefix, key = decode(text)
            except InvalidId as error:
                raise refuse(Code.INVALID_ID, str(error)) from None
            if prefix not in _NODES:
                raise refuse(Code.INVALID_ID, f"{text!r} is not the ID of an object that implements Node.")
        keys.append(key)
        by_prefix.setdefault(prefix, []).append(place)
    sources: list[Any] = [None] * len(ids)
    for prefix, places in by_prefix.items():
        table, scopes = _NODES[prefix]
        try:
            for scope in scopes:
                info.context.require(scope)
        except GraphQLError as refused:
            # An error for each ID of this type only: the other IDs are still read.
            for place in places:
                sources[place] = refused
            continue
        context, wanted = info.context, [keys[place] for place in places]
        where = node_condition(table, context)
        rows = await by_key(table, _columns(selected, table), context.account_id, keys=wanted, where=where)
        for place, row in zip(places, rows, strict=True):
            sources[place] = row
    return sources


def _columns(selected: Selection, table: Table) -> tuple[str, ...]:
    return (*selected.on(table.typename).columns, "__typename")


def node_condition(table: Table, context: Context) -> Sql:
    """Returns the condition under which rows of a table are visible."""
    if table is CONTACTS:
        return visible(ContactState.ANY, now=context.now)
    if table is CAMPAIGN_REVIEWS:
        return is_unexpired(context)
    if table is WEBHOOK_DELIVERIES:
        return Sql(f"webhook_delivery.created_at > {MARK}", (context.now - KEPT_FOR,))
    if table is MESSAGES:
        return HAS_NUMBER
    if table is CAMPAIGN_CONTACTS:
        is_there = visible(ContactState.ANY, now=context.now)
        return Sql(_OF_CONTACT.format(is_there.text), is_there.values)
    return TRUE
