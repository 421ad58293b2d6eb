"""Mutations of the account, its users and its tokens."""

from collections.abc import Iterable
from dataclasses import fields, replace
from enum import Enum
from typing import Annotated, Any, cast
from uuid import UUID

import strawberry
from strawberry import UNSET, Some

from resolvers.decoding import decode_id, or_none
from resolvers.jobs.root_fields import load_selected
from resolvers.query.row_queries import of_id, row
from resolvers.query.tables import ACCOUNTS, API_TOKENS, USERS, Table
from schema.context import Info
from schema.errors import to_user_errors
from schema.execution import selection
from schema.ids import IdPrefix
from schema.inputs.account import UpdateAccountInput
from schema.inputs.api_token import CreateTokenInput, RevokeTokenInput
from schema.inputs.user import CreateUserInput, UpdateUserInput
from schema.payloads.account import UpdateAccountPayload
from schema.payloads.api_token import CreateTokenPayload, RevokeTokenPayload
from schema.payloads.user import CreateUserPayload, UpdateUserPayload
from schema.types.account import Account
from schema.types.api_token import ApiToken
from schema.types.user import User
from services.accounts import management as accounts, tokens, users
from services.accounts.authentication import Role, Scope
from services.accounts.management import AccountChanges
from services.accounts.users import UserChanges
from services.refusal import Code, Refused, refuse

AccountInput = Annotated[UpdateAccountInput, strawberry.argument(description="Changes to the account's settings.")]
NewUserInput = Annotated[CreateUserInput, strawberry.argument(description="Data of the user to create.")]
UserInput = Annotated[UpdateUserInput, strawberry.argument(description="User to change, and the new values.")]
NewTokenInput = Annotated[CreateTokenInput, strawberry.argument(description="Settings of the token to create.")]
EndingTokenInput = Annotated[RevokeTokenInput, strawberry.argument(description="ID of the token to revoke.")]


async def update_account(info: Info, input: AccountInput) -> UpdateAccountPayload | None:
    context = info.context
    try:
        settings, job_id = await accounts.update(
            account_id=context.account_id,
            changes=cast(AccountChanges, _account_changes(input)),
            user_id=context.caller.user_id,
            now=context.now,
        )
    except Refused as refused:
        return UpdateAccountPayload(account=None, errors=to_user_errors(refused.refusals, "input"))
    # Later fields of the same request use the new settings.
    context.caller = replace(context.caller, settings=settings)
    account = await _written(info, ACCOUNTS, "account", context.account_id)
    job = await load_selected(context, selection(info).under("job"), job_id)
    return UpdateAccountPayload(account=cast(Account | None, account), job=job, errors=[])


async def create_user(info: Info, input: NewUserInput) -> CreateUserPayload | None:
    context = info.context
    try:
        user_id = await users.create(
            account_id=context.account_id,
            email=input.email,
            name=input.name,
            role=Role[input.role.name],
            now=context.now,
        )
    except Refused as refused:
        return CreateUserPayload(user=None, errors=to_user_errors(refused.refusals, "input"))
    return CreateUserPayload(user=cast(User | None, await _written(info, USERS, "user", user_id)), errors=[])


async def update_user(info: Info, input: UserInput) -> UpdateUserPayload | None:
    context = info.context
    try:
        user_id = decode_id(IdPrefix.USER, input.id, "id")
        await users.update(
            account_id=context.account_id,
            user_id=user_id,
            changes=cast(UserChanges, _changes(input, besides=("id",))),
            now=context.now,
        )
    except Refused as refused:
        return UpdateUserPayload(user=None, errors=to_user_errors(refused.refusals, "input"))
    return UpdateUserPayload(user=cast(User | None, await _written(info, USERS, "user", user_id)), errors=[])


async def create_token(info: Info, input: NewTokenInput) -> CreateTokenPayload | None:
    context, speaks_for = info.context, or_none(input.user_id)
    try:
        token_id, secret = await tokens.create(
            account_id=context.account_id,
            name=input.name,
            user_id=None if speaks_for is None else decode_id(IdPrefix.USER, speaks_for, "userId"),
            scopes=[Scope[scope.name] for scope in input.scopes],
            expires_at=or_none(input.expires_at),
            now=context.now,
            grantable=context.caller.scopes,
            expires_by=context.caller.expires_at,
        )
    except Refused as refused:
        return CreateTokenPayload(token=None, secret=None, errors=to_user_errors(refused.refusals, "input"))
    token = await _written(info, API_TOKENS, "token", token_id)
    return CreateTokenPayload(token=cast(ApiToken | None, token), secret=secret, errors=[])


async def revoke_token(info: Info, input: EndingTokenInput) -> RevokeTokenPayload | None:
    context = info.context
    try:
        token_id = decode_id(IdPrefix.API_TOKEN, input.id, "id")
        if not await tokens.revoke(account_id=context.account_id, token_id=token_id, now=context.now):
            raise refuse(Code.NOT_FOUND, "There is no such token.", "id")
    except Refused as refused:
        return RevokeTokenPayload(token=None, errors=to_user_errors(refused.refusals, "input"))
    token = await _written(info, API_TOKENS, "token", token_id)
    return RevokeTokenPayload(token=cast(ApiToken | None, token), errors=[])


def _account_changes(input: UpdateAccountInput) -> dict[str, Any]:
    wanted = _changes(input)
    if (keywords := wanted.get("keywords")) is not None:
        wanted["keywords"] = {name: words for name, words in vars(keywords).items() if words is not UNSET}
    return wanted


def _changes(input: Any, besides: Iterable[str] = ()) -> dict[str, Any]:
    """Returns the set fields of an update, including those set to null, in the form that services expect."""
    wanted: dict[str, Any] = {}
    for field in fields(input):
        change: Some[Any] | None = None if field.name in besides else getattr(input, field.name)
        if change is not None:
            wanted[field.name] = change.value.value if isinstance(change.value, Enum) else change.value
    return wanted


async def _written(info: Info, table: Table, name: str, key: UUID) -> Any:
    """Returns the written row with the columns that the payload field `name` selects; None if it is not selected."""
    selected = selection(info)
    if name not in selected:
        return None
    return await row(table, selected.under(name).columns or ("id",), of_id(table, info.context.account_id, key))
