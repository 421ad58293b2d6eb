"""Inputs that set and delete custom operator prefixes."""

import strawberry
from strawberry import UNSET

from schema.scalars import CountryCode


@strawberry.input(
    description=(
        "Assigns the numbers with a prefix to a mobile network. It overrides a built-in entry with the same prefix."
    )
)
class SetOperatorPrefixInput:
    prefix: str = strawberry.field(
        description="First 1 to 15 digits of the numbers in E.164, without the plus, such as 25470."
    )
    operator: str = strawberry.field(description="Name of the mobile network, at most 100 characters.")
    country: CountryCode | None = strawberry.field(
        default=UNSET, description="Country of the network; if unset, the country of the prefix."
    )


@strawberry.input(description="The account's custom prefix to delete.")
class DeleteOperatorPrefixInput:
    prefix: str = strawberry.field(description="Digits of the custom prefix.")
