"""What can be said of an account when it is changed."""

import strawberry
from strawberry import Maybe

from schema.scalars import CountryCode
from schema.types.account import NetworkCheck, PhonePolicy


@strawberry.input(description="Changes to the caller's account. An absent field stays as it is.")
class UpdateAccountInput:
    name: Maybe[str | None] = strawberry.field(description="What people call it: one line, 1 to 200 characters.")
    default_region: Maybe[CountryCode | None] = strawberry.field(
        description="Region in which a number without a country code is read; null: there is none."
    )
    phone_policy: Maybe[PhonePolicy | None] = strawberry.field(
        description="Which numbers a contact may have. Contacts that are there stay."
    )
    network_check: Maybe[NetworkCheck | None] = strawberry.field(
        description="Which numbers are marked INVALID for want of a known network."
    )
    contact_protection_hours: Maybe[int | None] = strawberry.field(
        description=(
            "Hours, 0 to 720, for which a newly owned contact is out of reach of its owner's colleagues. 0: off."
        )
    )
    trash_retention_days: Maybe[int | None] = strawberry.field(
        description="Days, 1 to 3650, that a contact stays in the trash; for what is trashed from now on."
    )
