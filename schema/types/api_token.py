"""API tokens and their scopes."""

from datetime import datetime
from enum import Enum
from functools import partial

import strawberry

from schema.execution import column, relation
from schema.ids import IdPrefix, encode_many
from schema.pagination import Connection
from schema.permissions import CanReadContacts
from schema.types.node import Node
from schema.types.user import User


@strawberry.enum(description="A permission of an API token. The user's role limits it further.")
class Scope(Enum):
    CONTACTS_READ = strawberry.enum_value(
        "CONTACTS_READ", description="Read contacts, lists, tags, users, opt-outs and jobs."
    )
    CONTACTS_WRITE = strawberry.enum_value(
        "CONTACTS_WRITE",
        description=(
            "Change contacts, lists and opt-outs. Payloads show objects that existed before the call only with the "
            "scope CONTACTS_READ. A change of the contacts that match a filter requires it as well."
        ),
    )
    CAMPAIGNS_READ = strawberry.enum_value(
        "CAMPAIGNS_READ",
        description=(
            "Read campaigns, their entries and reviews. The contacts, names and lists of a campaign, and reviews, also "
            "require CONTACTS_READ."
        ),
    )
    CAMPAIGNS_WRITE = strawberry.enum_value(
        "CAMPAIGNS_WRITE",
        description=(
            "Change campaigns and their contacts. Payloads show objects that existed before the call only with the "
            "scope CAMPAIGNS_READ."
        ),
    )
    MESSAGES_READ = strawberry.enum_value("MESSAGES_READ", description="Read the recorded messages.")
    MESSAGES_WRITE = strawberry.enum_value(
        "MESSAGES_WRITE",
        description=(
            "Record messages and their status. Payloads show messages that existed before the call only with the scope "
            "MESSAGES_READ."
        ),
    )
    ADMIN = strawberry.enum_value(
        "ADMIN",
        description=(
            "Change users, tokens, operator prefixes and the account. Payloads show users that existed before the call "
            "only with the scope CONTACTS_READ."
        ),
    )


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
        "users_by_id",
        key="user_id",
        permission_classes=[CanReadContacts],
        description="User that the token acts for; null for an integration. Requires the scope CONTACTS_READ.",
    )
    scopes: list[Scope] = column(description="Permissions of the token. The user's role may allow fewer.")
    created_at: datetime = column(description="When the token was created.")
    expires_at: datetime | None = column(description="When the token stops working; null if it never expires.")
    last_used_at: datetime | None = column(description="When the token was last used, to the minute; null if never.")
    revoked_at: datetime | None = column(description="When the token was revoked; null if it was not.")


ApiTokenConnection = Connection[ApiToken]
