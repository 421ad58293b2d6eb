"""Inputs of the Review step."""

from datetime import datetime
from enum import Enum

import strawberry
from strawberry import UNSET

from schema.descriptions import REGION
from schema.execution import BatchRow
from schema.scalars import CountryCode, JSONObject, PhoneNumber
from services.reviews.applying import MAX_INDEXES
from services.reviews.configuration import MAX_SEGMENT_ID, MAX_SEGMENTS, MAX_USERS
from services.reviews.validation import MAX_ROWS


@strawberry.enum(
    description=(
        'Result of the classification of a row: exactly one bucket, the first whose rule applies. "You" means '
        "the users who would message the contact."
    )
)
class ReviewBucket(Enum):
    NEW = strawberry.enum_value("NEW", description="No contact outside the trash has the number.")
    EXISTING = strawberry.enum_value(
        "EXISTING", description="The contact is yours or unassigned, and not messaged yet."
    )
    ASSIGNED_TO_OTHER_USERS = strawberry.enum_value(
        "ASSIGNED_TO_OTHER_USERS", description="Only other users work on the contact."
    )
    ALREADY_MESSAGED_OUTBOUND = strawberry.enum_value(
        "ALREADY_MESSAGED_OUTBOUND", description="The contact received a message and has not sent one."
    )
    ALREADY_MESSAGED_INBOUND = strawberry.enum_value(
        "ALREADY_MESSAGED_INBOUND", description="The contact has sent a message."
    )
    ASSIGNED_TO_YOU_NOT_OWNED = strawberry.enum_value(
        "ASSIGNED_TO_YOU_NOT_OWNED", description="You work on the contact, but do not own it."
    )
    PROTECTED = strawberry.enum_value(
        "PROTECTED", description="Recently assigned to another user, and protected from other users."
    )
    INVALID = strawberry.enum_value(
        "INVALID", description="The row has no phone number, or a text that cannot be read as one."
    )
    DUPLICATE = strawberry.enum_value("DUPLICATE", description="An earlier row has the same number.")


@strawberry.enum(description='A further fact about a row. "You" means the users who would message the contact.')
class ReviewFlag(Enum):
    PROTECTED = strawberry.enum_value(
        "PROTECTED", description="The contact is protected from users other than its owner."
    )
    OWNED_BY_YOU = strawberry.enum_value("OWNED_BY_YOU", description="One of you owns the contact.")
    OWNED_BY_OTHER = strawberry.enum_value("OWNED_BY_OTHER", description="Another user owns the contact.")
    UNOWNED = strawberry.enum_value("UNOWNED", description="The contact has no active owner.")
    ASSIGNED_TO_YOU = strawberry.enum_value("ASSIGNED_TO_YOU", description="One of you is an assignee of the contact.")
    ASSIGNED_TO_OTHER = strawberry.enum_value(
        "ASSIGNED_TO_OTHER", description="Another user is an assignee of the contact."
    )
    MESSAGED_OUTBOUND = strawberry.enum_value(
        "MESSAGED_OUTBOUND", description="The number received a message that counts."
    )
    MESSAGED_INBOUND = strawberry.enum_value("MESSAGED_INBOUND", description="The number sent a message that counts.")
    OPTED_OUT = strawberry.enum_value("OPTED_OUT", description="The number has opted out of messages.")
    IN_TRASH = strawberry.enum_value("IN_TRASH", description="Only a contact in the trash has the number.")
    UNKNOWN_NETWORK = strawberry.enum_value(
        "UNKNOWN_NETWORK",
        description="The server finds no mobile network for the number, and the account's networkCheck requires one.",
    )
    ALREADY_IN_CAMPAIGN = strawberry.enum_value(
        "ALREADY_IN_CAMPAIGN", description="The contact is already in the review's campaign."
    )


@strawberry.enum(description="Method to distribute the rows of a review among users.")
class AssignmentType(Enum):
    SELECTED_USERS = strawberry.enum_value("SELECTED_USERS", description="Distributes rows among selectedUsers.")
    PER_SEGMENT = strawberry.enum_value(
        "PER_SEGMENT",
        description="Distributes rows among the users of their segment, or among selectedUsers if it names none.",
    )


@strawberry.input(description="One row of the client's file. Its index is its position, from 0.")
class ReviewContactInput(BatchRow):
    phone_number: PhoneNumber | None = strawberry.field(
        default=UNSET, description="Phone number in any written form. A row without one is INVALID."
    )
    first_name: str | None = strawberry.field(
        default=UNSET, description="First name for a new contact, which keeps 200 characters of it."
    )
    last_name: str | None = strawberry.field(
        default=UNSET, description="Last name for a new contact, which keeps 200 characters of it."
    )
    columns: JSONObject | None = strawberry.field(
        default=UNSET,
        description="The row's other cells, returned unchanged. In the campaign they become extractedData.",
    )


@strawberry.input(description="A segment of a campaign's contacts.")
class SegmentInput:
    segment_id: str = strawberry.field(
        description=f"The client's name for the segment, at most {MAX_SEGMENT_ID} characters; unique in the call."
    )
    contact_count: int = strawberry.field(
        description="Number of rows in the segment. The last segment also gets all remaining rows."
    )
    scheduled_date: datetime | None = strawberry.field(
        default=UNSET, description="When the segment is due; unset if it has no date."
    )


@strawberry.input(description="Distribution of the rows among segments.")
class SegmentationConfigInput:
    enabled: bool = strawberry.field(
        default=False, description="True turns segmentation on. If false, the other fields are ignored."
    )
    contact_distribution: list[SegmentInput] | None = strawberry.field(
        default=UNSET,
        description=f"At most {MAX_SEGMENTS} segments. Rows fill them in order, except INVALID and DUPLICATE rows.",
    )


@strawberry.input(description="The users of one segment.")
class SegmentAssignmentInput:
    segment_id: str = strawberry.field(description="A segmentId of contactDistribution.")
    user_ids: list[strawberry.ID] = strawberry.field(description="IDs of active users; if empty, selectedUsers apply.")


@strawberry.input(
    description=f"Distribution of the rows among users other than the caller; at most {MAX_USERS} user IDs in total."
)
class AssignmentConfigInput:
    is_assignment_enabled: bool = strawberry.field(
        default=False,
        description=(
            "True turns assignment on. If false, all rows are for the caller's user, and the other fields are ignored."
        ),
    )
    assignment_type: AssignmentType | None = strawberry.field(
        default=UNSET, description="Required if assignment is on. PER_SEGMENT requires segmentation."
    )
    selected_users: list[strawberry.ID] | None = strawberry.field(
        default=UNSET,
        description="IDs of active users; at least one for SELECTED_USERS. An AGENT may only name themself.",
    )
    segment_assignments: list[SegmentAssignmentInput] | None = strawberry.field(
        default=UNSET, description="Users of the segments, for PER_SEGMENT."
    )


@strawberry.input(description="Rows to classify for the Review step, with options.")
class ValidateCampaignContactsInput:
    contacts: list[ReviewContactInput] = strawberry.field(
        description=f"1 to {MAX_ROWS} rows, in the order of the file."
    )
    campaign_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="ID of the campaign that the rows are for; unset if it does not exist yet."
    )
    region: CountryCode | None = strawberry.field(default=UNSET, description=REGION)
    segmentation_config: SegmentationConfigInput | None = strawberry.field(
        default=UNSET, description="Distribution among segments; none if unset."
    )
    assignment_config: AssignmentConfigInput | None = strawberry.field(
        default=UNSET, description="Distribution among users; none if unset."
    )


@strawberry.input(description="Selects the rows of a review to add to its campaign.")
class ApplyCampaignReviewInput:
    review_id: strawberry.ID = strawberry.field(description="ID of a review that is less than a day old.")
    campaign_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="ID of the campaign. Required if the review has none; otherwise the same or unset."
    )
    buckets: list[ReviewBucket] | None = strawberry.field(
        default=UNSET,
        description=(
            "Buckets to add; NEW and EXISTING if unset. If indexes is unset as well, opted-out numbers are left out. "
            "INVALID, DUPLICATE and ASSIGNED_TO_OTHER_USERS cannot be "
            "added, PROTECTED only with overrideProtection."
        ),
    )
    indexes: list[int] | None = strawberry.field(
        default=UNSET, description=f"Adds only rows with these indexes; at most {MAX_INDEXES}."
    )
    except_indexes: list[int] | None = strawberry.field(
        default=UNSET, description=f"Leaves out rows with these indexes; at most {MAX_INDEXES}."
    )
    override_protection: bool = strawberry.field(
        default=False, description="Allows the bucket PROTECTED. Requires the role MANAGER or ADMIN."
    )
