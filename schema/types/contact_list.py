"""Contact lists and their sort keys."""

from datetime import datetime
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Annotated

import strawberry

from schema.descriptions import CONTACT_ORDER, LIST_DESCRIPTION, LIST_NAME
from schema.execution import column, relation
from schema.ids import IdPrefix, encode_many
from schema.inputs.contact_filter import ContactFilter, ContactOrder
from schema.pagination import After, Before, Connection, First, Last, Offset
from schema.permissions import CanReadContacts
from schema.types.node import Node

if TYPE_CHECKING:
    from schema.types.contact import Contact


@strawberry.type(description="A named list of contacts. A contact can be a member of any number of lists.")
class ContactList(Node):
    id: strawberry.ID = column(
        convert_many=partial(encode_many, IdPrefix.CONTACT_LIST), description="Opaque ID of the list; starts with lst_."
    )
    name: str = column(description=LIST_NAME)
    description: str | None = column(longest=2_000, description=LIST_DESCRIPTION)
    contact_count: int = column(
        description="Number of members outside the trash. It is a stored counter and cheap to read."
    )

    @relation(
        "contacts_by_list",
        permission_classes=[CanReadContacts],
        description="Members of the list, newest contact first by default.",
    )
    def contacts(
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
        offset: Offset = strawberry.UNSET,
        filter: Annotated[
            ContactFilter | None, strawberry.argument(description="Returns only members that match this filter.")
        ] = strawberry.UNSET,
        order_by: Annotated[
            list[ContactOrder] | None, strawberry.argument(description=CONTACT_ORDER)
        ] = strawberry.UNSET,
    ) -> Connection[Annotated["Contact", strawberry.lazy("schema.types.contact")]]: ...

    created_at: datetime = column(description="When the list was created.")
    updated_at: datetime = column(description="When the name or description last changed.")


ContactListConnection = Connection[ContactList]


@strawberry.enum(description="Sort keys of lists and campaigns.")
class ListOrderField(Enum):
    NAME = strawberry.enum_value("NAME", description="By name, ignoring letter case.")
    CREATED_AT = strawberry.enum_value("CREATED_AT", description="By the time when it was created.")
    UPDATED_AT = strawberry.enum_value("UPDATED_AT", description="By the time of the last change.")
    CONTACT_COUNT = strawberry.enum_value("CONTACT_COUNT", description="By the number of contacts.")
