"""Counts of contacts by the values of their fields and by the labels of their custom variables."""

from enum import Enum

import strawberry

from schema.execution import column


@strawberry.type(description="A label of custom variables on contacts of the account.")
class CustomVariableLabel:
    label: str = column(description="Text of the label, 1 to 100 characters; compared exactly.")
    contact_count: int = column(description="Number of contacts outside the trash with the custom variable.")


@strawberry.enum(description="A field that contacts can be counted by.")
class ContactFacetField(Enum):
    STATUS = strawberry.enum_value("STATUS", description="Result of the check of the phone number.")
    TAG = strawberry.enum_value("TAG", description="Tags. A contact with several tags counts once for each.")
    LIST = strawberry.enum_value("LIST", description="Lists. A contact in several lists counts once for each.")
    OPERATOR = strawberry.enum_value("OPERATOR", description="Mobile network of the phone number.")
    COUNTRY = strawberry.enum_value("COUNTRY", description="Region of the phone number.")
    OWNER = strawberry.enum_value("OWNER", description="User who owns the contact.")
    IS_OPTED_OUT = strawberry.enum_value(
        "IS_OPTED_OUT", description="Consent state of the phone number: opted out or not."
    )
    IS_VERIFIED = strawberry.enum_value(
        "IS_VERIFIED", description="Verification state of the contact: verified or not."
    )
    SENDER_NUMBER = strawberry.enum_value("SENDER_NUMBER", description="Number that messages to the contact come from.")


@strawberry.type(description="A value of a field, and the number of contacts that have it.")
class ContactFacetValue:
    value: str = strawberry.field(
        description='The value as a filter takes it: an ID, a text or the name of an enum value; "true" or "false".'
    )
    label: str = strawberry.field(
        description="The value for people: the name of a list or user, a formatted number; of a country its code."
    )
    count: int = strawberry.field(description="Number of matching contacts that have the value.")


@strawberry.type(
    description=(
        "Numbers of matching contacts by the values of a field. The counts are exact: the server reads all contacts "
        "that match."
    )
)
class ContactFacet:
    field: ContactFacetField = strawberry.field(description="The field that the contacts are counted by.")
    values: list[ContactFacetValue] = strawberry.field(
        description="The most frequent values, at most 50, most frequent first. Values without contacts are omitted."
    )
    other_count: int = strawberry.field(description="Number of contacts that have only values beyond these 50.")
    missing_count: int = strawberry.field(description="Number of contacts that have no value.")
