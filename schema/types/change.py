"""Changes of objects, from which clients synchronize their copies."""

from datetime import UTC, datetime
from enum import Enum
from typing import Annotated

import strawberry

from schema.execution import column
from schema.pagination import PageInfo
from schema.types.campaign import Campaign, CampaignContact
from schema.types.contact import Contact
from schema.types.contact_list import ContactList
from schema.types.opt_out import OptOut
from schema.types.user import User


@strawberry.enum(description="Type of a changed object.")
class SyncKind(Enum):
    CONTACT = strawberry.enum_value(
        "CONTACT",
        description=(
            "A contact: its fields, owner, assignees, tags, lists, opt-out and last messages, in and outside the trash."
        ),
    )
    CONTACT_LIST = strawberry.enum_value("CONTACT_LIST", description="A list, including its contactCount.")
    CAMPAIGN = strawberry.enum_value("CAMPAIGN", description="A campaign, including its contactCount and segments.")
    CAMPAIGN_CONTACT = strawberry.enum_value("CAMPAIGN_CONTACT", description="A contact's entry in a campaign.")
    OPT_OUT = strawberry.enum_value("OPT_OUT", description="The consent state of a phone number.")
    USER = strawberry.enum_value("USER", description="A user, without the counts of contacts.")


SyncObject = Annotated[
    Contact | ContactList | Campaign | CampaignContact | OptOut | User,
    strawberry.union("SyncObject", description="An object that clients can synchronize."),
]


def _instant(seconds: float) -> datetime:
    """Returns an instant from the seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC)


@strawberry.type(
    description=(
        "A changed object in its present state. An object that is deleted with its owner may have no separate change: "
        "the contacts of a deleted campaign, the campaign entries of a purged contact."
    )
)
class Change:
    kind: SyncKind = column(description="Type of the changed object.")
    id: strawberry.ID = column(description="ID of the changed object, even if it is deleted.")
    object: SyncObject | None = column(
        description="The object in its present state; null if it is deleted. A contact in the trash is not deleted."
    )
    is_deleted: bool = column(description="True if the object is deleted: a purged contact, a deleted list.")
    changed_at: datetime = column(convert=_instant, description="When the transaction that made the change began.")


@strawberry.type(description="A changed object, with the cursor of its last change.")
class ChangeEdge:
    cursor: str = strawberry.field(description="Position of the change, for `after`.")
    node: Change = strawberry.field(description="The changed object at this position.")


@strawberry.type(description="One page of changed objects. Objects that are not selected cost no database query.")
class ChangeConnection:
    edges: list[ChangeEdge] = strawberry.field(description="The changed objects of the page, each with its cursor.")
    nodes: list[Change] = strawberry.field(description="The changed objects of the page, without cursors.")
    page_info: PageInfo = strawberry.field(
        description="Position of the page. An empty page has an endCursor, too: the next request begins there."
    )
