"""Campaigns as they are given, changed and filled."""

from datetime import datetime
from enum import Enum

import strawberry
from strawberry import UNSET, Maybe

from schema.inputs.contact import MAX_ROWS, ContactSelection
from schema.scalars import CountryCode, JSONObject, PhoneNumber
from schema.types.campaign import CampaignStatus
from schema.types.message import Channel

MAX_LISTS = 100

_NAME = "What people call it; at most 200 characters. Need not be unique."
_DESCRIPTION = "What it is for; at most 2000 characters."
_SCHEDULED_AT = "When it is to start. Nothing starts by itself: whoever sends sets the status."
_LISTS = (
    f"At most {MAX_LISTS} lists whose members become its contacts when it leaves DRAFT: those outside the trash, not "
    "opted out, not protected, and with an e-mail address where it is a campaign by e-mail."
)


@strawberry.input(description="A new campaign, in DRAFT.")
class CreateCampaignInput:
    name: str = strawberry.field(description=_NAME)
    description: str | None = strawberry.field(default=UNSET, description=_DESCRIPTION)
    channel: Channel = strawberry.field(default=Channel.SMS, description="The way its messages take.")
    scheduled_at: datetime | None = strawberry.field(default=UNSET, description=_SCHEDULED_AT)
    list_ids: list[strawberry.ID] | None = strawberry.field(default=UNSET, description=_LISTS)


@strawberry.input(description="What to change of a campaign. An absent field stays as it is; null clears it.")
class UpdateCampaignInput:
    id: strawberry.ID = strawberry.field(description="Which campaign.")
    name: Maybe[str | None] = strawberry.field(description=f"{_NAME} Can't be null.")
    description: Maybe[str | None] = strawberry.field(description=_DESCRIPTION)
    channel: Maybe[Channel | None] = strawberry.field(
        description="The way its messages take; can't be null. Changes in DRAFT alone, else WRONG_STATE."
    )
    status: Maybe[CampaignStatus | None] = strawberry.field(
        description=(
            "Can't be null. It moves from DRAFT to SCHEDULED, from SCHEDULED to RUNNING or back to DRAFT, between "
            "RUNNING and PAUSED, from either of them to COMPLETED, and from there to ARCHIVED; another move is "
            "WRONG_STATE. The status that it has already changes nothing."
        )
    )
    scheduled_at: Maybe[datetime | None] = strawberry.field(description=_SCHEDULED_AT)
    list_ids: Maybe[list[strawberry.ID] | None] = strawberry.field(
        description=(
            f"Replaces them all; only where the campaign is in DRAFT, or goes back to it, else WRONG_STATE. {_LISTS}"
        )
    )


@strawberry.input(description="A campaign to delete.")
class DeleteCampaignInput:
    id: strawberry.ID = strawberry.field(description="Which campaign; not one that is RUNNING or PAUSED.")


@strawberry.enum(description="What to do with a row whose contact is in the campaign already.")
class IfDuplicate(Enum):
    SKIP = strawberry.enum_value("SKIP", description="Leave it as it is.")
    UPDATE = strawberry.enum_value(
        "UPDATE",
        description=(
            "Overwrite name, context, extractedData (as a whole) and externalId with what is given; absent keeps, null "
            "clears."
        ),
    )


@strawberry.input(description="Somebody for a campaign. Texts are trimmed; an empty one is no value.")
class CampaignContactInput:
    contact: PhoneNumber | None = strawberry.field(
        default=UNSET, description="The phone number, in any written form. Absent or blank: MISSING_CONTACT."
    )
    region: CountryCode | None = strawberry.field(
        default=UNSET, description="For a number without a country code; the account's where absent."
    )
    name: Maybe[str | None] = strawberry.field(
        description="The name to use in this campaign, and for a new contact its name; at most 200 characters."
    )
    context: Maybe[str | None] = strawberry.field(
        description="Free text for whoever, or whatever, speaks with the contact; at most 10000 characters."
    )
    extracted_data: Maybe[JSONObject | None] = strawberry.field(
        description="What the source held besides: at most 65536 bytes as JSON, nested at most 32 deep."
    )
    external_id: Maybe[str | None] = strawberry.field(
        description="The caller's own id for this row; at most 200 characters. Need not be unique."
    )


@strawberry.input(description=f"1 to {MAX_ROWS} contacts for a campaign, each on its own.")
class AddCampaignContactsInput:
    campaign_id: strawberry.ID = strawberry.field(
        description="Which campaign; one that is COMPLETED or ARCHIVED takes no contacts (WRONG_STATE)."
    )
    contacts: list[CampaignContactInput] = strawberry.field(
        description=(
            f"The rows, 1 to {MAX_ROWS}; they act in their order. A number that no contact outside the trash has "
            "becomes a contact of the caller's user."
        )
    )
    if_duplicate: IfDuplicate = strawberry.field(
        default=IfDuplicate.SKIP, description="What to do where the contact is in the campaign already."
    )
    override_protection: bool = strawberry.field(
        default=False, description="Take protected contacts as well; for MANAGER and ADMIN."
    )


@strawberry.input(description="Contacts to take out of a campaign.")
class RemoveCampaignContactsInput:
    campaign_id: strawberry.ID = strawberry.field(description="Which campaign.")
    contacts: ContactSelection = strawberry.field(description="Which contacts, outside the trash.")
