"""Queries of the account's users and tokens."""

from typing import Annotated, cast

import strawberry
from strawberry import UNSET

from models.db.sql import Sql, contains, one_of
from resolvers.decoding import as_top_level, decode_id, or_none
from resolvers.query.default_orders import NEWEST_TOKENS, USERS_BY_NAME
from resolvers.query.page_sql import PageSource
from resolvers.query.pages import Window, page
from resolvers.query.row_queries import of_account, of_id, row
from resolvers.query.tables import API_TOKENS, USERS
from schema.context import Info
from schema.execution import selection
from schema.ids import IdPrefix
from schema.pagination import After, First
from schema.types.api_token import ApiTokenConnection
from schema.types.user import User, UserConnection
from services.input.text import fold

UserId = Annotated[strawberry.ID, strawberry.argument(description="ID of the user; starts with usr_.")]
UserSearch = Annotated[
    str | None,
    strawberry.argument(
        description="Returns only users with this text in the name or e-mail address, in any letter case."
    ),
]
IsActive = Annotated[
    bool | None, strawberry.argument(description="True: only active users. False: only inactive ones. Unset: both.")
]


async def user(info: Info, id: UserId) -> User | None:
    with as_top_level():
        user_id = decode_id(IdPrefix.USER, id, "id")
    where = of_id(USERS, info.context.account_id, user_id)
    return cast(User | None, await row(USERS, selection(info).columns, where))


async def users(
    info: Info, first: First = UNSET, after: After = UNSET, search: UserSearch = UNSET, is_active: IsActive = UNSET
) -> UserConnection | None:
    where = of_account(USERS, info.context.account_id)
    if text := (or_none(search) or "").strip():
        by_name = contains("account_user.name_key", fold(text))
        where &= one_of((by_name, contains("account_user.email_key", text.lower())))
    if or_none(is_active) is not None:
        where &= Sql("account_user.is_active" if is_active else "NOT account_user.is_active")
    source = PageSource(USERS, where, USERS_BY_NAME)
    return cast(UserConnection, await page(source, Window.of({"first": first, "after": after}), selection(info)))


async def tokens(info: Info, first: First = UNSET, after: After = UNSET) -> ApiTokenConnection | None:
    source = PageSource(API_TOKENS, of_account(API_TOKENS, info.context.account_id), NEWEST_TOKENS)
    return cast(ApiTokenConnection, await page(source, Window.of({"first": first, "after": after}), selection(info)))
