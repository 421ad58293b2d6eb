"""Lists of contacts."""

from datetime import datetime
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Annotated

import strawberry

from schema.execution import column, relation
from schema.ids import Prefix, encode_many
from schema.inputs.contact_filter import ContactFilter, ContactOrder
from schema.pagination import After, Before, Connection, First, Last, Offset
from schema.permissions import CanReadContacts
from schema.types.node import Node

if TYPE_CHECKING:
    from schema.types.contact import Contact


@strawberry.type(description="A named set of contacts.")
class ContactList(Node):
    id: strawberry.ID = column(convert_many=partial(encode_many, Prefix.CONTACT_LIST), description="Names the list.")
    name: str = column(description="Unique in the account without regard to case; at most 200 characters.")
    description: str | None = column(description="What it is for; at most 2000 characters.")
    contact_count: int = column(
        description="Members outside the trash; kept with each change, never counted on request."
    )

    @relation(
        "contacts_by_list",
        permission_classes=[CanReadContacts],
        description="Its members, newest contact first where no order is given.",
    )
    def contacts(
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
        offset: Offset = strawberry.UNSET,
        filter: Annotated[
            ContactFilter | None, strawberry.argument(description="Only members for which all of this holds.")
        ] = strawberry.UNSET,
        order_by: Annotated[
            list[ContactOrder] | None, strawberry.argument(description="The first counts most; at most 5.")
        ] = strawberry.UNSET,
    ) -> Connection[Annotated["Contact", strawberry.lazy("schema.types.contact")]]: ...

    created_at: datetime = column(description="When the list was made.")
    updated_at: datetime = column(description="When its name or description last changed.")


ContactListConnection = Connection[ContactList]


@strawberry.enum(description="What lists and campaigns can be ordered by.")
class ListOrderField(Enum):
    NAME = strawberry.enum_value("NAME", description="The name, without regard to case.")
    CREATED_AT = strawberry.enum_value("CREATED_AT", description="When it was made.")
    UPDATED_AT = strawberry.enum_value("UPDATED_AT", description="When it was last changed.")
    CONTACT_COUNT = strawberry.enum_value("CONTACT_COUNT", description="How many contacts it has.")
