"""What can be said of a number."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from schema.errors import PhoneError
from schema.pagination import Connection
from schema.scalars import CountryCode, PhoneNumber

if TYPE_CHECKING:
    from schema.types.contact import Contact


@strawberry.type(description="A mobile network.")
class Operator:
    name: str = strawberry.field(description="What the network is called.")
    country: CountryCode | None = strawberry.field(description="Where it is; null where that isn't known.")


@strawberry.type(
    description=(
        "Numbers, in E.164 without the plus, that start with prefix belong to operator; the longest prefix wins."
    )
)
class OperatorPrefix:
    prefix: str = strawberry.field(description="The first digits of the numbers.")
    operator: Operator = strawberry.field(description="Whose they are.")
    is_custom: bool = strawberry.field(description="Added by the account; it outranks the built-in row.")


OperatorPrefixConnection = Connection[OperatorPrefix]


@strawberry.enum(description="What kind of line a number is, as libphonenumber says.")
class PhoneNumberType(Enum):
    MOBILE = strawberry.enum_value("MOBILE", description="A mobile line.")
    FIXED_LINE = strawberry.enum_value("FIXED_LINE", description="A fixed line.")
    FIXED_LINE_OR_MOBILE = strawberry.enum_value(
        "FIXED_LINE_OR_MOBILE", description="Either: some countries' numbers don't tell."
    )
    TOLL_FREE = strawberry.enum_value("TOLL_FREE", description="Free for the caller.")
    PREMIUM_RATE = strawberry.enum_value("PREMIUM_RATE", description="Dearer than usual for the caller.")
    SHARED_COST = strawberry.enum_value("SHARED_COST", description="Paid by both sides.")
    VOIP = strawberry.enum_value("VOIP", description="Over the internet.")
    PERSONAL = strawberry.enum_value("PERSONAL", description="Follows a person to any line.")
    PAGER = strawberry.enum_value("PAGER", description="A pager.")
    UAN = strawberry.enum_value("UAN", description="A company's one number.")
    VOICEMAIL = strawberry.enum_value("VOICEMAIL", description="A voice mailbox.")
    UNKNOWN = strawberry.enum_value("UNKNOWN", description="Of no known kind.")


@strawberry.type(description="What can be said of a text that should be a phone number, before anything is stored.")
class PhoneLookup:
    input: str = strawberry.field(description="The text as given.")
    is_possible: bool = strawberry.field(description="Whether a number could have this length.")
    is_valid: bool = strawberry.field(description="Whether it lies in a range that is in use.")
    phone: PhoneNumber | None = strawberry.field(
        description="The number as it would be stored; null where it can't be read."
    )
    national: str | None = strawberry.field(description="As it is written in its own country.")
    international: str | None = strawberry.field(description="As it is written abroad.")
    country: CountryCode | None = strawberry.field(description="Its region.")
    type: PhoneNumberType = strawberry.field(description="What kind of line it is.")
    operator: Operator | None = strawberry.field(description="Its mobile network, where that is known.")
    time_zones: list[str] = strawberry.field(description="IANA time zones that the number can lie in.")
    is_opted_out: bool = strawberry.field(description="Whether it may not be messaged.")
    contact: Annotated["Contact", strawberry.lazy("schema.types.contact")] | None = strawberry.field(
        description="The contact outside the trash that has it."
    )
    error: PhoneError | None = strawberry.field(description="Why it can't be read, where it can't.")
