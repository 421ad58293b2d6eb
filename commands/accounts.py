"""Commands that create accounts, users and tokens, and change users.

The commands that create print the id or secret that the next step needs.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, cast
from uuid import UUID

import typer

from commands.running import AccountOption, account_of, console, decoded, fail, now, run, user_of
from models import ApiToken
from schema.ids import IdPrefix, encode
from services.accounts import management as accounts, tokens, users
from services.accounts.authentication import Role, Scope
from services.accounts.users import UserChanges


def create_account(
    name: Annotated[str, typer.Option(help="The customer's name.")],
    region: Annotated[
        str | None, typer.Option(help="The country of numbers without a country code, such as KE.")
    ] = None,
) -> None:
    """Create an account and print its id."""
    account_id = run(lambda: accounts.create(name=name, default_region=region, now=now()))
    print(encode(IdPrefix.ACCOUNT, account_id))


def create_user(
    account: AccountOption,
    email: Annotated[str, typer.Option(help="The user's e-mail address, unique in the account.")],
    name: Annotated[str, typer.Option(help="The user's name.")],
    role: Annotated[Role, typer.Option(case_sensitive=False, help="The user's permissions.")] = Role.AGENT,
) -> None:
    """Create a user and print the id."""

    async def create() -> UUID:
        account_id = await account_of(account)
        return await users.create(account_id=account_id, email=email, name=name, role=role, now=now())

    print(encode(IdPrefix.USER, run(create)))


def update_user(
    user: Annotated[str, typer.Argument(help="The user's e-mail address or id (usr_…).")],
    account: AccountOption,
    email: Annotated[str | None, typer.Option(help="The new e-mail address.")] = None,
    name: Annotated[str | None, typer.Option(help="The new name.")] = None,
    role: Annotated[Role | None, typer.Option(case_sensitive=False, help="The new permissions.")] = None,
    is_active: Annotated[
        bool | None, typer.Option("--active/--inactive", help="An inactive user loses all tokens.")
    ] = None,
) -> None:
    """Change a user. Options that are left out change nothing."""
    values = {"email": email, "name": name, "role": role, "is_active": is_active}
    changes = cast(UserChanges, {field: value for field, value in values.items() if value is not None})
    if not changes:
        fail("nothing to change: use --email, --name, --role, --active or --inactive", status=2)

    async def update() -> None:
        account_id = await account_of(account)
        user_id = await user_of(account_id, user)
        await users.update(account_id=account_id, user_id=user_id, changes=changes, now=now())

    run(update)


def create_token(
    account: AccountOption,
    user: Annotated[
        str | None, typer.Option(help="The e-mail address or id of the token's user; default: no user.")
    ] = None,
    scope: Annotated[
        list[Scope] | None,
        typer.Option(case_sensitive=False, help="A permission of the token; can be repeated; default: all."),
    ] = None,
    name: Annotated[str, typer.Option(help="The token's name or purpose.")] = "Command line",
    expires: Annotated[
        str | None, typer.Option(help="A date or instant (2027-01-31, 2027-01-31T09:30:00Z), or days from now (30).")
    ] = None,
) -> None:
    """Create a token and print its secret, which is shown only once. The id goes to standard error."""
    expires_at = None if expires is None else _instant(expires)

    async def create() -> tuple[UUID, str]:
        account_id = await account_of(account)
        return await tokens.create(
            account_id=account_id,
            name=name,
            user_id=None if user is None else await user_of(account_id, user),
            scopes=scope or list(Scope),
            expires_at=expires_at,
            now=now(),
        )

    token_id, secret = run(create)
    console.print(
        f"The token is {encode(IdPrefix.API_TOKEN, token_id)}; its secret is shown only once.", soft_wrap=True
    )
    print(secret)


def _instant(text: str) -> datetime:
    """Parses a date, an instant (in UTC if it has no offset), or a number of days from now."""
    if re.fullmatch(r"\d{1,5}", text):
        return now() + timedelta(days=int(text))
    try:
        instant = datetime.fromisoformat(text)
        return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        fail(f"{text!r} is not a date, an instant or a number of days", status=2)


def revoke_token(token: Annotated[str, typer.Argument(help="The token's id: tok_…")]) -> None:
    """Revoke a token."""
    token_id = decoded(IdPrefix.API_TOKEN, token)

    async def revoke() -> None:
        # This is the only look-up without an account id, because operators name only the token.
        row = await ApiToken.get_or_none(id=token_id)
        if row is None:
            fail(f"there is no token {token}")
        await tokens.revoke(account_id=row.account_id, token_id=token_id, now=now())

    run(revoke)
