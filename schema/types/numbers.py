"""Phone number analysis, mobile networks and their prefixes."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from schema.errors import PhoneError
from schema.pagination import Connection
from schema.scalars import CountryCode, PhoneNumber

if TYPE_CHECKING:
    from schema.types.contact import Contact


@strawberry.type(description="A mobile network operator.")
class Operator:
    name: str = strawberry.field(description="Name of the mobile network.")
    country: CountryCode | None = strawberry.field(description="Country of the network; null if unknown.")


@strawberry.type(
    description=(
        "Assigns the numbers that start with a prefix to a mobile network. The longest matching prefix applies."
    )
)
class OperatorPrefix:
    prefix: str = strawberry.field(description="First digits of the numbers in E.164, without the plus.")
    operator: Operator = strawberry.field(description="Mobile network of the numbers.")
    is_custom: bool = strawberry.field(
        description="True if the account added the prefix; it overrides a built-in entry with the same digits."
    )


OperatorPrefixConnection = Connection[OperatorPrefix]


@strawberry.enum(description="Type of line of a number, as classified by libphonenumber.")
class PhoneNumberType(Enum):
    MOBILE = strawberry.enum_value("MOBILE", description="A line of a mobile network.")
    FIXED_LINE = strawberry.enum_value("FIXED_LINE", description="A fixed line, also called landline.")
    FIXED_LINE_OR_MOBILE = strawberry.enum_value(
        "FIXED_LINE_OR_MOBILE", description="A fixed or mobile line: some countries use the same ranges for both."
    )
    TOLL_FREE = strawberry.enum_value("TOLL_FREE", description="Calls are free for the caller.")
    PREMIUM_RATE = strawberry.enum_value("PREMIUM_RATE", description="Calls cost the caller more than usual.")
    SHARED_COST = strawberry.enum_value("SHARED_COST", description="Caller and recipient share the cost of calls.")
    VOIP = strawberry.enum_value("VOIP", description="A line over the internet (VoIP).")
    PERSONAL = strawberry.enum_value("PERSONAL", description="A number that follows a person to any line.")
    PAGER = strawberry.enum_value("PAGER", description="A number of a pager service.")
    UAN = strawberry.enum_value("UAN", description="A universal access number: one number for a whole company.")
    VOICEMAIL = strawberry.enum_value("VOICEMAIL", description="An access number of a voice mailbox.")
    UNKNOWN = strawberry.enum_value("UNKNOWN", description="A number that libphonenumber cannot classify.")


@strawberry.type(description="Analysis of a text that should be a phone number. It stores nothing.")
class PhoneLookup:
    input: str = strawberry.field(description="The text as the client sent it.")
    is_possible: bool = strawberry.field(description="True if a number can have this length in its region.")
    is_valid: bool = strawberry.field(description="True if the number is in a range that is in use.")
    phone: PhoneNumber | None = strawberry.field(
        description=(
            "The number as E.164, as the server would store it; null if the account's phonePolicy does not accept the "
            "text."
        )
    )
    national: str | None = strawberry.field(
        description="The number in national format; null if the text is not accepted."
    )
    international: str | None = strawberry.field(
        description="The number in international format; null if the text is not accepted."
    )
    country: CountryCode | None = strawberry.field(description="Region of the number; null if the server finds none.")
    type: PhoneNumberType = strawberry.field(description="Type of line; UNKNOWN if the server cannot tell.")
    operator: Operator | None = strawberry.field(
        description="Mobile network of the number; null if the server finds none."
    )
    time_zones: list[str] = strawberry.field(
        description="IANA time zones where the number may be; empty if the server finds none."
    )
    is_opted_out: bool = strawberry.field(description="True if the number has opted out and must not be messaged.")
    contact: Annotated["Contact", strawberry.lazy("schema.types.contact")] | None = strawberry.field(
        description="Contact outside the trash with this number; null if there is none."
    )
    error: PhoneError | None = strawberry.field(
        description="Reason why the text is not accepted as a phone number; null if it is."
    )
