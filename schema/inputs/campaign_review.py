"""The Review step: what is given to it."""

from datetime import datetime
from enum import Enum

import strawberry
from strawberry import UNSET

from schema.scalars import CountryCode, JSONObject, PhoneNumber
from services.campaign_review import MAX_ROWS
from services.review_application import MAX_INDEXES
from services.review_configuration import MAX_SEGMENT_ID, MAX_SEGMENTS, MAX_USERS


@strawberry.enum(description="Where a row of a review falls: into exactly one, the first whose rule holds.")
class ReviewBucket(Enum):
    NEW = strawberry.enum_value("NEW", description="The number is no contact's outside the trash.")
    EXISTING = strawberry.enum_value("EXISTING", description="A contact that is yours or nobody's, not messaged yet.")
    ASSIGNED_TO_OTHER_USERS = strawberry.enum_value(
        "ASSIGNED_TO_OTHER_USERS", description="Only others work on the contact."
    )
    ALREADY_MESSAGED_OUTBOUND = strawberry.enum_value(
        "ALREADY_MESSAGED_OUTBOUND", description="A contact that was written to and has never written."
    )
    ALREADY_MESSAGED_INBOUND = strawberry.enum_value(
        "ALREADY_MESSAGED_INBOUND", description="A contact that has written."
    )
    ASSIGNED_TO_YOU_NOT_OWNED = strawberry.enum_value(
        "ASSIGNED_TO_YOU_NOT_OWNED", description="You work on the contact, and it is not yours."
    )
    PROTECTED = strawberry.enum_value(
        "PROTECTED", description="Somebody else's since so short a while that colleagues have to keep off."
    )
    INVALID = strawberry.enum_value("INVALID", description="No number, or a text that is none.")
    DUPLICATE = strawberry.enum_value("DUPLICATE", description="An earlier row has the number.")


@strawberry.enum(description="What else is true of a row. You: those for whom the row would be messaged.")
class ReviewFlag(Enum):
    PROTECTED = strawberry.enum_value("PROTECTED", description="Colleagues of the contact's owner have to keep off.")
    OWNED_BY_YOU = strawberry.enum_value("OWNED_BY_YOU", description="The contact's owner is one of you.")
    OWNED_BY_OTHER = strawberry.enum_value("OWNED_BY_OTHER", description="The contact's owner is somebody else.")
    UNOWNED = strawberry.enum_value("UNOWNED", description="The contact has no owner who is active.")
    ASSIGNED_TO_YOU = strawberry.enum_value("ASSIGNED_TO_YOU", description="One of you works on the contact.")
    ASSIGNED_TO_OTHER = strawberry.enum_value("ASSIGNED_TO_OTHER", description="Somebody else works on the contact.")
    MESSAGED_OUTBOUND = strawberry.enum_value("MESSAGED_OUTBOUND", description="The number was written to.")
    MESSAGED_INBOUND = strawberry.enum_value("MESSAGED_INBOUND", description="The number has written.")
    OPTED_OUT = strawberry.enum_value("OPTED_OUT", description="The number may not be messaged.")
    IN_TRASH = strawberry.enum_value("IN_TRASH", description="Only a contact in the trash has the number.")
    UNKNOWN_NETWORK = strawberry.enum_value(
        "UNKNOWN_NETWORK", description="No mobile network is known for the number, where the account asks for one."
    )
    ALREADY_IN_CAMPAIGN = strawberry.enum_value(
        "ALREADY_IN_CAMPAIGN", description="The contact is in the campaign that the review is of."
    )


@strawberry.enum(description="How the rows of a review are divided among users.")
class AssignmentType(Enum):
    SELECTED_USERS = strawberry.enum_value("SELECTED_USERS", description="Among selectedUsers.")
    PER_SEGMENT = strawberry.enum_value(
        "PER_SEGMENT", description="Among the users of the row's segment; where it names none, among selectedUsers."
    )


@strawberry.input(description="One row of the caller's file. Its place is its index, from 0.")
class ReviewContactInput:
    phone_number: PhoneNumber | None = strawberry.field(
        default=UNSET, description="The number, in any written form; a row without one is INVALID."
    )
    first_name: str | None = strawberry.field(
        default=UNSET, description="For a contact that has to be made, which keeps 200 characters of it."
    )
    last_name: str | None = strawberry.field(
        default=UNSET, description="For a contact that has to be made, which keeps 200 characters of it."
    )
    columns: JSONObject | None = strawberry.field(
        default=UNSET,
        description="The row's other cells, given back as they came; in the campaign they are its extractedData.",
    )


@strawberry.input(description="A slice of a campaign's contacts.")
class SegmentInput:
    segment_id: str = strawberry.field(
        description=f"The caller's own name for it, at most {MAX_SEGMENT_ID} characters; each once."
    )
    contact_count: int = strawberry.field(description="How many rows it takes; the last segment takes what is left.")
    scheduled_date: datetime | None = strawberry.field(default=UNSET, description="When it is due.")


@strawberry.input(description="Whether rows are put into segments.")
class SegmentationConfigInput:
    enabled: bool = strawberry.field(default=False, description="False: what else stands here is ignored.")
    contact_distribution: list[SegmentInput] | None = strawberry.field(
        default=UNSET,
        description=(
            f"At most {MAX_SEGMENTS}; filled in row order by the rows that are neither INVALID nor DUPLICATE."
        ),
    )


@strawberry.input(description="The users of one segment.")
class SegmentAssignmentInput:
    segment_id: str = strawberry.field(description="One of contactDistribution.")
    user_ids: list[strawberry.ID] = strawberry.field(description="Active users; none: selectedUsers.")


@strawberry.input(
    description=f"Whether rows are for other users than the caller; at most {MAX_USERS}, wherever they are named."
)
class AssignmentConfigInput:
    is_assignment_enabled: bool = strawberry.field(
        default=False, description="False: all rows are for the caller's user, and what else stands here is ignored."
    )
    assignment_type: AssignmentType | None = strawberry.field(
        default=UNSET, description="Must be given where assignment is enabled; PER_SEGMENT needs segmentation."
    )
    selected_users: list[strawberry.ID] | None = strawberry.field(
        default=UNSET, description="Active users, at least one for SELECTED_USERS. An AGENT names nobody else."
    )
    segment_assignments: list[SegmentAssignmentInput] | None = strawberry.field(
        default=UNSET, description="The users of segments, for PER_SEGMENT."
    )


@strawberry.input(description="Rows to sort for the Review step, and for whom.")
class ValidateCampaignContactsInput:
    contacts: list[ReviewContactInput] = strawberry.field(description=f"1 to {MAX_ROWS} rows.")
    campaign_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="The campaign that they are for, where there is one already."
    )
    region: CountryCode | None = strawberry.field(
        default=UNSET, description="For numbers without a country code; the account's where absent."
    )
    segmentation_config: SegmentationConfigInput | None = strawberry.field(default=UNSET, description="Off if absent.")
    assignment_config: AssignmentConfigInput | None = strawberry.field(default=UNSET, description="Off if absent.")


@strawberry.input(description="Which rows of a review to add to its campaign.")
class ApplyCampaignReviewInput:
    review_id: strawberry.ID = strawberry.field(description="A review of less than a day ago.")
    campaign_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="Needed where the review has no campaign; else the same, or absent."
    )
    buckets: list[ReviewBucket] | None = strawberry.field(
        default=UNSET,
        description=(
            "NEW and EXISTING where absent. INVALID, DUPLICATE and ASSIGNED_TO_OTHER_USERS can't be added, PROTECTED "
            "only with overrideProtection."
        ),
    )
    indexes: list[int] | None = strawberry.field(
        default=UNSET, description=f"Narrows it to these rows; at most {MAX_INDEXES}."
    )
    except_indexes: list[int] | None = strawberry.field(
        default=UNSET, description=f"Takes these rows out; at most {MAX_INDEXES}."
    )
    override_protection: bool = strawberry.field(
        default=False, description="Lets PROTECTED be named in buckets; for MANAGER and ADMIN."
    )
