"""Input that changes the account."""

import strawberry
from strawberry import UNSET, Maybe

from schema.scalars import CountryCode
from schema.types.account import DigitsOnlyNumbers, NetworkCheck, PhonePolicy


@strawberry.input(description="The account's own words of consent. A set list replaces the former list.")
class KeywordsInput:
    opt_out: list[str] | None = strawberry.field(
        default=UNSET,
        description="Words that opt a number out: at most 50, each of 2 to 40 characters. An empty list removes them.",
    )
    opt_in: list[str] | None = strawberry.field(
        default=UNSET,
        description="Words that opt a number in: at most 50, each of 2 to 40 characters. An empty list removes them.",
    )


@strawberry.input(description="Changes to the caller's account. Unset fields stay unchanged.")
class UpdateAccountInput:
    name: Maybe[str | None] = strawberry.field(description="Name of the account: one line of 1 to 200 characters.")
    default_region: Maybe[CountryCode | None] = strawberry.field(
        description="Region for numbers without a country code; null removes it."
    )
    phone_policy: Maybe[PhonePolicy | None] = strawberry.field(
        description="Numbers that a contact may have. Existing contacts stay unchanged."
    )
    digits_only_numbers: Maybe[DigitsOnlyNumbers | None] = strawberry.field(
        description="Rule for digits that are a number only with a plus. Existing contacts stay unchanged."
    )
    network_check: Maybe[NetworkCheck | None] = strawberry.field(
        description=(
            "Numbers whose contact gets the status INVALID if the server finds no mobile network for them. A change "
            "starts a job that checks the contacts again."
        )
    )
    contact_protection_hours: Maybe[int | None] = strawberry.field(
        description=(
            "Hours (0 to 720) for which a contact is protected from other users after it gets an owner. 0 turns "
            "protection off."
        )
    )
    trash_retention_days: Maybe[int | None] = strawberry.field(
        description="Days (1 to 3650) that a contact stays in the trash. A change applies to contacts trashed after it."
    )
    keywords: Maybe[KeywordsInput | None] = strawberry.field(
        description=(
            "Words that opt out or in when an inbound message consists of one of them, besides the built-in words. "
            "They apply to messages that are recorded later."
        )
    )
