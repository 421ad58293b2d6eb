"""How lists and campaigns are ordered."""

import strawberry

from schema.inputs.contact_filter import OrderDirection
from schema.types.contact_list import ListOrderField


@strawberry.input(description="One thing to order lists or campaigns by. The id breaks ties.")
class ListOrder:
    field: ListOrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="Which way.")
