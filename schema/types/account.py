"""The account that a token belongs to."""

from datetime import datetime
from enum import Enum
from functools import partial

import strawberry

from schema.execution import column
from schema.ids import Prefix, encode_many
from schema.scalars import CountryCode
from schema.types.node import Node


@strawberry.enum(
    description=(
        "Which numbers a contact may have: any that libphonenumber calls possible, or only those that it calls valid."
    )
)
class PhonePolicy(Enum):
    POSSIBLE = strawberry.enum_value("POSSIBLE", description="Any number of a possible length. The default.")
    VALID = strawberry.enum_value("VALID", description="Only numbers of a range that is in use.")


@strawberry.enum(
    description=(
        "Which numbers are marked INVALID for want of a known network: those of a country whose networks are known "
        "(COVERED), any (STRICT), none (OFF)."
    )
)
class NetworkCheck(Enum):
    COVERED = strawberry.enum_value("COVERED", description="Those of a country whose networks are known. The default.")
    STRICT = strawberry.enum_value("STRICT", description="Any number.")
    OFF = strawberry.enum_value("OFF", description="None.")


@strawberry.type(description="One customer of this server. Nothing is shared between two accounts.")
class Account(Node):
    id: strawberry.ID = column(convert_many=partial(encode_many, Prefix.ACCOUNT), description="Names the account.")
    name: str = column(description="What people call it; at most 200 characters.")
    default_region: CountryCode | None = column(description="Region in which a number without a country code is read.")
    phone_policy: PhonePolicy = column(description="Which numbers a contact may have.")
    network_check: NetworkCheck = column(description="Which numbers are marked INVALID for want of a known network.")
    contact_protection_hours: int = column(
        description=(
            "Hours, 0 to 720, for which a newly owned contact is out of reach of its owner's colleagues. 0: off."
        )
    )
    trash_retention_days: int = column(
        description="Days, 1 to 3650, that a contact stays in the trash before it is purged."
    )
    created_at: datetime = column(description="When the account was made.")
