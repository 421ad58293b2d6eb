"""The result of a campaign review."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any

import strawberry

from schema.descriptions import INDEX
from schema.errors import UserError, to_user_error
from schema.execution import column, computed, loaded_by, relation
from schema.ids import IdPrefix, encode_many
from schema.inputs.campaign_review import ReviewBucket, ReviewFlag
from schema.pagination import After, Connection, First
from schema.permissions import CanReadContacts
from schema.scalars import JSONObject
from schema.types.campaign import Campaign
from schema.types.contact import Contact
from schema.types.node import Node
from schema.types.user import User
from services.refusal import Code, Refusal
from services.reviews.classification import Bucket, Flag


def _error(problem: tuple[str, str, str, str | None] | None, index: int) -> UserError | None:
    if problem is None:
        return None
    code, message, value, suggestion = problem
    is_unreadable = code == Code.INVALID_PHONE_NUMBER
    refusal = Refusal(Code(code), message, value=value if is_unreadable else None, suggestion=suggestion)
    return to_user_error(refusal, "input", "contacts", str(index), "phoneNumber")


@strawberry.type(description="A row of the client's file, and how the review classified it.")
class ReviewEntry:
    id: strawberry.ID = column(
        convert_many=partial(encode_many, IdPrefix.REVIEW_ENTRY),
        description="Opaque ID for client caches, constant for this row of this review. node does not accept it.",
    )
    index: int = column(description=INDEX)
    bucket: ReviewBucket = column(
        "bucket_name", description="Result of the classification; each row has exactly one bucket."
    )
    phone_number: str | None = column(description="Phone number as E.164; if it cannot be read, the text as sent.")
    first_name: str | None = column(description="First name as the client sent it; null if unset.")
    last_name: str | None = column(description="Last name as the client sent it; null if unset.")
    columns: JSONObject = column(longest=65_536, description="The row's other cells as the client sent them.")
    contact: Contact | None = relation(
        "contacts_by_id",
        key="contact_id",
        permission_classes=[CanReadContacts],
        description=(
            "Contact outside the trash that had the number at the review; null if there was none or it was purged "
            "since. Requires the scope CONTACTS_READ."
        ),
    )
    flags: list[ReviewFlag] = column(description="Further facts about the row, besides its bucket.")
    protected_until: datetime | None = column(
        description="When the contact's protection ends; null if it is not protected."
    )
    last_inbound_at: datetime | None = column(
        description="When the last message that counts came from the number; null if there is none."
    )
    last_outbound_at: datetime | None = column(
        description="When the last message that counts went to the number; null if there is none."
    )
    segment_id: str | None = column(description="Segment of the row; null without segmentation.")
    target_user: User | None = relation(
        "users_by_id",
        key="target_user_id",
        description="User who is to message the contact; null if the row is not selectable or there is no such user.",
    )
    is_selected_by_default: bool = column(
        description="True if the Review step should select the row initially: selectable rows of NEW and EXISTING."
    )
    is_selectable: bool = column(
        description=(
            "True if the row may be selected. False for INVALID, DUPLICATE, ASSIGNED_TO_OTHER_USERS, PROTECTED and "
            "opted-out numbers."
        )
    )
    duplicate_of_index: int | None = column(
        description="For a DUPLICATE, the index of the first row with the number; null otherwise."
    )
    error: UserError | None = computed(
        "problem", "index", resolve=_error, description="Reason for the bucket INVALID; null in other buckets."
    )


ReviewEntryConnection = Connection[ReviewEntry]


@strawberry.type(description="Number of rows in each bucket of a review.")
class ReviewCounts:
    total: int = strawberry.field(description="Number of all rows; the nine buckets below add up to it.")
    new_contacts: int = strawberry.field(description="Number of rows in the bucket NEW.")
    existing_contacts: int = strawberry.field(description="Number of rows in the bucket EXISTING.")
    assigned_to_other_users: int = strawberry.field(description="Number of rows in the bucket ASSIGNED_TO_OTHER_USERS.")
    already_messaged_outbound: int = strawberry.field(
        description="Number of rows in the bucket ALREADY_MESSAGED_OUTBOUND."
    )
    already_messaged_inbound: int = strawberry.field(
        description="Number of rows in the bucket ALREADY_MESSAGED_INBOUND."
    )
    assigned_to_you_not_owned: int = strawberry.field(
        description="Number of rows in the bucket ASSIGNED_TO_YOU_NOT_OWNED."
    )
    protected_contacts: int = strawberry.field(description="Number of rows in the bucket PROTECTED.")
    invalid_contacts: int = strawberry.field(description="Number of rows in the bucket INVALID.")
    duplicate_contacts: int = strawberry.field(description="Number of rows in the bucket DUPLICATE.")
    opted_out: int = strawberry.field(description="Number of rows with the flag OPTED_OUT, in any bucket.")


def _counts(stored: dict[str, Any]) -> ReviewCounts:
    return ReviewCounts(
        total=sum(stored[bucket.value] for bucket in Bucket),
        new_contacts=stored[Bucket.NEW],
        existing_contacts=stored[Bucket.EXISTING],
        assigned_to_other_users=stored[Bucket.ASSIGNED_TO_OTHER_USERS],
        already_messaged_outbound=stored[Bucket.ALREADY_MESSAGED_OUTBOUND],
        already_messaged_inbound=stored[Bucket.ALREADY_MESSAGED_INBOUND],
        assigned_to_you_not_owned=stored[Bucket.ASSIGNED_TO_YOU_NOT_OWNED],
        protected_contacts=stored[Bucket.PROTECTED],
        invalid_contacts=stored[Bucket.INVALID],
        duplicate_contacts=stored[Bucket.DUPLICATE],
        opted_out=stored[Flag.OPTED_OUT],
    )


def _bucket(bucket: Bucket, description: str) -> Any:
    return relation(f"{bucket.lower()}_entries_by_review", key="directory", description=description)


@strawberry.type(description="Classified rows of the Review step. The server keeps a review for one day.")
class CampaignReview(Node):
    id: strawberry.ID = column(
        convert_many=partial(encode_many, IdPrefix.CAMPAIGN_REVIEW),
        description="Opaque ID of the review; starts with rev_.",
    )
    campaign: Campaign | None = relation(
        "campaigns_by_id",
        key="campaign_id",
        description="Campaign that the rows were reviewed for; null if none was named.",
    )
    new_contacts: list[ReviewEntry] = _bucket(Bucket.NEW, "Rows whose number belongs to no contact outside the trash.")
    existing_contacts: list[ReviewEntry] = _bucket(
        Bucket.EXISTING, "Rows of contacts that are yours or unassigned, and not messaged yet."
    )
    assigned_to_other_users: list[ReviewEntry] = _bucket(
        Bucket.ASSIGNED_TO_OTHER_USERS, "Rows of contacts that only other users work on."
    )
    already_messaged_outbound: list[ReviewEntry] = _bucket(
        Bucket.ALREADY_MESSAGED_OUTBOUND, "Rows of contacts that received a message and have not sent one."
    )
    already_messaged_inbound: list[ReviewEntry] = _bucket(
        Bucket.ALREADY_MESSAGED_INBOUND, "Rows of contacts that have sent a message."
    )
    assigned_to_you_not_owned: list[ReviewEntry] = _bucket(
        Bucket.ASSIGNED_TO_YOU_NOT_OWNED, "Rows of contacts that you work on but do not own."
    )
    protected_contacts: list[ReviewEntry] = _bucket(
        Bucket.PROTECTED, "Rows of contacts that are protected from users other than their owner."
    )
    invalid_contacts: list[ReviewEntry] = _bucket(
        Bucket.INVALID, "Rows without a phone number, or with a text that cannot be read as one."
    )
    duplicate_contacts: list[ReviewEntry] = _bucket(Bucket.DUPLICATE, "Rows with the same number as an earlier row.")

    @loaded_by(
        "entries_by_review",
        key="directory",
        description="Pages of the review's entries in row order, of all buckets or some.",
    )
    def entries(
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        buckets: Annotated[
            list[ReviewBucket] | None,
            strawberry.argument(description="Returns only entries in one of these buckets; all if unset."),
        ] = strawberry.UNSET,
        flags: Annotated[
            list[ReviewFlag] | None,
            strawberry.argument(description="Returns only entries with at least one of these flags; all if unset."),
        ] = strawberry.UNSET,
    ) -> ReviewEntryConnection: ...

    counts: ReviewCounts = computed("counts", resolve=_counts, description="Number of entries in each bucket.")
    created_at: datetime = column(description="When the server classified the rows.")
    expires_at: datetime = column(description="When the server deletes the review.")
