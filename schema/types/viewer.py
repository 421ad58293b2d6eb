"""Whoever asks."""

from functools import partial

import strawberry

from schema.execution import column, relation
from schema.ids import Prefix, encode_many
from schema.types.account import Account
from schema.types.api_token import Scope
from schema.types.user import User


@strawberry.type(description="Whoever the token speaks for. A token of a partner integration has no user.")
class Viewer:
    id: strawberry.ID = column(
        "token_id", convert_many=partial(encode_many, Prefix.VIEWER), description="The same for the same token."
    )
    account: Account = relation("accounts_by_id", key="account_id", description="The account that the token opens.")
    user: User | None = relation("users_by_id", key="user_id", description="The user that the token speaks for.")
    scopes: list[Scope] = column(description="What the token may be used for and the user's role allows, sorted.")
