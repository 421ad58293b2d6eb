"""Whatever has an id of its own, by which it can be fetched again."""

import strawberry


@strawberry.interface(description="Anything that can be fetched again by its id, with `node`.")
class Node:
    id: strawberry.ID = strawberry.field(
        description="Names this very object, for good; opaque. Its prefix tells the type."
    )
