"""Every root field declares who may use it."""

from typing import Any

from graphql import GraphQLNonNull, GraphQLObjectType, get_named_type
from strawberry.utils.str_converters import to_camel_case

from schema.permissions import ScopePermission
from schema.root import Mutation, Query, schema
from services.accounts.authentication import Scope
from tests.support.operations import root_fields

# Their permissions depend on the result: the caller, or the objects with the ids or the changes.
WITHOUT_A_SCOPE = {"viewer", "node", "nodes", "syncCursor", "changes"}
# Mutations that read contacts and change none.
READING_ALONE = {"exportContacts", "emailExport"}
# A review reveals which numbers belong to contacts.
OF_TWO_SCOPES = {"campaignReview", "validateCampaignContacts"}


def definition(type_: Any) -> Any:
    return type_.__strawberry_definition__


def scopes(root: Any) -> dict[str, list[Scope]]:
    """Returns the scopes that each root field requires, by name."""
    return {
        to_camel_case(field.python_name): [permission.scope for permission in field.permission_classes]
        for field in definition(root).fields
    }


def test_every_permission_of_a_root_field_is_a_scope() -> None:
    declared = [
        permission
        for root in (Query, Mutation)
        for field in definition(root).fields
        for permission in field.permission_classes
    ]

    assert [permission for permission in declared if not issubclass(permission, ScopePermission)] == []


def test_every_query_field_but_those_that_decide_themselves_asks_for_one_scope() -> None:
    assert {name for name, asked in scopes(Query).items() if not asked} == WITHOUT_A_SCOPE
    assert {name for name, asked in scopes(Query).items() if len(asked) > 1} == OF_TWO_SCOPES & scopes(Query).keys()


def test_every_mutation_asks_for_one_scope_and_none_for_a_mere_right_to_read() -> None:
    reading = {Scope.CONTACTS_READ, Scope.CAMPAIGNS_READ, Scope.MESSAGES_READ}

    assert {name for name, asked in scopes(Mutation).items() if reading.issuperset(asked)} == READING_ALONE
    assert {name for name, asked in scopes(Mutation).items() if len(asked) != 1} == OF_TWO_SCOPES & scopes(
        Mutation
    ).keys()


def test_what_the_account_keeps_to_its_admins_asks_for_their_scope() -> None:
    admins = {name for root in (Query, Mutation) for name, asked in scopes(root).items() if asked == [Scope.ADMIN]}

    prefixes = {"setOperatorPrefix", "deleteOperatorPrefix"}
    webhooks = {name for name in (*root_fields("Query"), *root_fields("Mutation")) if "ebhook" in name}
    users = {"createUser", "updateUser", "createToken", "revokeToken"}
    assert admins == prefixes | webhooks | users | {"tokens", "updateAccount", "auditEvents"}


def test_a_field_that_needs_more_than_to_read_contacts_can_be_null() -> None:
    """Otherwise a refusal would null the fields beside it."""
    not_null = [
        name
        for root in (Query, Mutation)
        for name, asked in scopes(root).items()
        if asked and asked != [Scope.CONTACTS_READ]
        if isinstance(root_fields(root.__name__)[name].type, GraphQLNonNull)
    ]

    assert not_null == []


def test_a_field_further_down_that_asks_for_a_scope_can_be_null_too() -> None:
    not_null = []
    for type_name in schema._schema.type_map:
        type_ = schema.schema_converter.type_map.get(type_name)
        definition: Any = type_.definition if type_ else None
        for field in getattr(definition, "fields", ()):
            asked = [one.scope for one in getattr(field, "permission_classes", ()) if issubclass(one, ScopePermission)]
            name = to_camel_case(field.python_name)
            printed = getattr(schema._schema.type_map[type_name], "fields", {}).get(name)
            if asked and asked != [Scope.CONTACTS_READ] and printed and isinstance(printed.type, GraphQLNonNull):
                not_null.append(f"{type_name}.{name}")

    # These fields need the scope of their type. The server refuses them only below an object that the call has created.
    # A subscription has one field, so its null is that of `data`.
    subscriptions = ["Subscription.campaignChanged", "Subscription.messageRecorded"]
    assert not_null == ["Campaign.contacts", "CampaignContact.campaign", *subscriptions]


CONTACTS, CAMPAIGNS, MESSAGES = {Scope.CONTACTS_READ}, {Scope.CAMPAIGNS_READ}, {Scope.MESSAGES_READ}
# The scopes that reading an object requires, by its type.
SCOPES_OF_TYPE = {
    **dict.fromkeys(("Contact", "ContactList", "User", "OptOut", "Job"), CONTACTS),
    **dict.fromkeys(("Campaign", "CampaignContact"), CAMPAIGNS),
    "CampaignReview": CAMPAIGNS | CONTACTS,
    "Message": MESSAGES,
}
# Fields that need no scope: the call has created their object,
NEW = {
    "CreateContactListPayload.contactList",
    "CreateCampaignPayload.campaign",
    "CreateUserPayload.user",
    "ValidateCampaignContactsPayload.review",
}
# or they are left out by the resolver, which returns an empty list or another type of error,
LEFT_OUT = {
    "ContactConflict.contact",
    "DuplicateContact.contact",
    "StaleContact.contact",
    "PurgeContactsPayload.contactLists",
    "RestoreContactsPayload.contactLists",
    "TrashContactsPayload.contactLists",
}
# or their object is read by a root field with the scope, or is the caller's own.
OF_READERS = {"ContactChange.contact", "PhoneLookup.contact", "Viewer.user"}


def test_a_field_with_an_object_needs_the_scopes_of_its_type_unless_the_call_created_it() -> None:
    open_ = set()
    for name, type_ in schema._schema.type_map.items():
        is_page = name.endswith(("Connection", "Edge"))
        if not isinstance(type_, GraphQLObjectType) or name in ("Query", "Mutation", "Subscription") or is_page:
            continue
        for field_name, field in type_.fields.items():
            target = get_named_type(field.type).name.removesuffix("Connection")
            field_definition = field.extensions.get("strawberry-definition")
            asked = {one.scope for one in getattr(field_definition, "permission_classes", ())}
            if not asked >= SCOPES_OF_TYPE.get(target, set()):
                open_.add(f"{name}.{field_name}")

    jobs = {name for name in open_ if name.endswith("Payload.job")}
    assert open_ - jobs == NEW | LEFT_OUT | OF_READERS
    assert "CancelJobPayload.job" not in jobs  # every other job of a payload was started by the call
