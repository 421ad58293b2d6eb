"""What the Review step found."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any

import strawberry

from schema.errors import UserError, to_user_error
from schema.execution import column, computed, loaded_by, relation
from schema.ids import Prefix, encode_many
from schema.inputs.campaign_review import ReviewBucket, ReviewFlag
from schema.pagination import After, Connection, First
from schema.permissions import CanReadContacts
from schema.scalars import JSONObject
from schema.types.campaign import Campaign
from schema.types.contact import Contact
from schema.types.node import Node
from schema.types.user import User
from services.classification import Bucket, Flag
from services.refusal import Code, Refusal


def _error(problem: tuple[str, str, str, str | None] | None, index: int) -> UserError | None:
    if problem is None:
        return None
    code, message, value, suggestion = problem
    is_unreadable = code == Code.INVALID_PHONE_NUMBER
    refusal = Refusal(Code(code), message, value=value if is_unreadable else None, suggestion=suggestion)
    return to_user_error(refusal, "input", "contacts", str(index), "phoneNumber")


@strawberry.type(description="A row of the caller's file, and what was found of it.")
class ReviewEntry:
    id: strawberry.ID = column(
        convert_many=partial(encode_many, Prefix.REVIEW_ENTRY),
        description="The same for this row of this review at all times, for caches; node does not take it.",
    )
    index: int = column(description="The row's place in the input, from 0.")
    bucket: ReviewBucket = column("bucket_name", description="Where it falls.")
    phone_number: str | None = column(description="The number in E.164 where it could be read, else as given.")
    first_name: str | None = column(description="As given.")
    last_name: str | None = column(description="As given.")
    columns: JSONObject = column(description="The row's other cells, as given.")
    contact: Contact | None = relation(
        "contacts_by_id",
        key="contact_id",
        permission_classes=[CanReadContacts],
        description="The contact outside the trash that had the number; null by now where it was purged.",
    )
    flags: list[ReviewFlag] = column(description="What else is true of it.")
    protected_until: datetime | None = column(description="Until when its contact is out of reach, where it is.")
    last_inbound_at: datetime | None = column(description="When the last message that counts came from the number.")
    last_outbound_at: datetime | None = column(description="When the last message that counts went to the number.")
    segment_id: str | None = column(description="The segment that it is in.")
    target_user: User | None = relation(
        "users_by_id", key="target_user_id", description="For whom the row would be messaged, where it may be ticked."
    )
    is_selected_by_default: bool = column(description="Whether the Review step should tick it from the start.")
    is_selectable: bool = column(description="Whether it may be ticked at all.")
    duplicate_of_index: int | None = column(description="The first row that has its number, for a DUPLICATE.")
    error: UserError | None = computed("problem", "index", resolve=_error, description="Why it is INVALID.")


ReviewEntryConnection = Connection[ReviewEntry]


@strawberry.type(description="How many rows a review has in each bucket.")
class ReviewCounts:
    total: int = strawberry.field(description="The rows given; the nine below add up to it.")
    new_contacts: int = strawberry.field(description="In NEW.")
    existing_contacts: int = strawberry.field(description="In EXISTING.")
    assigned_to_other_users: int = strawberry.field(description="In ASSIGNED_TO_OTHER_USERS.")
    already_messaged_outbound: int = strawberry.field(description="In ALREADY_MESSAGED_OUTBOUND.")
    already_messaged_inbound: int = strawberry.field(description="In ALREADY_MESSAGED_INBOUND.")
    assigned_to_you_not_owned: int = strawberry.field(description="In ASSIGNED_TO_YOU_NOT_OWNED.")
    protected_contacts: int = strawberry.field(description="In PROTECTED.")
    invalid_contacts: int = strawberry.field(description="In INVALID.")
    duplicate_contacts: int = strawberry.field(description="In DUPLICATE.")
    opted_out: int = strawberry.field(description="With the flag OPTED_OUT, whatever the bucket.")


def _counts(kept: dict[str, Any]) -> ReviewCounts:
    return ReviewCounts(
        total=sum(kept[bucket.value] for bucket in Bucket),
        new_contacts=kept[Bucket.NEW],
        existing_contacts=kept[Bucket.EXISTING],
        assigned_to_other_users=kept[Bucket.ASSIGNED_TO_OTHER_USERS],
        already_messaged_outbound=kept[Bucket.ALREADY_MESSAGED_OUTBOUND],
        already_messaged_inbound=kept[Bucket.ALREADY_MESSAGED_INBOUND],
        assigned_to_you_not_owned=kept[Bucket.ASSIGNED_TO_YOU_NOT_OWNED],
        protected_contacts=kept[Bucket.PROTECTED],
        invalid_contacts=kept[Bucket.INVALID],
        duplicate_contacts=kept[Bucket.DUPLICATE],
        opted_out=kept[Flag.OPTED_OUT],
    )


def _bucket(bucket: Bucket, description: str) -> Any:
    return relation(f"{bucket.lower()}_entries_by_review", key="directory", description=description)


@strawberry.type(description="What the Review step found. It is kept for a day, and gone then.")
class CampaignReview(Node):
    id: strawberry.ID = column(convert_many=partial(encode_many, Prefix.CAMPAIGN_REVIEW), description="Names it.")
    campaign: Campaign | None = relation(
        "campaigns_by_id", key="campaign_id", description="The campaign that it is of, where it was asked with one."
    )
    new_contacts: list[ReviewEntry] = _bucket(Bucket.NEW, "Rows whose number no contact outside the trash has.")
    existing_contacts: list[ReviewEntry] = _bucket(
        Bucket.EXISTING, "Rows of contacts that are yours or nobody's, not messaged yet."
    )
    assigned_to_other_users: list[ReviewEntry] = _bucket(
        Bucket.ASSIGNED_TO_OTHER_USERS, "Rows of contacts on which only others work."
    )
    already_messaged_outbound: list[ReviewEntry] = _bucket(
        Bucket.ALREADY_MESSAGED_OUTBOUND, "Rows of contacts that were written to and have never written."
    )
    already_messaged_inbound: list[ReviewEntry] = _bucket(
        Bucket.ALREADY_MESSAGED_INBOUND, "Rows of contacts that have written."
    )
    assigned_to_you_not_owned: list[ReviewEntry] = _bucket(
        Bucket.ASSIGNED_TO_YOU_NOT_OWNED, "Rows of contacts on which you work, and which are not yours."
    )
    protected_contacts: list[ReviewEntry] = _bucket(
        Bucket.PROTECTED, "Rows of contacts from which colleagues of their owner have to keep off."
    )
    invalid_contacts: list[ReviewEntry] = _bucket(Bucket.INVALID, "Rows with no number, or with a text that is none.")
    duplicate_contacts: list[ReviewEntry] = _bucket(Bucket.DUPLICATE, "Rows whose number an earlier row had.")

    @loaded_by(
        "entries_by_review",
        key="directory",
        description="All entries, or those of some buckets, in pages, in the order of the rows.",
    )
    def entries(
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        buckets: Annotated[
            list[ReviewBucket] | None, strawberry.argument(description="Only those in any of these.")
        ] = strawberry.UNSET,
        flags: Annotated[
            list[ReviewFlag] | None, strawberry.argument(description="Only those with any of these.")
        ] = strawberry.UNSET,
    ) -> ReviewEntryConnection: ...

    counts: ReviewCounts = computed("counts", resolve=_counts, description="Its entries, counted.")
    created_at: datetime = column(description="When the rows were sorted.")
    expires_at: datetime = column(description="When it is gone.")
