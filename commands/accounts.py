"""Commands that make accounts, their users and their tokens, each printing what is needed next."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import typer

from commands.running import AccountOption, account_of, decoded, fail, now, run, told, user_of
from models import database
from schema.ids import Prefix, encode
from services import accounts, tokens, users
from services.authentication import Role, Scope


def create_account(
    name: Annotated[str, typer.Option(help="What the customer is called.")],
    region: Annotated[
        str | None, typer.Option(help="Where a number without a country code is read, such as KE.")
    ] = None,
) -> None:
    """Make an account and print its id."""
    account_id = run(lambda: accounts.create(name=name, default_region=region, now=now()))
    print(encode(Prefix.ACCOUNT, account_id))


def create_user(
    account: AccountOption,
    email: Annotated[str, typer.Option(help="Unique in the account.")],
    name: Annotated[str, typer.Option(help="The person's name.")],
    role: Annotated[Role, typer.Option(case_sensitive=False, help="What the person may do.")] = Role.AGENT,
) -> None:
    """Make a user and print the id."""

    async def create() -> UUID:
        account_id = await account_of(account)
        return await users.create(account_id=account_id, email=email, name=name, role=role, now=now())

    print(encode(Prefix.USER, run(create)))


def create_token(
    account: AccountOption,
    user: Annotated[
        str | None, typer.Option(help="The e-mail of the user whom it speaks for; default: nobody.")
    ] = None,
    scope: Annotated[
        list[Scope] | None, typer.Option(case_sensitive=False, help="May be repeated; default: all.")
    ] = None,
    name: Annotated[str, typer.Option(help="What it is for.")] = "Command line",
    expires: Annotated[
        str | None, typer.Option(help="A date or an instant (2027-01-31, 2027-01-31T09:30:00Z), or days from now (30).")
    ] = None,
) -> None:
    """Make a token and print its secret, which can't be shown again. Its id goes to standard error."""
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
    told.print(f"The token is {encode(Prefix.API_TOKEN, token_id)}; its secret can't be shown again.", soft_wrap=True)
    print(secret)


def _instant(text: str) -> datetime:
    """When a number of days is over, or a date or an instant; UTC where no offset is given."""
    if re.fullmatch(r"\d{1,5}", text):
        return now() + timedelta(days=int(text))
    try:
        instant = datetime.fromisoformat(text)
        return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        fail(f"{text!r} is no date, no instant and no number of days", status=2)


def revoke_token(token: Annotated[str, typer.Argument(help="The token's id: tok_…")]) -> None:
    """End a token."""
    token_id = decoded(Prefix.API_TOKEN, token)

    async def revoke() -> None:
        # The one look-up by id alone: whoever runs the server names a token, not its account.
        found = await database.fetch_one("SELECT account_id FROM api_token WHERE id = $1", token_id)
        if found is None:
            fail(f"there is no token {token}")
        await tokens.revoke(account_id=found["account_id"], token_id=token_id, now=now())

    run(revoke)
