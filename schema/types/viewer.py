"""The caller: account, user and scopes."""

from functools import partial

import strawberry

from schema.execution import column, relation
from schema.ids import IdPrefix, encode_many
from schema.types.account import Account
from schema.types.api_token import Scope
from schema.types.user import User


@strawberry.type(
    description="The caller: the account, user and permissions of the token. An integration's token has no user."
)
class Viewer:
    id: strawberry.ID = column(
        "token_id",
        convert_many=partial(encode_many, IdPrefix.VIEWER),
        description="Opaque ID for client caches, constant for this token.",
    )
    account: Account = relation("accounts_by_id", key="account_id", description="Account that the token belongs to.")
    user: User | None = relation(
        "users_by_id", key="user_id", description="User that the token acts for; null for an integration."
    )
    scopes: list[Scope] = column(description="Permissions of the token that the user's role allows, sorted.")
