"""Inputs for opt-outs, verification and bulk changes of contacts."""

from enum import Enum

import strawberry
from strawberry import UNSET

from schema.descriptions import ANY_PHONE, OVERRIDE_PROTECTION, REGION, VISIBLE_CONTACTS
from schema.inputs.contact import ContactSelection
from schema.inputs.contact_filter import ContactKey
from schema.scalars import CountryCode, PhoneNumber

MAX_NUMBERS = 1000
_REASON = "Reason of the change, in the client's words; at most 1000 characters."


@strawberry.input(description="The phone number to opt out.")
class OptOutInput:
    phone: PhoneNumber = strawberry.field(description=ANY_PHONE)
    region: CountryCode | None = strawberry.field(default=UNSET, description=REGION)
    reason: str | None = strawberry.field(default=UNSET, description=_REASON)


@strawberry.input(description="The phone numbers to opt out.")
class OptOutNumbersInput:
    phones: list[PhoneNumber] = strawberry.field(
        description=(
            f"1 to {MAX_NUMBERS} phone numbers in any written form, with or without a contact. A bad number does not "
            "affect the others."
        )
    )
    region: CountryCode | None = strawberry.field(default=UNSET, description=REGION)
    reason: str | None = strawberry.field(default=UNSET, description=_REASON)


@strawberry.input(description="The phone number to opt in again.")
class OptInInput:
    phone: PhoneNumber = strawberry.field(description=ANY_PHONE)
    region: CountryCode | None = strawberry.field(default=UNSET, description=REGION)
    reason: str | None = strawberry.field(default=UNSET, description=_REASON)


@strawberry.enum(
    description=(
        "Change of a contact's verification. REQUEST records the event contact.verification_requested, which asks for "
        "a verification message; the contact's first inbound message then verifies it. CONFIRM and REVOKE set it "
        "manually."
    )
)
class VerificationAction(Enum):
    REQUEST = strawberry.enum_value(
        "REQUEST",
        description=(
            "Requests a verification message, at most once a minute for a number and never for an opted-out one "
            "(OPTED_OUT). An earlier repetition returns the same result without a new request."
        ),
    )
    CONFIRM = strawberry.enum_value("CONFIRM", description="Marks the number as verified from now on.")
    REVOKE = strawberry.enum_value(
        "REVOKE", description="Removes the verification. Messages verify the number again only after another REQUEST."
    )


@strawberry.input(description="A contact, and the change of its verification.")
class VerifyContactInput:
    contact: ContactKey = strawberry.field(description="Key of the contact, which must be outside the trash.")
    action: VerificationAction = strawberry.field(
        default=VerificationAction.REQUEST, description="Change of the verification."
    )


@strawberry.input(description="Contacts, and changes of their owner and assignees.")
class AssignContactsInput:
    contacts: ContactSelection = strawberry.field(description=VISIBLE_CONTACTS)
    owner_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="ID of an active user who becomes the owner; null removes the owner."
    )
    add_assignee_ids: list[strawberry.ID] | None = strawberry.field(
        default=UNSET, description="IDs of active users to add as assignees, at most 100."
    )
    remove_assignee_ids: list[strawberry.ID] | None = strawberry.field(
        default=UNSET, description="IDs of users to remove from the assignees, at most 100."
    )
    override_protection: bool = strawberry.field(default=False, description=OVERRIDE_PROTECTION)


@strawberry.input(description="Contacts, and tags to add and remove.")
class TagContactsInput:
    contacts: ContactSelection = strawberry.field(description=VISIBLE_CONTACTS)
    add: list[str] | None = strawberry.field(
        default=UNSET, description="Tags to add: at most 50 of 1 to 64 characters each, without ; and |."
    )
    remove: list[str] | None = strawberry.field(default=UNSET, description="Tags to remove, at most 50.")


@strawberry.input(description="Contacts to move to the trash.")
class TrashContactsInput:
    contacts: ContactSelection = strawberry.field(description="Contacts to move to the trash.")


@strawberry.input(description="Contacts to restore from the trash.")
class RestoreContactsInput:
    contacts: ContactSelection = strawberry.field(
        description="Contacts in the trash. A phone number selects the contact that was trashed last."
    )


@strawberry.input(
    description="Contacts to delete permanently. Outside the trash this requires the role MANAGER or ADMIN."
)
class PurgeContactsInput:
    contacts: ContactSelection = strawberry.field(
        description="Contacts to delete. A phone number selects the contact that was trashed last."
    )
    from_anywhere: bool = strawberry.field(
        default=False, description="Also deletes contacts outside the trash. Requires the role MANAGER or ADMIN."
    )
    opt_out: bool = strawberry.field(default=False, description="Also opts the phone numbers out permanently.")
