"""Payloads show nothing from before the call to a token without the scope to read it.

The operations are generated from the schema: each selects every object of a payload, and every object below it.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, get_named_type, is_leaf_type

from models.db import database
from schema.ids import IdPrefix, encode
from services.accounts.authentication import Scope
from tests.api.accounts.test_permissions import MUTATIONS, needed
from tests.support.api_client import Answer, Api
from tests.support.imports import ANY_FILE
from tests.support.mutations import mutate
from tests.support.operations import SCHEMA, leaf_fields, root_fields
from tests.support.rows import (
    add_to_campaign,
    add_webhook_endpoint,
    change,
    make_campaign,
    make_job,
    make_message,
    uuid_of,
)

READ = {Scope.CONTACTS_READ, Scope.CAMPAIGNS_READ, Scope.MESSAGES_READ}
KNOWN, TRASHED, OPTED_OUT, NEW = "+254712000001", "+254712000002", "+254712000003", "+254712000009"
HIDDEN = "hidden"
"""A part of every text that is stored before the calls."""
# Mutations whose payloads contain nothing from before the call, with any scopes.
SHOWING_NOTHING_STORED = {
    "createContactList",
    "createUser",
    "deleteCampaign",
    "deleteContactList",
    "deleteOperatorPrefix",
    "setOperatorPrefix",
    "updateAccount",
    "createWebhookEndpoint",
    "deleteWebhookEndpoint",
    "redeliverWebhookEvents",
    "testWebhookEndpoint",
}


@dataclass(frozen=True)
class World:
    """An account with an object of every type. `ids` are their ids by type."""

    api: Api
    ids: dict[str, str]

    def inputs(self) -> dict[str, list[dict[str, Any]]]:
        """Returns inputs of mutations that meet what is stored."""
        ids, known, trashed = self.ids, {"phones": [KNOWN]}, {"phones": [TRASHED]}
        linked = {"listIds": [ids["list"]], "ownerId": ids["user"], "assigneeIds": [ids["user"]]}
        return {
            "createContact": [
                {"contact": {"phone": KNOWN}, "ifExists": "SKIP"},
                {"contact": {"phone": KNOWN}},
                {"contact": {"phone": NEW, **linked}},
            ],
            "updateContact": [
                {"contact": {"phone": KNOWN}, "companyName": "x"},
                {"contact": {"phone": OPTED_OUT}, "phone": KNOWN},
            ],
            "bulkCreateContacts": [{"contacts": [{"phone": KNOWN}, {"phone": NEW, **linked}, {"phone": "x"}]}],
            "importContacts": [{"file": ANY_FILE, "listId": ids["list"], "waitSeconds": 0}],
            "optOut": [{"phone": OPTED_OUT}, {"phone": KNOWN}],
            "optIn": [{"phone": OPTED_OUT}, {"phone": KNOWN}],
            "optOutNumbers": [{"phones": [OPTED_OUT, KNOWN, "x"]}],
            "verifyContact": [{"contact": {"phone": KNOWN}, "action": "CONFIRM"}],
            "assignContacts": [{"contacts": known, "addAssigneeIds": [self.api.user_id]}],
            "tagContacts": [{"contacts": known, "add": ["x"]}],
            "trashContacts": [{"contacts": known}],
            "restoreContacts": [{"contacts": trashed}],
            "purgeContacts": [{"contacts": trashed}],
            "cancelJob": [{"id": ids["job"]}],
            "createContactList": [{"name": "x"}],
            "updateContactList": [{"id": ids["list"], "description": "x"}],
            "deleteContactList": [{"id": ids["list"]}],
            "addContactsToList": [{"listId": ids["list"], "contacts": known}],
            "removeContactsFromList": [{"listId": ids["list"], "contacts": known}],
            "createCampaign": [{"name": "x", "listIds": [ids["list"]]}],
            "updateCampaign": [{"id": ids["campaign"], "description": "x"}],
            "deleteCampaign": [{"id": ids["campaign"]}],
            "addCampaignContacts": [
                {"campaignId": ids["campaign"], "contacts": [{"contact": KNOWN}, {"contact": NEW}]}
            ],
            "removeCampaignContacts": [{"campaignId": ids["campaign"], "contacts": known}],
            "applyCampaignReview": [{"reviewId": ids["review"], "campaignId": ids["campaign"]}],
            "recordMessages": [
                {
                    "messages": [
                        {"phone": KNOWN, "direction": "OUTBOUND", "status": "SENT", "externalId": "given"},
                        {"phone": KNOWN, "direction": "OUTBOUND", "campaignId": ids["campaign"], "userId": ids["user"]},
                    ]
                }
            ],
            "updateAccount": [{"networkCheck": "STRICT"}],
            "setOperatorPrefix": [{"prefix": "25471", "operator": "x"}],
            "deleteOperatorPrefix": [{"prefix": "25470"}],
            "createUser": [{"email": "x@example.com", "name": "x"}],
            "updateUser": [{"id": ids["user"], "role": "MANAGER"}],
            "createToken": [{"name": "x", "userId": ids["user"], "scopes": ["ADMIN"]}],
            "revokeToken": [{"id": ids["token"]}],
            "createWebhookEndpoint": [{"url": "https://hooks.example.com", "eventTypes": ["LIST_CREATED"]}],
            "updateWebhookEndpoint": [{"id": ids["endpoint"], "isOrdered": True}],
            "deleteWebhookEndpoint": [{"id": ids["endpoint"]}],
            "rotateWebhookSecret": [{"id": ids["endpoint"]}],
            "testWebhookEndpoint": [{"id": ids["endpoint"]}],
            "redeliverWebhookEvents": [{"endpointId": ids["endpoint"], "failedSince": "2026-01-01T00:00:00Z"}],
        }


@pytest.fixture
async def world(api: Api) -> World:
    user, bob = await api.make_user(f"Bob-{HIDDEN}")
    contact_list = await api.make_list(f"List {HIDDEN}")
    about = {"firstName": HIDDEN, "notes": HIDDEN, "ownerId": user, "assigneeIds": [user], "listIds": [contact_list]}
    contact = await api.make_contact(KNOWN, **about)
    trashed = await api.make_contact(TRASHED, **about)
    third = await api.make_contact(OPTED_OUT, **about)
    await mutate(bob, "optOut", "optOut { id }", phone=OPTED_OUT, reason=HIDDEN)
    campaign = await make_campaign(api, f"Campaign {HIDDEN}", created_by_id=uuid_of(user))
    entry = {"name": HIDDEN, "context": HIDDEN, "assignee_id": uuid_of(user)}
    place = await add_to_campaign(api, campaign, contact, **entry)
    rows = [{"phoneNumber": KNOWN}, {"phoneNumber": TRASHED, "firstName": HIDDEN}]
    reviewed = await mutate(api, "validateCampaignContacts", "review { id }", campaignId=campaign, contacts=rows)
    await mutate(api, "trashContacts", "count", contacts={"ids": [trashed]})  # now in another bucket than at the review
    message = await make_message(api, KNOWN, external_id="given", body=HIDDEN, user_id=uuid_of(user))
    job = await make_job(
        api, status="QUEUED", file_name=HIDDEN, created_by_id=uuid_of(user), contact_list_id=uuid_of(contact_list)
    )
    await mutate(api, "setOperatorPrefix", "job { id }", prefix="25470", operator="x")
    made = await mutate(api, "createToken", "token { id }", name="x", userId=user, scopes=["ADMIN"])
    await change("account_user", user, name=f"Bob {HIDDEN}")
    ids = {
        "user": user,
        "list": contact_list,
        "contact": contact,
        "trashed": trashed,
        "third": third,
        "campaign": campaign,
    }
    ids |= {"place": place, "review": reviewed["review"]["id"], "message": message, "job": job}
    endpoint, delivery, _ = await add_webhook_endpoint(
        api.account_id, token_id=api.caller.token_id, created_by_id=uuid_of(user)
    )
    ids["endpoint"] = encode(IdPrefix.WEBHOOK_ENDPOINT, endpoint)
    shown = {"body": f'{{"data": "{HIDDEN}"}}', "response_body": HIDDEN}
    await change("webhook_delivery", encode(IdPrefix.WEBHOOK_DELIVERY, delivery), **shown)
    return World(api, ids | {"token": made["token"]["id"]})


def selections(type_: Any, depth: int) -> Iterator[str]:
    """Yields a selection of each object below a type, with its leaves. Relations are `depth` levels deep."""
    if isinstance(type_, GraphQLInterfaceType):
        for possible in SCHEMA.get_possible_types(type_):
            yield from (f"... on {possible.name} {{ {selected} }}" for selected in selections(possible, depth))
        return
    assert isinstance(type_, GraphQLObjectType)
    yield " ".join(["__typename", *leaf_fields(type_)])
    is_page = type_.name.endswith("Connection")
    for name, field in type_.fields.items():
        of = get_named_type(field.type)
        if not is_leaf_type(of) and (depth or is_page) and name not in ("edges", "pageInfo"):
            yield from (
                f"{name} {{ {selected} }}" for selected in selections(of, depth - (not is_page and name != "results"))
            )


def whole(name: str) -> str:
    """Returns a mutation that selects its whole payload. Each object has its own alias."""
    own, *objects = selections(get_named_type(root_fields("Mutation")[name].type), depth=2)
    aliased = " ".join(f"s{number}: {selected}" for number, selected in enumerate(objects))
    return f"mutation ($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input) {{ {own} {aliased} }} }}"


class _Undo(Exception):
    pass


async def undone(api: Api, name: str, input: dict[str, Any]) -> Answer:
    """Returns the answer of a mutation that is then rolled back."""
    answer = None
    with suppress(_Undo):
        async with database.transaction():
            answer = await api.ask(whole(name), input=input)
            raise _Undo
    assert answer is not None
    return answer


def shown(world: World, answer: Answer, input: dict[str, Any]) -> list[str]:
    """Returns what the answer shows of the objects from before the call, without what the client sent."""
    data, given = orjson.dumps(answer.data).decode(), orjson.dumps(input, default=str).decode()
    stored = [HIDDEN, *world.ids.values(), KNOWN, TRASHED, OPTED_OUT]
    return [text for text in stored if text in data and text not in given]


async def test_no_payload_shows_what_was_there_before_without_the_scope_to_read_it(world: World) -> None:
    inputs_of = world.inputs()
    leaks, lost, visible = {}, set(), set()
    for name, inputs in inputs_of.items():
        for input in inputs:
            blind = await undone(world.api.with_scopes(*needed(name)), name, input)
            seeing = await undone(world.api, name, input)
            if found := shown(world, blind, input):
                leaks[name] = found
            if blind.data[name] is None:
                lost.add(name)
            assert set(blind.codes) <= {"FORBIDDEN"}
            assert seeing.errors == []
            if shown(world, seeing, input):
                visible.add(name)

    assert inputs_of.keys() == {name for name in MUTATIONS if not READ & set(needed(name))}
    assert leaks == {}
    assert lost == set()
    assert inputs_of.keys() - visible == SHOWING_NOTHING_STORED


CREATIONS = f"""
mutation ($list: ID!, $campaign: ID!) {{
  createContact(input: {{contact: {{phone: "+254712000011", listIds: [$list]}}}}) {{ outcome contact {{ phone }} }}
  bulkCreateContacts(
    input: {{contacts: [{{phone: "{KNOWN}"}}, {{phone: "{NEW}"}}, {{phone: "{NEW}"}}, {{phone: "x"}}]}}
  ) {{
    results {{ outcome contact {{ phone }} error {{ code }} }}
  }}
  optOut(input: {{phone: "{NEW}", reason: "asked"}}) {{ optOut {{ isOptedOut reason }} contact {{ id }} }}
  createContactList(input: {{name: "x"}}) {{ contactList {{ name contactCount }} }}
  createCampaign(input: {{name: "x", listIds: [$list]}}) {{ campaign {{ name contactCount }} }}
  addCampaignContacts(
    input: {{campaignId: $campaign, contacts: [{{contact: "{KNOWN}"}}, {{contact: "+254712000011"}}]}}
  ) {{
    summary {{ total created skippedDuplicate }}
    results {{ outcome phone campaignContact {{ segmentId }} }}
    campaign {{ id }}
  }}
  recordMessages(input: {{messages: [
    {{phone: "{KNOWN}", direction: OUTBOUND, status: SENT, externalId: "given"}},
    {{phone: "{KNOWN}", direction: OUTBOUND}}
  ]}}) {{ results {{ outcome message {{ phone }} }} }}
}}
"""


async def test_outcomes_and_what_the_call_created_are_visible_without_the_scope_to_read_it(world: World) -> None:
    writer = world.api.with_scopes(Scope.CONTACTS_WRITE, Scope.CAMPAIGNS_WRITE, Scope.MESSAGES_WRITE)

    answer = await writer.ask(CREATIONS, list=world.ids["list"], campaign=world.ids["campaign"])

    new = {"phone": NEW}
    entries = [
        {"outcome": "SKIPPED_DUPLICATE", "phone": KNOWN, "campaignContact": None},
        {"outcome": "CREATED", "phone": "+254712000011", "campaignContact": {"segmentId": None}},
    ]
    assert answer.data == {
        "createContact": {"outcome": "CREATED", "contact": {"phone": "+254712000011"}},
        "bulkCreateContacts": {
            "results": [
                {"outcome": "SKIPPED", "contact": None, "error": None},
                {"outcome": "CREATED", "contact": new, "error": None},
                {"outcome": "SKIPPED", "contact": new, "error": None},
                {"outcome": "FAILED", "contact": None, "error": {"code": "INVALID_PHONE_NUMBER"}},
            ]
        },
        "optOut": {"optOut": {"isOptedOut": True, "reason": "asked"}, "contact": None},
        "createContactList": {"contactList": {"name": "x", "contactCount": 0}},
        "createCampaign": {"campaign": {"name": "x", "contactCount": 0}},
        "addCampaignContacts": {
            "summary": {"total": 2, "created": 1, "skippedDuplicate": 1},
            "results": entries,
            "campaign": None,
        },
        "recordMessages": {
            "results": [{"outcome": "SKIPPED", "message": None}, {"outcome": "CREATED", "message": {"phone": KNOWN}}]
        },
    }
    assert [(error["path"], error["extensions"]["code"]) for error in answer.errors] == [
        (["bulkCreateContacts", "results", 0, "contact"], "FORBIDDEN"),
        (["optOut", "contact"], "FORBIDDEN"),
        (["addCampaignContacts", "results", 0, "campaignContact"], "FORBIDDEN"),
        (["addCampaignContacts", "campaign"], "FORBIDDEN"),
        (["recordMessages", "results", 0, "message"], "FORBIDDEN"),
    ]


async def test_lists_that_cannot_be_null_are_empty_and_their_counts_stay(world: World) -> None:
    api = world.api.with_settings(contact_protection_hours=48).with_scopes(Scope.CONTACTS_WRITE)
    known = {"phones": [KNOWN]}

    refused = await mutate(
        api,
        "assignContacts",
        "count contactIds conflicts { error { code } } conflictCount",
        contacts=known,
        ownerId=None,
    )
    by_phone = await mutate(api, "tagContacts", "count contactIds", contacts=known, add=["x"])
    by_id = await mutate(api, "tagContacts", "count contactIds", contacts={"ids": [world.ids["contact"]]}, add=["y"])
    trashed = await mutate(api, "trashContacts", "count contactLists { id }", contacts=known)
    taken = await api.run(
        "mutation ($phone: PhoneNumber!) "
        "{ createContact(input: {contact: {phone: $phone}}) { errors { __typename code path } } }",
        phone=OPTED_OUT,
    )

    assert refused == {"count": 0, "contactIds": [], "conflicts": [], "conflictCount": 1, "errors": []}
    assert by_phone == {"count": 1, "contactIds": [], "errors": []}
    assert by_id == {"count": 1, "contactIds": [world.ids["contact"]], "errors": []}
    assert trashed == {"count": 1, "contactLists": [], "errors": []}
    duplicate = {"__typename": "InputError", "code": "DUPLICATE_PHONE", "path": ["input", "contact", "phone"]}
    assert taken == {"createContact": {"errors": [duplicate]}}


@pytest.mark.parametrize("scope", [Scope.CONTACTS_WRITE, Scope.CAMPAIGNS_WRITE])
async def test_a_change_by_filter_needs_the_scope_to_read_contacts(world: World, scope: Scope) -> None:
    matching = {"matching": {"filter": {"search": HIDDEN}, "expectedCount": 99}}
    of_list, of_campaign = {"listId": world.ids["list"]}, {"campaignId": world.ids["campaign"]}
    inputs: dict[str, dict[str, Any]] = {"removeCampaignContacts": of_campaign}
    if scope is Scope.CONTACTS_WRITE:
        inputs = {name: {} for name in ("assignContacts", "tagContacts", "trashContacts")}
        inputs |= {"restoreContacts": {}, "purgeContacts": {}}
        inputs |= {"addContactsToList": of_list, "removeContactsFromList": of_list}

    for name, options in inputs.items():
        payload = await mutate(world.api.with_scopes(scope), name, "__typename", contacts=matching, **options)
        allowed = await mutate(
            world.api.with_scopes(scope, Scope.CONTACTS_READ), name, "__typename", contacts=matching, **options
        )

        assert [(error["code"], error["path"]) for error in payload["errors"]] == [
            ("FORBIDDEN", ["input", "contacts", "matching"])
        ]
        assert [error["code"] for error in allowed["errors"]] == ["COUNT_CHANGED"]
