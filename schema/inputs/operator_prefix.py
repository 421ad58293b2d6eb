"""Operators as an account names them."""

import strawberry
from strawberry import UNSET

from schema.scalars import CountryCode


@strawberry.input(description="Whose the numbers with a prefix are. It outranks a built-in row of the same prefix.")
class SetOperatorPrefixInput:
    prefix: str = strawberry.field(
        description="The first 1 to 15 digits of the numbers in E.164, without the plus: 25470, say."
    )
    operator: str = strawberry.field(description="What the network is called; at most 100 characters.")
    country: CountryCode | None = strawberry.field(
        default=UNSET, description="Where it is; where absent, the country whose numbers start so."
    )


@strawberry.input(description="Which of the account's own prefixes to take back.")
class DeleteOperatorPrefixInput:
    prefix: str = strawberry.field(description="Its digits.")
