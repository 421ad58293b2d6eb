"""Keys to an account."""

from datetime import datetime
from enum import Enum
from functools import partial

import strawberry

from schema.execution import column, relation
from schema.ids import Prefix, encode_many
from schema.pagination import Connection
from schema.types.node import Node
from schema.types.user import User


@strawberry.enum(description="What a token may be used for.")
class Scope(Enum):
    CONTACTS_READ = strawberry.enum_value("CONTACTS_READ", description="See contacts, lists, tags, users and opt-outs.")
    CONTACTS_WRITE = strawberry.enum_value("CONTACTS_WRITE", description="Change contacts, lists and opt-outs.")
    CAMPAIGNS_READ = strawberry.enum_value("CAMPAIGNS_READ", description="See campaigns and who is in them.")
    CAMPAIGNS_WRITE = strawberry.enum_value("CAMPAIGNS_WRITE", description="Change campaigns.")
    MESSAGES_READ = strawberry.enum_value("MESSAGES_READ", description="See messages.")
    MESSAGES_WRITE = strawberry.enum_value("MESSAGES_WRITE", description="Record messages.")
    ADMIN = strawberry.enum_value("ADMIN", description="Change users, tokens and the account itself.")


@strawberry.type(description="A key to the account. Its secret is kept as a hash and shown once, when it is made.")
class ApiToken(Node):
    id: strawberry.ID = column(convert_many=partial(encode_many, Prefix.API_TOKEN), description="Names the token.")
    name: str = column(description="What it is for; at most 200 characters.")
    user: User | None = relation(
        "users_by_id", key="user_id", description="Whom it speaks for; null for an integration."
    )
    scopes: list[Scope] = column(description="What it may be used for, as far as its user's role allows it.")
    created_at: datetime = column(description="When it was made.")
    expires_at: datetime | None = column(description="From when on it does not work; null: never.")
    last_used_at: datetime | None = column(description="When it was last used, to the minute.")
    revoked_at: datetime | None = column(description="Since when it does not work.")


ApiTokenConnection = Connection[ApiToken]
