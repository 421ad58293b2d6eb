"""Sort order of lists and campaigns."""

import strawberry

from schema.inputs.contact_filter import OrderDirection
from schema.types.contact_list import ListOrderField


@strawberry.input(description="Sort order of lists or campaigns. The ID breaks ties.")
class ListOrder:
    field: ListOrderField = strawberry.field(description="Sort key of the lists or campaigns.")
    direction: OrderDirection = strawberry.field(
        default=OrderDirection.ASC, description="Ascending or descending order."
    )
