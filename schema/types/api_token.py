"""API tokens and their scopes."""

from datetime import datetime
from enum import Enum
from functools import partial

import strawberry

from schema.execution import column, relation
from schema.ids import IdPrefix, encode_many
from schema.pagination import Connection
from schema.types.node import Node
from schema.types.user import User


@strawberry.enum(description="A permission of an API token. The user's role limits it further.")
class Scope(Enum):
    CONTACTS_READ = strawberry.enum_value(
        "CONTACTS_READ", description="Read contacts, lists, tags, users, opt-outs and jobs."
    )
    CONTACTS_WRITE = strawberry.enum_value("CONTACTS_WRITE", description="Change contacts, lists and opt-outs.")
    CAMPAIGNS_READ = strawberry.enum_value("CAMPAIGNS_READ", description="Read campaigns, their contacts and reviews.")
    CAMPAIGNS_WRITE = strawberry.enum_value("CAMPAIGNS_WRITE", description="Change campaigns and their contacts.")
    MESSAGES_READ = strawberry.enum_value("MESSAGES_READ", description="Read the recorded messages.")
    MESSAGES_WRITE = strawberry.enum_value("MESSAGES_WRITE", description="Record messages and their status.")
    ADMIN = strawberry.enum_value("ADMIN", description="Change users, tokens, operator prefixes and the account.")


@strawberry.type(
    description=(
        "A key to the account's API. The server stores a hash of the secret and shows the secret once, on creation."
    )
)
class ApiToken(Node):
    id: strawberry.ID = column(
        convert_many=partial(encode_many, IdPrefix.API_TOKEN), description="Opaque ID of the token; starts with tok_."
    )
    name: str = column(description="Purpose of the token, for people; at most 200 characters.")
    user: User | None = relation(
        "users_by_id", key="user_id", description="User that the token acts for; null for an integration."
    )
    scopes: list[Scope] = column(description="Permissions of the token. The user's role may allow fewer.")
    created_at: datetime = column(description="When the token was created.")
    expires_at: datetime | None = column(description="When the token stops working; null if it never expires.")
    last_used_at: datetime | None = column(description="When the token was last used, to the minute; null if never.")
    revoked_at: datetime | None = column(description="When the token was revoked; null if it was not.")


ApiTokenConnection = Connection[ApiToken]
