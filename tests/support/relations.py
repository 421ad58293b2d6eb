"""An account with fifty rows of every type, and selections that reach every relation of the schema."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from graphql import GraphQLObjectType, get_named_type, is_leaf_type
from strawberry.utils.str_converters import to_camel_case

from models.db import database
from schema.execution.fields import Relation, source_of
from schema.ids import IdPrefix, encode
from services.reviews import storage as review_storage
from services.reviews.classification import Bucket
from services.reviews.entries import Entry, Review
from tests.support.api_client import MONDAY, Api
from tests.support.operations import SCHEMA, leaf_fields
from tests.support.rows import (
    add_audit_event,
    add_to_campaign,
    add_webhook_endpoint,
    insert,
    insert_contacts,
    make_campaign,
    make_job,
    make_message,
    uuid_of,
)

MANY = 50
# Paths from the root to rows of each type with relations. `%s` is the selection on each row, $first the number of rows.
PATHS = {
    "Contact": "contacts(first: $first) { nodes { %s } }",
    "ContactList": "contactLists(first: $first) { nodes { %s } }",
    "User": "users(first: $first) { nodes { %s } }",
    "ApiToken": "tokens(first: $first) { nodes { %s } }",
    "ContactHistoryEntry": "contacts(first: $first) { nodes { rows: history { nodes { %s } } } }",
    "OptOut": "optOuts(first: $first) { nodes { %s } }",
    "ConsentEvent": "optOuts(first: $first) { nodes { rows: events { nodes { %s } } } }",
    "Campaign": "nodes(ids: $campaigns) { ... on Campaign { %s } }",
    "CampaignContact": "nodes(ids: $places) { ... on CampaignContact { %s } }",
    "CampaignReview": "nodes(ids: $reviews) { ... on CampaignReview { %s } }",
    "ReviewEntry": "campaignReview(id: $reviewed) { entries(first: $first) { nodes { %s } } }",
    "Message": "nodes(ids: $messages) { ... on Message { %s } }",
    "Job": "jobs(first: $first) { nodes { %s } }",
    "AuditEvent": "auditEvents(first: $first) { nodes { %s } }",
    "WebhookEndpoint": "webhookEndpoints(first: $first) { nodes { %s } }",
}
# There is one viewer with one account, changes are published one by one, and so are events.
ALONE = {"Viewer", "Account", "ContactChange", "WebhookEvent"}


class Filled:
    """An account with fifty rows of every type, linked to each other."""

    def __init__(self) -> None:
        self.lists: list[str] = []
        self.jobs: list[str] = []
        self.campaigns: list[str] = []
        self.places: list[str] = []
        self.messages: list[str] = []
        self.reviews: list[str] = []
        self.endpoints: list[str] = []
        self.deliveries: list[str] = []
        self.audit_events: list[str] = []
        self.reviewed = ""
        """The id of a review with many rows."""

    def variables(self, count: int) -> dict[str, Any]:
        return {
            "first": count,
            "campaigns": self.campaigns[:count],
            "places": self.places[:count],
            "messages": self.messages[:count],
            "reviews": self.reviews[:count],
            "reviewed": self.reviewed,
        }


async def create_linked_rows(api: Api) -> Filled:
    made = Filled()
    account_id = api.account_id
    async with database.transaction():
        users = [uuid_of(await add_user(api, number)) for number in range(MANY)]
        phones = [f"+2547120000{number:02}" for number in range(MANY)]
        contacts = await insert_contacts(api, [{"phone": phone, "name": f"Contact {phone}"} for phone in phones])
        lists = made.lists = [await add_list(api, number) for number in range(MANY)]
        made.campaigns = [await make_campaign(api, f"Campaign {n}", created_by_id=users[n]) for n in range(MANY)]
        for number, (contact, phone) in enumerate(zip(contacts, phones, strict=True)):
            contact_id, campaign_id = uuid_of(contact), uuid_of(made.campaigns[number])
            await database.execute(
                "UPDATE contact SET owner_id = $2, owned_at = $3 WHERE id = $1", contact_id, users[number], MONDAY
            )
            for list_id in {lists[number], lists[0], lists[1]}:
                await insert(
                    "contact_list_member",
                    account_id=account_id,
                    contact_list_id=uuid_of(list_id),
                    contact_id=contact_id,
                    created_at=MONDAY,
                )
            await insert("contact_assignee", account_id=account_id, contact_id=contact_id, user_id=users[number])
            await insert(
                "campaign_list", account_id=account_id, campaign_id=campaign_id, contact_list_id=uuid_of(lists[number])
            )
            await insert(
                "campaign_segment", account_id=account_id, campaign_id=campaign_id, segment_id="a", contact_count=1
            )
            place = {"assignee_id": users[number], "segment_id": "a"}
            made.places.append(await add_to_campaign(api, made.campaigns[number], contact, **place))
            about: dict[str, Any] = {"campaign_id": campaign_id, "user_id": users[number]}
            made.messages.append(await make_message(api, phone, **about))
            await insert(
                "opt_out",
                account_id=account_id,
                phone=phone,
                is_opted_out=True,
                source="API",
                changed_at=MONDAY,
                changed_by_id=users[number],
            )
            job = await make_job(api, contact_list_id=uuid_of(lists[number]), created_by_id=users[number])
            made.jobs.append(job)
            by: dict[str, Any] = {"user_id": users[number], "token_id": api.caller.token_id, "job_id": uuid_of(job)}
            made.audit_events.append(await add_audit_event(account_id, **by))
            await _add_history(api, contact, job, phone=phone, user_id=users[number])
            await insert(
                "job_row_error",
                account_id=account_id,
                job_id=uuid_of(job),
                line=2,
                position=0,
                code="INVALID_PHONE_NUMBER",
                message="This is not a phone number.",
                is_rejected=True,
            )
            made.reviews.append(await add_review(api, campaign_id, [(contact_id, users[number])] * len(Bucket)))
            about = {"token_id": api.caller.token_id, "created_by_id": users[number]}
            endpoint, delivery, _ = await add_webhook_endpoint(account_id, **about)
            made.endpoints.append(encode(IdPrefix.WEBHOOK_ENDPOINT, endpoint))
            made.deliveries.append(encode(IdPrefix.WEBHOOK_DELIVERY, delivery))
        people = [(uuid_of(contact), user) for contact, user in zip(contacts, users, strict=True)]
        made.reviewed = await add_review(api, uuid_of(made.campaigns[0]), people)
    made.jobs.sort()  # as their connection does, since all have the same instant
    return made


async def _add_history(api: Api, contact: str, job: str, **values: Any) -> None:
    """Adds a change of consent, a change of the contact and one of several contacts."""
    account_id, by, change_id = api.account_id, values["user_id"], database.uuid7()
    event: dict[str, Any] = {"is_opted_out": True, "source": "API", "occurred_at": MONDAY, **values}
    await insert("consent_event", account_id=account_id, id=database.uuid7(), job_id=uuid_of(job), **event)
    change: dict[str, Any] = {"user_id": by, "token_id": api.caller.token_id, "occurred_at": MONDAY}
    changes = [["firstName", None, "Amina"]]
    own = {"account_id": account_id, "contact_id": uuid_of(contact), "id": database.uuid7()}
    await insert("contact_history", **own, action="UPDATE", changes=changes, **change)
    await insert("bulk_change", account_id=account_id, id=change_id, action="TAG", job_id=uuid_of(job), **change)
    linked = {"contact_id": uuid_of(contact), "bulk_change_id": change_id}
    await insert("bulk_change_contact", account_id=account_id, **linked)


async def add_review(api: Api, campaign_id: UUID, people: list[tuple[UUID, UUID]]) -> str:
    """Stores a review with one entry per contact and target user, in the buckets in turn. Returns its id."""
    review = Review(database.uuid7(MONDAY), campaign_id, MONDAY, [])
    for index, (contact_id, user_id) in enumerate(people):
        entry = Entry(review.id, index, list(Bucket)[index % len(Bucket)], "+254712000000", None, None, {})
        entry.contact_id, entry.target_user_id = contact_id, user_id
        review.entries.append(entry)
    await review_storage.store(api.account_id, review)
    return encode(IdPrefix.CAMPAIGN_REVIEW, review.id)


async def add_user(api: Api, number: int) -> str:
    """Creates a user and returns the id."""
    return (await api.make_user(f"User{number}"))[0]


async def add_list(api: Api, number: int) -> str:
    list_id = database.uuid7()
    await insert(
        "contact_list",
        account_id=api.account_id,
        id=list_id,
        name=f"List {number}",
        name_key=f"list {number}",
        contact_count=0,
        created_at=MONDAY,
        updated_at=MONDAY,
    )
    return encode(IdPrefix.CONTACT_LIST, list_id)


def relations() -> Iterator[tuple[str, str]]:
    """Yields the type and the field of every relation of the schema."""
    for name, type_ in SCHEMA.type_map.items():
        if isinstance(type_, GraphQLObjectType) and not name.startswith("__"):
            definition: Any = type_.extensions.get("strawberry-definition")
            for field in definition.fields if definition else ():
                if isinstance(source_of(field), Relation):
                    yield name, to_camel_case(field.python_name)


def has_total(type_name: str, field: str) -> bool:
    """Returns whether a relation is a connection with a total."""
    parent = SCHEMA.type_map[type_name]
    assert isinstance(parent, GraphQLObjectType)
    return "totalCount" in getattr(get_named_type(parent.fields[field].type), "fields", ())


def full_selection(type_name: str, field: str) -> str:
    """Returns a selection of a relation with all fields that need no further relation."""
    parent = SCHEMA.type_map[type_name]
    assert isinstance(parent, GraphQLObjectType)
    type_ = get_named_type(parent.fields[field].type)
    return field if is_leaf_type(type_) else f"{field} {{ {below(type_)} }}"


def below(type_: Any) -> str:
    if not type_.name.endswith("Connection"):
        return " ".join(["__typename", *leaves_without_relations(type_)])
    node = get_named_type(type_.fields["nodes"].type)
    return f"nodes {{ {below(node)} }} edges {{ cursor }} pageInfo {{ hasNextPage endCursor }}"


def leaves_without_relations(type_: Any) -> list[str]:
    related = {field for name, field in relations() if name == type_.name}
    return [name for name in leaf_fields(type_) if name not in related]


def operation(selected: str, filled: Filled, count: int) -> tuple[str, dict[str, Any]]:
    """Returns a query of a selection out of PATHS for `count` rows, and its variables."""
    names = {"first": "Int", "campaigns": "[ID!]!", "places": "[ID!]!", "messages": "[ID!]!", "reviews": "[ID!]!"}
    names["reviewed"] = "ID!"
    used = {name: kind for name, kind in names.items() if f"${name}" in selected}
    head = ", ".join(f"${name}: {kind}" for name, kind in used.items())
    variables = {name: value for name, value in filled.variables(count).items() if name in used}
    return f"query {f'({head}) ' if head else ''}{{ {selected} }}", variables
