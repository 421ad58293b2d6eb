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

from schema.ids import Prefix
from schema.root import schema as strawberry_schema
from tests.support.imports import ANY_FILE

SCHEMA = strawberry_schema._schema

ANY_NODE = (
    Prefix.ACCOUNT,
    Prefix.USER,
    Prefix.API_TOKEN,
    Prefix.CONTACT,
    Prefix.CONTACT_LIST,
    Prefix.CAMPAIGN,
    Prefix.CAMPAIGN_CONTACT,
    Prefix.CAMPAIGN_REVIEW,
    Prefix.MESSAGE,
    Prefix.JOB,
)

TYPES: dict[str, tuple[Prefix, ...]] = {
    "Query.node.id": ANY_NODE,
    "Query.nodes.ids": ANY_NODE,
    "Query.contactList.id": (Prefix.CONTACT_LIST,),
    "Query.campaign.id": (Prefix.CAMPAIGN,),
    "Query.campaignReview.id": (Prefix.CAMPAIGN_REVIEW,),
    "Query.user.id": (Prefix.USER,),
    "Query.job.id": (Prefix.JOB,),
    "CancelJobInput.id": (Prefix.JOB,),
    "ExportContactsInput.listId": (Prefix.CONTACT_LIST,),
    "Campaign.contacts.assigneeId": (Prefix.USER,),
    "ContactKey.id": (Prefix.CONTACT,),
    "ContactSelection.ids": (Prefix.CONTACT,),
    "ContactFilter.ids": (Prefix.CONTACT,),
    "ContactFilter.listIds": (Prefix.CONTACT_LIST,),
    "ContactFilter.notInListIds": (Prefix.CONTACT_LIST,),
    "ContactFilter.campaignIds": (Prefix.CAMPAIGN,),
    "ContactFilter.notInCampaignIds": (Prefix.CAMPAIGN,),
    "ContactFilter.ownerIds": (Prefix.USER,),
    "ContactFilter.assigneeIds": (Prefix.USER,),
    "ContactFilter.importedByJobId": (Prefix.JOB,),
    "ContactInput.listIds": (Prefix.CONTACT_LIST,),
    "ContactInput.ownerId": (Prefix.USER,),
    "ContactInput.assigneeIds": (Prefix.USER,),
    "UpdateContactInput.listIds": (Prefix.CONTACT_LIST,),
    "UpdateContactInput.ownerId": (Prefix.USER,),
    "UpdateContactInput.assigneeIds": (Prefix.USER,),
    "BulkCreateContactsInput.listId": (Prefix.CONTACT_LIST,),
    "ImportContactsInput.listId": (Prefix.CONTACT_LIST,),
    "AssignContactsInput.ownerId": (Prefix.USER,),
    "AssignContactsInput.addAssigneeIds": (Prefix.USER,),
    "AssignContactsInput.removeAssigneeIds": (Prefix.USER,),
    "UpdateContactListInput.id": (Prefix.CONTACT_LIST,),
    "DeleteContactListInput.id": (Prefix.CONTACT_LIST,),
    "AddContactsToListInput.listId": (Prefix.CONTACT_LIST,),
    "RemoveContactsFromListInput.listId": (Prefix.CONTACT_LIST,),
    "CreateCampaignInput.listIds": (Prefix.CONTACT_LIST,),
    "UpdateCampaignInput.id": (Prefix.CAMPAIGN,),
    "UpdateCampaignInput.listIds": (Prefix.CONTACT_LIST,),
    "DeleteCampaignInput.id": (Prefix.CAMPAIGN,),
    "AddCampaignContactsInput.campaignId": (Prefix.CAMPAIGN,),
    "RemoveCampaignContactsInput.campaignId": (Prefix.CAMPAIGN,),
    "ValidateCampaignContactsInput.campaignId": (Prefix.CAMPAIGN,),
    "AssignmentConfigInput.selectedUsers": (Prefix.USER,),
    "SegmentAssignmentInput.userIds": (Prefix.USER,),
    "ApplyCampaignReviewInput.reviewId": (Prefix.CAMPAIGN_REVIEW,),
    "ApplyCampaignReviewInput.campaignId": (Prefix.CAMPAIGN,),
    "UpdateUserInput.id": (Prefix.USER,),
    "CreateTokenInput.userId": (Prefix.USER,),
    "RevokeTokenInput.id": (Prefix.API_TOKEN,),
    "MessageInput.campaignId": (Prefix.CAMPAIGN,),
    "MessageInput.userId": (Prefix.USER,),
}

# An unknown id in these places selects nothing. In all other places it is NOT_FOUND.
CHOSEN_AMONG = ("ContactSelection.", "ContactFilter.", "AssignContactsInput.removeAssigneeIds")
# These filters exclude contacts by id, so an unknown id excludes nothing.
WITHOUT = ("ContactFilter.notInListIds", "ContactFilter.notInCampaignIds")

# test_transports.py and test_contact_changed.py test the ids and filters of these subscriptions.
SUBSCRIPTIONS = {"contactChanged", "jobProgress"}

# For required fields whose type does not determine a valid value; `_value` fills all others.
_TEXTS = {"CreateUserInput.email": "new@example.com"}
_GIVEN_TOO: dict[str, dict[str, Any]] = {
    "MatchingContacts": {"expectedCount": 0},
    "TagContactsInput": {"add": ["new"]},
    "CampaignContactInput": {"contact": "0712999999"},
    "ExportContactsInput": {"waitSeconds": 0},
    "ImportContactsInput": {"waitSeconds": 0},
    "ReviewContactInput": {"phoneNumber": "0712999998"},
    "ValidateCampaignContactsInput": {
        "segmentationConfig": {"enabled": True, "contactDistribution": [{"segmentId": "Text", "contactCount": 1}]}
    },
    "AssignmentConfigInput": {"isAssignmentEnabled": True, "assignmentType": "PER_SEGMENT"},
}

Ids = Mapping[Prefix, str]


@dataclass(frozen=True)
class Place:
    """A place for an id: an argument of a field of `parent`, or an input field inside one, at `path`."""

    parent: GraphQLObjectType
    field: str
    path: tuple[str, ...]
    name: str

    @property
    def types(self) -> tuple[Prefix, ...]:
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


def _prefix_of(parent: GraphQLObjectType) -> Prefix:
    return Prefix["".join(f"_{letter}" if letter.isupper() else letter for letter in parent.name).lstrip("_").upper()]


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
