"""Users of an account and their roles."""

from datetime import datetime
from enum import Enum
from functools import partial

import strawberry

from schema.execution import column, relation
from schema.ids import IdPrefix, encode_many
from schema.pagination import Connection
from schema.types.node import Node


@strawberry.enum(description="Role of a user, which limits the scopes of the user's tokens.")
class Role(Enum):
    ADMIN = strawberry.enum_value(
        "ADMIN", description="All operations, including users, tokens, prefixes and the account."
    )
    MANAGER = strawberry.enum_value(
        "MANAGER",
        description="All operations on contacts and campaigns, including purges, exports and bulk changes by filter.",
    )
    AGENT = strawberry.enum_value("AGENT", description="Everyday operations on contacts, lists and campaigns.")


@strawberry.type(description="A person who works in the account.")
class User(Node):
    id: strawberry.ID = column(
        convert_many=partial(encode_many, IdPrefix.USER), description="Opaque ID of the user; starts with usr_."
    )
    email: str = column(description="E-mail address, unique in the account, ignoring letter case.")
    name: str = column(description="Name of the user, at most 200 characters.")
    role: Role = column(description="Role of the user: ADMIN, MANAGER or AGENT.")
    is_active: bool = column(description="True if the user is active. Tokens of an inactive user do not work.")
    owned_contact_count: int = relation(
        "owned_contact_counts_by_user", description="Number of contacts outside the trash that the user owns."
    )
    assigned_contact_count: int = relation(
        "assigned_contact_counts_by_user",
        description="Number of contacts outside the trash with the user as an assignee.",
    )
    created_at: datetime = column(description="When the user was created.")


UserConnection = Connection[User]
