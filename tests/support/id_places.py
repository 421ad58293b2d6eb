"""Lists every place of the schema that takes an id, found by walking the schema, and fills the other arguments.

A place that is not in `TYPES`, or a required field that `_value` can't fill, raises an error. So every new place of the
schema must be added here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_required_argument,
    is_required_input_field,
)

from schema.ids import IdPrefix
from schema.root import schema as strawberry_schema
from tests.support.imports import ANY_FILE

SCHEMA = strawberry_schema._schema

ANY_NODE = (
    IdPrefix.ACCOUNT,
    IdPrefix.USER,
    IdPrefix.API_TOKEN,
    IdPrefix.CONTACT,
    IdPrefix.CONTACT_LIST,
    IdPrefix.CAMPAIGN,
    IdPrefix.CAMPAIGN_CONTACT,
    IdPrefix.CAMPAIGN_REVIEW,
    IdPrefix.MESSAGE,
    IdPrefix.JOB,
    IdPrefix.WEBHOOK_ENDPOINT,
    IdPrefix.WEBHOOK_DELIVERY,
    IdPrefix.AUDIT_EVENT,
)

SUBJECTS = (
    IdPrefix.ACCOUNT,
    IdPrefix.USER,
    IdPrefix.API_TOKEN,
    IdPrefix.CONTACT,
    IdPrefix.CONTACT_LIST,
    IdPrefix.CAMPAIGN,
    IdPrefix.JOB,
    IdPrefix.WEBHOOK_ENDPOINT,
)

TYPES: dict[str, tuple[IdPrefix, ...]] = {
    "Query.node.id": ANY_NODE,
    "Query.nodes.ids": ANY_NODE,
    "Query.contactList.id": (IdPrefix.CONTACT_LIST,),
    "Query.campaign.id": (IdPrefix.CAMPAIGN,),
    "Query.campaignReview.id": (IdPrefix.CAMPAIGN_REVIEW,),
    "Query.user.id": (IdPrefix.USER,),
    "Query.job.id": (IdPrefix.JOB,),
    "CancelJobInput.id": (IdPrefix.JOB,),
    "ExportContactsInput.listId": (IdPrefix.CONTACT_LIST,),
    "Campaign.contacts.assigneeId": (IdPrefix.USER,),
    "ContactKey.id": (IdPrefix.CONTACT,),
    "ContactSelection.ids": (IdPrefix.CONTACT,),
    "ContactFilter.ids": (IdPrefix.CONTACT,),
    "ContactFilter.listIds": (IdPrefix.CONTACT_LIST,),
    "ContactFilter.notInListIds": (IdPrefix.CONTACT_LIST,),
    "ContactFilter.campaignIds": (IdPrefix.CAMPAIGN,),
    "ContactFilter.notInCampaignIds": (IdPrefix.CAMPAIGN,),
    "ContactFilter.ownerIds": (IdPrefix.USER,),
    "ContactFilter.assigneeIds": (IdPrefix.USER,),
    "ContactFilter.importedByJobId": (IdPrefix.JOB,),
    "ContactInput.listIds": (IdPrefix.CONTACT_LIST,),
    "ContactInput.ownerId": (IdPrefix.USER,),
    "ContactInput.assigneeIds": (IdPrefix.USER,),
    "UpdateContactInput.listIds": (IdPrefix.CONTACT_LIST,),
    "UpdateContactInput.ownerId": (IdPrefix.USER,),
    "UpdateContactInput.assigneeIds": (IdPrefix.USER,),
    "BulkCreateContactsInput.listId": (IdPrefix.CONTACT_LIST,),
    "ImportContactsInput.listId": (IdPrefix.CONTACT_LIST,),
    "AssignContactsInput.ownerId": (IdPrefix.USER,),
    "AssignContactsInput.addAssigneeIds": (IdPrefix.USER,),
    "AssignContactsInput.removeAssigneeIds": (IdPrefix.USER,),
    "UpdateContactListInput.id": (IdPrefix.CONTACT_LIST,),
    "DeleteContactListInput.id": (IdPrefix.CONTACT_LIST,),
    "AddContactsToListInput.listId": (IdPrefix.CONTACT_LIST,),
    "RemoveContactsFromListInput.listId": (IdPrefix.CONTACT_LIST,),
    "CreateCampaignInput.listIds": (IdPrefix.CONTACT_LIST,),
    "UpdateCampaignInput.id": (IdPrefix.CAMPAIGN,),
    "UpdateCampaignInput.listIds": (IdPrefix.CONTACT_LIST,),
    "DeleteCampaignInput.id": (IdPrefix.CAMPAIGN,),
    "AddCampaignContactsInput.campaignId": (IdPrefix.CAMPAIGN,),
    "RemoveCampaignContactsInput.campaignId": (IdPrefix.CAMPAIGN,),
    "ValidateCampaignContactsInput.campaignId": (IdPrefix.CAMPAIGN,),
    "AssignmentConfigInput.selectedUsers": (IdPrefix.USER,),
    "SegmentAssignmentInput.userIds": (IdPrefix.USER,),
    "ApplyCampaignReviewInput.reviewId": (IdPrefix.CAMPAIGN_REVIEW,),
    "ApplyCampaignReviewInput.campaignId": (IdPrefix.CAMPAIGN,),
    "UpdateUserInput.id": (IdPrefix.USER,),
    "CreateTokenInput.userId": (IdPrefix.USER,),
    "RevokeTokenInput.id": (IdPrefix.API_TOKEN,),
    "AuditEventFilter.userIds": (IdPrefix.USER,),
    "AuditEventFilter.tokenIds": (IdPrefix.API_TOKEN,),
    "AuditEventFilter.subjectId": SUBJECTS,
    "AuditEventFilter.jobId": (IdPrefix.JOB,),
    "Query.webhookEndpoint.id": (IdPrefix.WEBHOOK_ENDPOINT,),
    "UpdateWebhookEndpointInput.id": (IdPrefix.WEBHOOK_ENDPOINT,),
    "DeleteWebhookEndpointInput.id": (IdPrefix.WEBHOOK_ENDPOINT,),
    "RotateWebhookSecretInput.id": (IdPrefix.WEBHOOK_ENDPOINT,),
    "TestWebhookEndpointInput.id": (IdPrefix.WEBHOOK_ENDPOINT,),
    "TestWebhookEndpointInput.contactId": (IdPrefix.CONTACT,),
    "RedeliverWebhookEventsInput.endpointId": (IdPrefix.WEBHOOK_ENDPOINT,),
    "RedeliverWebhookEventsInput.eventIds": (IdPrefix.EVENT,),
    "MessageInput.campaignId": (IdPrefix.CAMPAIGN,),
    "MessageInput.userId": (IdPrefix.USER,),
}

# An unknown id in these places selects nothing. In all other places it is NOT_FOUND.
CHOSEN_AMONG = ("ContactSelection.", "ContactFilter.", "AssignContactsInput.removeAssigneeIds")
# These filters exclude contacts by id, so an unknown id excludes nothing.
WITHOUT = ("ContactFilter.notInListIds", "ContactFilter.notInCampaignIds")

# The tests in tests/api/subscriptions and test_progress.py test the ids and filters of subscriptions.
SUBSCRIPTIONS = {"campaignChanged", "contactChanged", "jobProgress", "jobsChanged", "messageRecorded"}

# For required fields whose type does not determine a valid value; `_value` fills all others.
_TEXTS = {"CreateUserInput.email": "new@example.com"}
# Optional fields of ids, for inputs that need one of several optional fields.
_NEEDED_TOO = {"RedeliverWebhookEventsInput": ["eventIds"]}
_GIVEN_TOO: dict[str, dict[str, Any]] = {
    "ContactInput": {"phone": "0712999999"},
    "MessageInput": {"phone": "0712999999"},
    "MatchingContacts": {"expectedCount": 0},
    "TagContactsInput": {"add": ["new"]},
    "CampaignContactInput": {"contact": "0712999999"},
    "ExportContactsInput": {"waitSeconds": 0},
    "ImportContactsInput": {"waitSeconds": 0},
    "VerifyContactInput": {"action": "CONFIRM"},
    "ReviewContactInput": {"phoneNumber": "0712999998"},
    "ValidateCampaignContactsInput": {
        "segmentationConfig": {"enabled": True, "contactDistribution": [{"segmentId": "Text", "contactCount": 1}]}
    },
    "AssignmentConfigInput": {"isAssignmentEnabled": True, "assignmentType": "PER_SEGMENT"},
}

Ids = Mapping[IdPrefix, str]


@dataclass(frozen=True)
class Place:
    """A place for an id: an argument of a field of `parent`, or an input field inside one, at `path`."""

    parent: GraphQLObjectType
    field: str
    path: tuple[str, ...]
    name: str

    @property
    def types(self) -> tuple[IdPrefix, ...]:
        return TYPES[self.name]

    @property
    def is_mutation(self) -> bool:
        return self.parent is SCHEMA.mutation_type

    @property
    def is_chosen_among(self) -> bool:
        return self.name.startswith(CHOSEN_AMONG)

    def __str__(self) -> str:
        return ".".join((self.parent.name, self.field, *self.path))

    def operation(self, given: str, own: Ids) -> tuple[str, dict[str, Any]]:
        """Returns an operation with the id in this place, and the account's own ids in all other required places."""
        asked = self.parent.fields[self.field]
        variables = {
            name: _value(argument.type, f"{self.parent.name}.{self.field}.{name}", self.path[1:], given, own)
            if name == self.path[0]
            else _value(argument.type, f"{self.parent.name}.{self.field}.{name}", None, given, own)
            for name, argument in asked.args.items()
            if name == self.path[0] or is_required_argument(argument)
        }
        passed = ", ".join(f"{name}: ${name}" for name in variables)
        declared = ", ".join(f"${name}: {asked.args[name].type}" for name in variables)
        text = f"{self.field}({passed}){selected(asked.type)}"
        if self.parent is SCHEMA.mutation_type:
            return f"mutation ({declared}) {{ {text} }}", variables
        if self.parent is SCHEMA.query_type:
            return f"query ({declared}) {{ {text} }}", variables
        owner = own[_prefix_of(self.parent)]
        return f'query ({declared}) {{ node(id: "{owner}") {{ ... on {self.parent.name} {{ {text} }} }} }}', variables


def _prefix_of(parent: GraphQLObjectType) -> IdPrefix:
    return IdPrefix["".join(f"_{letter}" if letter.isupper() else letter for letter in parent.name).lstrip("_").upper()]


def places_by_field() -> dict[str, list[Place]]:
    """Returns every place, by field, of all queries, all mutations, and the fields of the objects below them."""
    assert SCHEMA.subscription_type is not None
    assert set(SCHEMA.subscription_type.fields) == SUBSCRIPTIONS, "add a test for the ids of the new subscription"
    found: dict[str, list[Place]] = {}
    for parent in SCHEMA.type_map.values():
        is_subscription = parent is SCHEMA.subscription_type
        if isinstance(parent, GraphQLObjectType) and not parent.name.startswith("__") and not is_subscription:
            for name, field in parent.fields.items():
                for argument_name, argument in field.args.items():
                    where = f"{parent.name}.{name}.{argument_name}"
                    for path, place in _inside(argument, argument_name, where, ()):
                        found.setdefault(f"{parent.name}.{name}", []).append(Place(parent, name, path, place))
    return found


def _inside(
    given: GraphQLArgument | GraphQLInputField, name: str, where: str, seen: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yields the paths to ids in an argument or field, and the name of each place. Skips recursive input types."""
    named = get_named_type(given.type)
    if named.name == "ID":
        yield (name,), where
    elif isinstance(named, GraphQLInputObjectType) and named.name not in seen:
        for inner_name, inner in named.fields.items():
            for path, place in _inside(inner, inner_name, f"{named.name}.{inner_name}", (*seen, named.name)):
                yield (name, *path), place


def _value(kind: GraphQLInputType, where: str, path: tuple[str, ...] | None, given: str, own: Ids) -> Any:
    """Returns a value of a type. `path` leads to the place of the given id; None if that place is elsewhere."""
    bare = get_nullable_type(kind)
    if isinstance(bare, GraphQLList):
        return [_value(bare.of_type, where, path, given, own)]
    if isinstance(bare, GraphQLInputObjectType):
        return _object(bare, path, given, own)
    if bare.name == "ID":
        return own[TYPES[where][0]] if path is None else given
    if isinstance(bare, GraphQLEnumType):
        return next(iter(bare.values))
    by_type: dict[str, Any] = {
        "PhoneNumber": "0712999999",
        "String": _TEXTS.get(where, "Text"),
        "Int": 1,
        "Upload": ANY_FILE,
    }
    if bare.name not in by_type:
        raise NotImplementedError(
            f"{where} is required, but `_value` can't fill a {bare.name}; add the field to `_TEXTS`"
        )
    return by_type[bare.name]


def _object(kind: GraphQLInputObjectType, path: tuple[str, ...] | None, given: str, own: Ids) -> dict[str, Any]:
    value = dict(_GIVEN_TOO.get(kind.name, {}))
    names = [name for name, field in kind.fields.items() if is_required_input_field(field)]
    names += _NEEDED_TOO.get(kind.name, [])
    if kind.extensions["strawberry-definition"].is_one_of and not path:
        names = [next(iter(kind.fields))]
    for name in dict.fromkeys([*names, *(path or ())[:1]]):
        further = path[1:] if path and path[0] == name else None
        value[name] = _value(kind.fields[name].type, f"{kind.name}.{name}", further, given, own)
    return value


def selected(kind: GraphQLNamedType | Any, depth: int = 3) -> str:
    """Returns a selection of all fields of a type that need no arguments, `depth` levels deep."""
    named = get_named_type(kind)
    if not is_composite_type(named):
        return ""
    asked = ["__typename"]
    if isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
        for name, field in named.fields.items():
            is_leaf = not is_composite_type(get_named_type(field.type))
            if (is_leaf or depth > 1) and not any(map(is_required_argument, field.args.values())):
                asked.append(name + selected(field.type, depth - 1))
    return f" {{ {' '.join(asked)} }}"
