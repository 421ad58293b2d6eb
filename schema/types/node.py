"""The interface of objects that `node` can fetch by ID."""

import strawberry


@strawberry.interface(description="An object that a client can fetch by its ID with `node`.")
class Node:
    id: strawberry.ID = strawberry.field(description="Permanent, opaque ID of the object. Its prefix names the type.")
