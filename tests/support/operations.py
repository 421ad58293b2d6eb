"""Builds operations from the schema, so that every new field is tested automatically."""

from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)

from schema.root import schema
from tests.support.imports import ANY_FILE

SCHEMA = schema._schema
# The prefix of an id argument or input field, by its name.
IDS = {
    "userId": "usr",
    "contactId": "cnt",
    "listId": "lst",
    "campaignId": "cmp",
    "reviewId": "rev",
    "endpointId": "whe",
    "eventIds": "evt",
}
OF_FIELD = {
    "contactList": "lst",
    "campaign": "cmp",
    "campaignReview": "rev",
    "updateCampaign": "cmp",
    "deleteCampaign": "cmp",
    "user": "usr",
    "node": "cnt",
    "nodes": "cnt",
    "revokeToken": "tok",
    "updateUser": "usr",
    "job": "job",
    "cancelJob": "job",
    "webhookEndpoint": "whe",
    "updateWebhookEndpoint": "whe",
    "deleteWebhookEndpoint": "whe",
    "rotateWebhookSecret": "whe",
    "testWebhookEndpoint": "whe",
}
NOTHING = "01jd8vq0c5fj2v7wq1x3ynm8za"


def root_fields(root: str) -> dict[str, GraphQLField]:
    type_ = SCHEMA.type_map[root]
    assert isinstance(type_, GraphQLObjectType)
    fields: dict[str, GraphQLField] = type_.fields
    return fields


def minimal_selection(root: str, name: str) -> tuple[str, dict[str, Any]]:
    """Returns a minimal selection of one root field, and its variables."""
    field = root_fields(root)[name]
    needed = {key: argument for key, argument in field.args.items() if is_required_argument(argument)}
    given = ", ".join(f"{key}: ${name}_{key}" for key in needed)
    variables = {f"{name}_{key}": valid_value(argument.type, key, name) for key, argument in needed.items()}
    below = "" if is_leaf_type(get_named_type(field.type)) else " { __typename }"
    return f"{name}({given}){below}" if given else f"{name}{below}", variables


def variable_declarations(root: str, name: str) -> str:
    """Returns the declarations of the variables of `least`."""
    field = root_fields(root)[name]
    needed = [(key, argument) for key, argument in field.args.items() if is_required_argument(argument)]
    return ", ".join(f"${name}_{key}: {argument.type}" for key, argument in needed)


def operation(root: str, name: str, beside: str = "") -> tuple[str, dict[str, Any]]:
    """Returns a complete operation with one root field, and with the selection `beside`."""
    selected, variables = minimal_selection(root, name)
    head = variable_declarations(root, name)
    kind = "mutation" if root == "Mutation" else "query"
    return f"{kind} {f'({head}) ' if head else ''}{{ {beside} {selected} }}", variables


def valid_value(type_: Any, key: str, field: str) -> Any:
    """Returns a valid value of a type. An id is well-formed but unknown."""
    if isinstance(type_, GraphQLNonNull):
        return valid_value(type_.of_type, key, field)
    if isinstance(type_, GraphQLList):
        return [valid_value(type_.of_type, key, field)]
    if isinstance(type_, GraphQLEnumType):
        return next(iter(type_.values))
    if isinstance(type_, GraphQLInputObjectType):
        names = [name for name, one in type_.fields.items() if is_required_input_field(one)]
        if type_.extensions["strawberry-definition"].is_one_of:
            names = [next(iter(type_.fields))]
        # No worker runs during these operations, so they don't wait for a job.
        at_once = {"waitSeconds": 0} if "waitSeconds" in type_.fields else {}
        return {name: valid_value(type_.fields[name].type, name, field) for name in names} | at_once
    if type_.name == "ID":
        prefix = IDS.get(key) or OF_FIELD.get(field) or ("lst" if "List" in field and key == "id" else "cnt")
        return f"{prefix}_{NOTHING}"
    given = {"Int": 1, "Boolean": True, "PhoneNumber": "+254712345678", "DateTime": "2026-01-05T09:30:00Z"}
    return ({"Upload": ANY_FILE} | given).get(type_.name, "text")


def leaf_fields(type_: Any) -> Iterator[str]:
    """Yields the names of an object's leaf fields that need no arguments."""
    if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
        for name, field in type_.fields.items():
            if is_leaf_type(get_named_type(field.type)) and not any(map(is_required_argument, field.args.values())):
                yield name
