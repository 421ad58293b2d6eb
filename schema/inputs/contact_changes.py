"""Changes of opt-outs, and of many contacts at once."""

from enum import Enum

import strawberry
from strawberry import UNSET

from schema.inputs.contact import ContactSelection
from schema.inputs.contact_filter import ContactKey
from schema.scalars import CountryCode, PhoneNumber

_PHONE = "The number, a contact's or not, in any written form."
_REGION = "For a phone without a country code; the account's where absent."
_REASON = "Why, in the caller's words; at most 1000 characters."


@strawberry.input(description="A number that is not to be messaged any more.")
class OptOutInput:
    phone: PhoneNumber = strawberry.field(description=_PHONE)
    region: CountryCode | None = strawberry.field(default=UNSET, description=_REGION)
    reason: str | None = strawberry.field(default=UNSET, description=_REASON)


@strawberry.input(description="A number that may be messaged again.")
class OptInInput:
    phone: PhoneNumber = strawberry.field(description=_PHONE)
    region: CountryCode | None = strawberry.field(default=UNSET, description=_REGION)
    reason: str | None = strawberry.field(default=UNSET, description=_REASON)


@strawberry.enum(
    description=(
        "REQUEST asks for a verification message by the event contact.verification_requested; the contact's first "
        "inbound message then verifies it. CONFIRM and REVOKE set it by hand."
    )
)
class VerificationAction(Enum):
    REQUEST = strawberry.enum_value(
        "REQUEST",
        description=(
            "Ask for a verification message: once a minute for a number, and never for one that has opted out "
            "(OPTED_OUT). Repeated sooner it answers the same and asks nobody."
        ),
    )
    CONFIRM = strawberry.enum_value("CONFIRM", description="The number is theirs, from now on.")
    REVOKE = strawberry.enum_value(
        "REVOKE", description="It is not known to be theirs; messages verify it again only after another REQUEST."
    )


@strawberry.input(description="What to do about the verification of a contact.")
class VerifyContactInput:
    contact: ContactKey = strawberry.field(description="Which contact, outside the trash.")
    action: VerificationAction = strawberry.field(default=VerificationAction.REQUEST, description="What to do.")


@strawberry.input(description="Whose contacts are to be, and who is to work on them.")
class AssignContactsInput:
    contacts: ContactSelection = strawberry.field(description="Which contacts, outside the trash.")
    owner_id: strawberry.ID | None = strawberry.field(default=UNSET, description="An active user; null: nobody.")
    add_assignee_ids: list[strawberry.ID] | None = strawberry.field(
        default=UNSET, description="Active users who are to work on them, at most 100."
    )
    remove_assignee_ids: list[strawberry.ID] | None = strawberry.field(
        default=UNSET, description="Users who are to work on them no more, at most 100."
    )
    override_protection: bool = strawberry.field(
        default=False, description="Change protected contacts as well; for MANAGER and ADMIN."
    )


@strawberry.input(description="Tags to put on contacts, and to take off them.")
class TagContactsInput:
    contacts: ContactSelection = strawberry.field(description="Which contacts, outside the trash.")
    add: list[str] | None = strawberry.field(
        default=UNSET, description="At most 50, each of 1 to 64 characters, without ; and |."
    )
    remove: list[str] | None = strawberry.field(default=UNSET, description="At most 50.")


@strawberry.input(description="Contacts to put into the trash.")
class TrashContactsInput:
    contacts: ContactSelection = strawberry.field(description="Which contacts.")


@strawberry.input(description="Contacts to take out of the trash.")
class RestoreContactsInput:
    contacts: ContactSelection = strawberry.field(description="Which contacts; of a number, the one trashed last.")


@strawberry.input(description="Contacts to delete for good. For MANAGER and ADMIN where it is not from the trash.")
class PurgeContactsInput:
    contacts: ContactSelection = strawberry.field(description="Which contacts; of a number, the one trashed last.")
    from_anywhere: bool = strawberry.field(
        default=False, description="Also what is outside the trash; for MANAGER and ADMIN."
    )
    opt_out: bool = strawberry.field(default=False, description="Also opt the numbers out, for good.")
