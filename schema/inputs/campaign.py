"""Inputs that create and change campaigns and their contacts."""

from datetime import datetime
from enum import Enum

import strawberry
from strawberry import UNSET, Maybe

from schema.descriptions import CAMPAIGN_DESCRIPTION, CAMPAIGN_NAME, OVERRIDE_PROTECTION, REGION, VISIBLE_CONTACTS
from schema.execution import BatchRow
from schema.inputs.contact import MAX_ROWS, ContactSelection
from schema.scalars import CountryCode, JSONObject, PhoneNumber
from schema.types.campaign import CampaignStatus
from schema.types.message import Channel

MAX_LISTS = 100

_SCHEDULED_AT = (
    "Planned start. The server does not start the campaign; the client that sends the messages sets the status."
)
_LISTS = (
    f"IDs of at most {MAX_LISTS} lists. When the campaign leaves DRAFT, their members become its contacts if they are "
    "outside the trash, not opted out and not protected, and for the channel EMAIL have an e-mail address."
)


@strawberry.input(description="Data of a new campaign. It starts in DRAFT.")
class CreateCampaignInput:
    name: str = strawberry.field(description=CAMPAIGN_NAME)
    description: str | None = strawberry.field(default=UNSET, description=CAMPAIGN_DESCRIPTION)
    channel: Channel = strawberry.field(default=Channel.SMS, description="Channel of the campaign's messages.")
    scheduled_at: datetime | None = strawberry.field(default=UNSET, description=_SCHEDULED_AT)
    list_ids: list[strawberry.ID] | None = strawberry.field(default=UNSET, description=_LISTS)


@strawberry.input(description="Changes to a campaign. Unset fields stay unchanged; null clears a field.")
class UpdateCampaignInput:
    id: strawberry.ID = strawberry.field(description="ID of the campaign to change.")
    name: Maybe[str | None] = strawberry.field(description=f"{CAMPAIGN_NAME} Must not be null.")
    description: Maybe[str | None] = strawberry.field(description=CAMPAIGN_DESCRIPTION)
    channel: Maybe[Channel | None] = strawberry.field(
        description="Channel of the campaign's messages; must not be null. Changes only in DRAFT, else WRONG_STATE."
    )
    status: Maybe[CampaignStatus | None] = strawberry.field(
        description=(
            "New status; must not be null. Allowed: DRAFT to SCHEDULED, SCHEDULED to RUNNING or back to DRAFT, between "
            "RUNNING and PAUSED, from both to COMPLETED, COMPLETED to ARCHIVED; otherwise WRONG_STATE. The current "
            "status changes nothing."
        )
    )
    scheduled_at: Maybe[datetime | None] = strawberry.field(description=_SCHEDULED_AT)
    list_ids: Maybe[list[strawberry.ID] | None] = strawberry.field(
        description=(
            f"Replaces all lists. Allowed only if the campaign is in DRAFT or returns to it, else WRONG_STATE. {_LISTS}"
        )
    )


@strawberry.input(description="Names the campaign to delete.")
class DeleteCampaignInput:
    id: strawberry.ID = strawberry.field(description="ID of the campaign; it must not be RUNNING or PAUSED.")


@strawberry.enum(description="Behavior if the row's contact is already in the campaign.")
class IfDuplicate(Enum):
    SKIP = strawberry.enum_value("SKIP", description="Leaves the campaign's entry unchanged.")
    UPDATE = strawberry.enum_value(
        "UPDATE",
        description=(
            "Overwrites name, context, extractedData (as a whole) and externalId with the row's values; unset values "
            "stay, null clears."
        ),
    )


@strawberry.input(description="A contact for a campaign. Texts are trimmed; an empty text counts as unset.")
class CampaignContactInput(BatchRow):
    contact: PhoneNumber | None = strawberry.field(
        default=UNSET, description="Phone number in any written form. Unset or blank: MISSING_CONTACT."
    )
    region: CountryCode | None = strawberry.field(default=UNSET, description=REGION)
    name: Maybe[str | None] = strawberry.field(
        description="Name to use in this campaign, also the name of a new contact; at most 200 characters."
    )
    context: Maybe[str | None] = strawberry.field(
        description="Free text for the person or program that talks with the contact; at most 10000 characters."
    )
    extracted_data: Maybe[JSONObject | None] = strawberry.field(
        description="Other data from the source: at most 65536 bytes as JSON, nested at most 32 levels deep."
    )
    external_id: Maybe[str | None] = strawberry.field(
        description="The client's ID for this row, at most 200 characters. It need not be unique."
    )


@strawberry.input(description=f"1 to {MAX_ROWS} contacts for a campaign. A bad row does not affect the others.")
class AddCampaignContactsInput:
    campaign_id: strawberry.ID = strawberry.field(
        description="ID of the campaign. A COMPLETED or ARCHIVED campaign accepts no contacts (WRONG_STATE)."
    )
    contacts: list[CampaignContactInput] = strawberry.field(
        description=(
            f"1 to {MAX_ROWS} rows, processed in order. A number without a contact outside the trash creates a contact "
            "that the caller's user owns."
        )
    )
    if_duplicate: IfDuplicate = strawberry.field(
        default=IfDuplicate.SKIP, description="Behavior if the row's contact is already in the campaign."
    )
    override_protection: bool = strawberry.field(default=False, description=OVERRIDE_PROTECTION)


@strawberry.input(description="Contacts to remove from a campaign.")
class RemoveCampaignContactsInput:
    campaign_id: strawberry.ID = strawberry.field(description="ID of the campaign to remove contacts from.")
    contacts: ContactSelection = strawberry.field(description=VISIBLE_CONTACTS)
