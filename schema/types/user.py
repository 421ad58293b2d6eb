"""The people who work in an account."""

from datetime import datetime
from enum import Enum
from functools import partial

import strawberry

from schema.execution import column, relation
from schema.ids import Prefix, encode_many
from schema.pagination import Connection
from schema.types.node import Node


@strawberry.enum(description="What a person may do in the account.")
class Role(Enum):
    ADMIN = strawberry.enum_value("ADMIN", description="Everything, users, tokens and the account included.")
    MANAGER = strawberry.enum_value(
        "MANAGER", description="All work with contacts, purges and bulk changes by filter included."
    )
    AGENT = strawberry.enum_value("AGENT", description="Everyday work with contacts, lists and campaigns.")


@strawberry.type(description="A person who works in the account.")
class User(Node):
    id: strawberry.ID = column(convert_many=partial(encode_many, Prefix.USER), description="Names the user.")
    email: str = column(description="Unique in the account, without regard to case.")
    name: str = column(description="What people call them; at most 200 characters.")
    role: Role = column(description="What they may do.")
    is_active: bool = column(description="Whether they still work here. Tokens of others do not work.")
    owned_contact_count: int = relation(
        "owned_contact_counts_by_user", description="How many contacts outside the trash belong to them."
    )
    assigned_contact_count: int = relation(
        "assigned_contact_counts_by_user", description="How many contacts outside the trash they work on."
    )
    created_at: datetime = column(description="When the user was made.")


UserConnection = Connection[User]
