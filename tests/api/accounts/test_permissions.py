"""Without the scope a field is refused, and only that field."""

from collections.abc import Mapping
from typing import Any

import pytest

from services.accounts.authentication import SCOPES_OF_ROLE, Role, Scope
from tests.support.api_client import Api, counted_statements
from tests.support.operations import operation, root_fields

READ, WRITE, ADMIN = Scope.CONTACTS_READ, Scope.CONTACTS_WRITE, Scope.ADMIN
QUERIES: dict[str, Scope | None] = {
    "viewer": None,
    "contact": READ,
    "contacts": READ,
    "tags": READ,
    "contactList": READ,
    "contactLists": READ,
    "campaign": Scope.CAMPAIGNS_READ,
    "campaigns": Scope.CAMPAIGNS_READ,
    "user": READ,
    "users": READ,
    "tokens": ADMIN,
    "phoneLookup": READ,
    "operatorPrefixes": READ,
    "optOut": READ,
    "optOuts": READ,
    "campaignReview": Scope.CAMPAIGNS_READ,
    "job": READ,
    "jobs": READ,
    "messages": Scope.MESSAGES_READ,
    "customVariableLabels": READ,
    "contactFacets": READ,
    "webhookEndpoint": ADMIN,
    "webhookEndpoints": ADMIN,
    "auditEvents": ADMIN,
}
BY_WHAT_IS_ASKED_FOR = {"node", "nodes", "syncCursor", "changes"}  # see test_node.py and test_changes.py
MUTATIONS: dict[str, Scope] = {
    "createContact": WRITE,
    "updateContact": WRITE,
    "bulkCreateContacts": WRITE,
    "importContacts": WRITE,
    "optOut": WRITE,
    "optOutNumbers": WRITE,
    "optIn": WRITE,
    "assignContacts": WRITE,
    "tagContacts": WRITE,
    "trashContacts": WRITE,
    "restoreContacts": WRITE,
    "purgeContacts": WRITE,
    "createContactList": WRITE,
    "updateContactList": WRITE,
    "deleteContactList": WRITE,
    "addContactsToList": WRITE,
    "removeContactsFromList": WRITE,
    "createCampaign": Scope.CAMPAIGNS_WRITE,
    "updateCampaign": Scope.CAMPAIGNS_WRITE,
    "deleteCampaign": Scope.CAMPAIGNS_WRITE,
    "addCampaignContacts": Scope.CAMPAIGNS_WRITE,
    "removeCampaignContacts": Scope.CAMPAIGNS_WRITE,
    "updateAccount": ADMIN,
    "setOperatorPrefix": ADMIN,
    "deleteOperatorPrefix": ADMIN,
    "createUser": ADMIN,
    "updateUser": ADMIN,
    "createToken": ADMIN,
    "revokeToken": ADMIN,
    "validateCampaignContacts": Scope.CAMPAIGNS_WRITE,
    "applyCampaignReview": Scope.CAMPAIGNS_WRITE,
    "cancelJob": WRITE,
    "exportContacts": READ,
    "emailExport": READ,
    "recordMessages": Scope.MESSAGES_WRITE,
    "verifyContact": WRITE,
    "createWebhookEndpoint": ADMIN,
    "updateWebhookEndpoint": ADMIN,
    "deleteWebhookEndpoint": ADMIN,
    "rotateWebhookSecret": ADMIN,
    "testWebhookEndpoint": ADMIN,
    "redeliverWebhookEvents": ADMIN,
}
# A review reveals which numbers belong to contacts.
FURTHER = {"campaignReview": READ, "validateCampaignContacts": READ}
REFUSED = {"code": "FORBIDDEN"}


def all_but(scope: Scope | None) -> list[Scope]:
    return [one for one in Scope if one is not scope]


def needed(name: str, fields: Mapping[str, Scope | None] = MUTATIONS) -> list[Scope]:
    """Returns the scopes that a root field requires. `fields` are MUTATIONS or QUERIES."""
    return [scope for scope in (fields[name], FURTHER.get(name)) if scope is not None]


def message(scope: Scope) -> str:
    return f"This needs the scope {scope}, which the token or its user's role does not have."


def test_every_root_field_is_tried_here() -> None:
    assert root_fields("Query").keys() - BY_WHAT_IS_ASKED_FOR == QUERIES.keys()
    assert root_fields("Mutation").keys() == MUTATIONS.keys()


async def test_a_query_field_is_refused_without_its_scope_and_looks_nothing_up(api: Api) -> None:
    for name, scope in ((each, scope) for each in QUERIES for scope in needed(each, QUERIES)):
        text, variables = operation("Query", name, "beside: viewer { __typename }")

        with counted_statements() as statements:
            answer = await api.with_scopes(*all_but(scope)).ask(text, **variables)

        assert statements == []
        assert [(error["path"], error["extensions"], error["message"]) for error in answer.errors] == [
            ([name], REFUSED, message(scope))
        ]
        can_be_null = str(root_fields("Query")[name].type)[-1] != "!"
        assert answer.data == ({"beside": {"__typename": "Viewer"}, name: None} if can_be_null else None)


async def test_a_query_field_needs_no_other_scope_than_its_own(api: Api) -> None:
    for name in QUERIES:
        text, variables = operation("Query", name)

        answer = await api.with_scopes(*needed(name, QUERIES)).ask(text, **variables)

        assert (name, answer.errors) == (name, [])


async def test_a_mutation_is_refused_without_its_scope_and_writes_nothing(api: Api) -> None:
    for name, scope in ((each, scope) for each in MUTATIONS for scope in needed(each)):
        text, variables = operation("Mutation", name)

        with counted_statements() as statements:
            answer = await api.with_scopes(*all_but(scope)).ask(text, **variables)

        assert statements == []
        assert answer.data == {name: None}
        assert [(error["path"], error["extensions"], error["message"]) for error in answer.errors] == [
            ([name], REFUSED, message(scope))
        ]


async def test_a_mutation_needs_no_other_scope_than_its_own(api: Api) -> None:
    for name in MUTATIONS:
        text, variables = operation("Mutation", name)

        answer = await api.with_scopes(*needed(name)).ask(text, **variables)

        assert (name, answer.errors) == (name, [])
        assert answer.data[name] is not None


async def test_of_mutations_in_one_operation_only_the_refused_one_is_not_done(api: Api) -> None:
    text = """
    mutation {
      before: createContactList(input: {name: "Before"}) { contactList { name } }
      updateAccount(input: {name: "Mine"}) { account { name } }
      after: createContactList(input: {name: "After"}) { contactList { name } }
    }
    """

    answer = await api.with_scopes(WRITE).ask(text)

    assert answer.data == {
        "before": {"contactList": {"name": "Before"}},
        "updateAccount": None,
        "after": {"contactList": {"name": "After"}},
    }
    assert answer.codes == ["FORBIDDEN"]
    assert await api.run("{ viewer { account { name } } }") == {"viewer": {"account": {"name": "Acme"}}}


FURTHER_DOWN = [
    ("campaigns { id }", Scope.CAMPAIGNS_READ),
    ("campaignContacts { nodes { id } }", Scope.CAMPAIGNS_READ),
    ("messages { nodes { id } }", Scope.MESSAGES_READ),
]


@pytest.mark.parametrize(("fields", "scope"), FURTHER_DOWN)
async def test_what_is_refused_of_a_contact_costs_the_rest_of_it_nothing(api: Api, fields: str, scope: Scope) -> None:
    for number in range(2):
        await api.make_contact(f"0712 345 67{number}")
    name = fields.split()[0]
    text = f"{{ contacts(orderBy: [{{field: PHONE}}]) {{ nodes {{ phone {fields} }} }} }}"

    refused = await api.with_scopes(*all_but(scope)).ask(text)
    allowed = await api.with_scopes(READ, scope).ask(text)

    nodes: list[Any] = [{"phone": f"+25471234567{number}", name: None} for number in range(2)]
    assert refused.data == {"contacts": {"nodes": nodes}}
    assert [(error["path"], error["extensions"]) for error in refused.errors] == [
        (["contacts", "nodes", number, name], REFUSED) for number in range(2)
    ]
    assert allowed.errors == []


async def test_a_role_allows_what_rules_say(api: Api) -> None:
    assert {
        Role.ADMIN: frozenset(Scope),
        Role.MANAGER: frozenset(Scope) - {ADMIN},
        Role.AGENT: frozenset(Scope) - {ADMIN},
    } == SCOPES_OF_ROLE


@pytest.mark.parametrize("role", list(Role))
async def test_a_role_opens_the_root_fields_of_its_scopes_and_no_others(api: Api, role: Role) -> None:
    _, bob = await api.make_user("Bob", role)
    refused = set()
    for root, fields in (("Query", QUERIES), ("Mutation", MUTATIONS)):
        for name in fields:
            text, variables = operation(root, name)
            if "FORBIDDEN" in (await bob.ask(text, **variables)).codes:
                refused.add(name)

    prefixes = {"setOperatorPrefix", "deleteOperatorPrefix"}
    webhooks = {name for name in (*QUERIES, *MUTATIONS) if "ebhook" in name}
    users = {"createUser", "updateUser", "createToken", "revokeToken"}
    admins = prefixes | webhooks | users | {"tokens", "updateAccount"}
    assert refused == (set() if role is Role.ADMIN else admins)
