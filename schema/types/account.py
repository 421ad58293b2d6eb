"""The caller's account and its settings."""

from datetime import datetime
from enum import Enum
from functools import partial
from typing import Annotated

import strawberry

from schema.execution import column, computed, loaded_by
from schema.ids import IdPrefix, encode_many
from schema.permissions import IsAdmin
from schema.scalars import CountryCode
from schema.types.node import Node


@strawberry.enum(
    description=(
        "Numbers that a contact may have: all that libphonenumber calls possible, or only those that it calls valid."
    )
)
class PhonePolicy(Enum):
    POSSIBLE = strawberry.enum_value("POSSIBLE", description="Any number of a possible length. The default.")
    VALID = strawberry.enum_value("VALID", description="Only numbers in a range that is in use.")


@strawberry.enum(
    description=(
        "Rule for digits without a plus that are no possible number of the region, but a valid number with a plus."
    )
)
class DigitsOnlyNumbers(Enum):
    INTERNATIONAL = strawberry.enum_value(
        "INTERNATIONAL", description="As that international number: 256772123001 as +256772123001. The default."
    )
    REFUSE = strawberry.enum_value("REFUSE", description="Not at all; the error suggests the international number.")


@strawberry.enum(
    description="Numbers whose contact gets the status INVALID if the server finds no mobile network for them."
)
class NetworkCheck(Enum):
    COVERED = strawberry.enum_value(
        "COVERED", description="Numbers of countries whose mobile networks the server can identify. The default."
    )
    STRICT = strawberry.enum_value("STRICT", description="Numbers of all countries.")
    OFF = strawberry.enum_value("OFF", description="No numbers: the check is off.")


@strawberry.type(
    description="Words that opt out or in when an inbound message consists of one of them, besides the built-in words."
)
class Keywords:
    opt_out: list[str] = strawberry.field(description="Words that opt the number out, like STOP.")
    opt_in: list[str] = strawberry.field(description="Words that opt the number in again, like START.")


def _keywords(opt_out: list[str], opt_in: list[str]) -> Keywords:
    return Keywords(opt_out=opt_out, opt_in=opt_in)


@strawberry.type(description="An account's use of the API on a day in UTC.")
class UsageDay:
    day: str = column(description="The day in UTC, such as 2026-01-31.")
    contacts: int = column(description="Number of contacts that were made on the day, also if they are deleted since.")
    messages: int = column(description="Number of messages that were recorded on the day.")
    requests: int = column(
        description=(
            "Number of GraphQL operations that the server ran on the day, over HTTP and WebSockets. A subscription "
            "counts once. 0 on days before the server counted them."
        )
    )


@strawberry.type(description="One customer of this server. Accounts share no data.")
class Account(Node):
    id: strawberry.ID = column(
        convert_many=partial(encode_many, IdPrefix.ACCOUNT), description="Opaque ID of the account; starts with acc_."
    )
    name: str = column(description="Name of the account, at most 200 characters.")
    default_region: CountryCode | None = column(
        description="Region for numbers without a country code; null if there is none."
    )
    phone_policy: PhonePolicy = column(description="Numbers that a contact may have.")
    digits_only_numbers: DigitsOnlyNumbers = column(
        description="Rule for digits that are a number only with a plus, as spreadsheets write them."
    )
    network_check: NetworkCheck = column(
        description="Numbers whose contact gets the status INVALID if the server finds no mobile network for them."
    )
    contact_protection_hours: int = column(
        description=(
            "Hours (0 to 720) for which a contact is protected from other users after it gets an owner. 0 turns "
            "protection off."
        )
    )
    trash_retention_days: int = column(
        description="Days (1 to 3650) that a contact stays in the trash before the server deletes it."
    )
    keywords: Keywords = computed(
        "opt_out_keywords", "opt_in_keywords", resolve=_keywords, description="The account's own words of consent."
    )
    created_at: datetime = column(description="When the account was created.")

    @loaded_by(
        "usage_by_account",
        permission_classes=[IsAdmin],
        description=(
            "Use of the API by day in UTC, newest first, from today on. The counts may lag by a minute. Requires the "
            "scope ADMIN."
        ),
    )
    def usage(
        first: Annotated[
            int | None, strawberry.argument(description="Returns the last n days (1 to 400, default 30).")
        ] = strawberry.UNSET,
    ) -> list[UsageDay] | None: ...
