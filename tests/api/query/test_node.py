"""`node` and `nodes` fetch any object by its id."""

from typing import Any

import pytest

from schema.ids import IdPrefix, encode
from services.accounts.authentication import Scope
from tests.support.api_client import Api, counted_statements
from tests.support.review_requests import rows, validate
from tests.support.rows import (
    add_audit_event,
    add_to_campaign,
    add_webhook_endpoint,
    insert,
    make_campaign,
    make_message,
    uuid_of,
)

NODE = "query ($id: ID!) { node(id: $id) { __typename id } }"
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
NAMES = {
    "acc": "Account",
    "usr": "User",
    "tok": "ApiToken",
    "cnt": "Contact",
    "lst": "ContactList",
    "cmp": "Campaign",
    "cct": "CampaignContact",
    "rev": "CampaignReview",
    "msg": "Message",
    "whe": "WebhookEndpoint",
    "dlv": "WebhookDelivery",
    "aud": "AuditEvent",
}
NEEDS = {
    "User": Scope.CONTACTS_READ,
    "ApiToken": Scope.ADMIN,
    "Contact": Scope.CONTACTS_READ,
    "ContactList": Scope.CONTACTS_READ,
    "Campaign": Scope.CAMPAIGNS_READ,
    "CampaignContact": Scope.CAMPAIGNS_READ,
    "Message": Scope.MESSAGES_READ,
    "WebhookEndpoint": Scope.ADMIN,
    "WebhookDelivery": Scope.ADMIN,
    "AuditEvent": Scope.ADMIN,
}
UNKNOWN = "01jd8vq0c5fj2v7wq1x3ynm8za"


@pytest.fixture
async def ids(api: Api) -> dict[str, str]:
    """Returns the id of one object of each type."""
    contact = await api.make_contact("0712 345 678", firstName="Amina")
    campaign = await make_campaign(api, "Spring")
    endpoint, delivery, _ = await add_webhook_endpoint(api.account_id)
    found = [
        encode(IdPrefix.ACCOUNT, api.account_id),
        api.user_id,
        encode(IdPrefix.API_TOKEN, api.caller.token_id),
        contact,
        await api.make_list("Farmers"),
        campaign,
        await add_to_campaign(api, campaign, contact),
        (await validate(api, rows("0712 345 678")))["id"],
        await make_message(api, "+254712345678"),
        encode(IdPrefix.WEBHOOK_ENDPOINT, endpoint),
        encode(IdPrefix.WEBHOOK_DELIVERY, delivery),
        await add_audit_event(api.account_id),
    ]
    return {NAMES[id[:3]]: id for id in found}


async def test_every_type_of_node_is_fetched_by_its_id(api: Api, ids: dict[str, str]) -> None:
    for name, id in ids.items():
        assert await api.run(NODE, id=id) == {"node": {"__typename": name, "id": id}}


async def test_every_type_that_is_a_node_is_fetched_here(api: Api, ids: dict[str, str]) -> None:
    found = await api.run('{ __type(name: "Node") { possibleTypes { name } } }')

    names = {type_["name"] for type_ in found["__type"]["possibleTypes"]}
    assert names - {"Job"} == set(ids)  # this fixture creates no job


async def test_many_are_fetched_at_once_in_the_order_asked_for(api: Api, ids: dict[str, str]) -> None:
    wanted = [ids["Message"], ids["Contact"], f"cnt_{UNKNOWN}", ids["Contact"], ids["Account"], f"msg_{UNKNOWN}"]

    answer = await api.run(NODES, ids=wanted)

    assert answer == {
        "nodes": [
            {"__typename": "Message", "id": ids["Message"]},
            {"__typename": "Contact", "id": ids["Contact"]},
            None,
            {"__typename": "Contact", "id": ids["Contact"]},
            {"__typename": "Account", "id": ids["Account"]},
            None,
        ]
    }
    assert await api.run(NODES, ids=[]) == {"nodes": []}


async def test_each_type_of_node_is_asked_for_its_own_fields(api: Api, ids: dict[str, str]) -> None:
    ask = """
    query ($ids: [ID!]!) {
      nodes(ids: $ids) {
        ... on Contact { firstName lists { name } }
        ... on ContactList { title: name contacts { totalCount } }
        ... on Node { id }
      }
    }
    """

    answer = await api.run(ask, ids=[ids["Contact"], ids["ContactList"], ids["User"]])

    assert answer == {
        "nodes": [
            {"firstName": "Amina", "lists": [], "id": ids["Contact"]},
            {"title": "Farmers", "contacts": {"totalCount": 0}, "id": ids["ContactList"]},
            {"id": ids["User"]},
        ]
    }


async def test_nodes_of_another_account_do_not_exist(api: Api, ids: dict[str, str], stranger: Api) -> None:
    for id in ids.values():
        assert await stranger.run(NODE, id=id) == {"node": None}

    assert await stranger.run(NODES, ids=list(ids.values())) == {"nodes": [None] * len(ids)}


@pytest.mark.parametrize(
    "wrong", [f"rve_{UNKNOWN}", f"opt_{UNKNOWN}", f"vwr_{UNKNOWN}", f"xyz_{UNKNOWN}", "cnt", "", "1", f"cnt_{UNKNOWN}x"]
)
async def test_what_names_nothing_that_can_be_fetched_is_told_before_anything_is_looked_up(
    api: Api, ids: dict[str, str], wrong: str
) -> None:
    with counted_statements() as statements:
        one = await api.ask(NODE, id=wrong)
        many = await api.ask(NODES, ids=[ids["Contact"], wrong])

    assert (one.data, one.codes) == ({"node": None}, ["INVALID_ID"])
    assert (many.data, many.codes) == (None, ["INVALID_ID"])
    assert statements == []


async def test_a_hundred_are_fetched_at_once_and_no_more(api: Api, ids: dict[str, str]) -> None:
    answer = await api.ask(NODES, ids=[ids["Contact"]] * 101)

    assert len((await api.run(NODES, ids=[ids["Contact"]] * 100))["nodes"]) == 100
    assert (answer.data, answer.codes) == (None, ["BAD_USER_INPUT"])


async def test_many_of_a_type_cost_one_statement(api: Api, ids: dict[str, str]) -> None:
    contacts = [await api.make_contact(f"0712 000 0{number}") for number in range(10, 20)]

    with counted_statements() as statements:
        await api.run(NODES, ids=[*contacts, ids["ContactList"], *contacts, ids["Account"]])

    assert len(statements) == 3


async def test_a_node_takes_the_scope_of_its_type(api: Api, ids: dict[str, str]) -> None:
    for name, scope in NEEDS.items():
        others = api.with_scopes(*(one for one in Scope if one is not scope))

        with counted_statements() as statements:
            refused = await others.ask(f"query ($id: ID!) {{ viewer {{ id }} {NODE.partition('{')[2]}", id=ids[name])

        assert refused.data["node"] is None
        assert refused.data["viewer"] is not None
        assert [(error["path"], error["extensions"]) for error in refused.errors] == [(["node"], {"code": "FORBIDDEN"})]
        assert statements == []
        assert (await api.with_scopes(scope).run(NODE, id=ids[name]))["node"]["id"] == ids[name]


async def test_a_review_takes_the_scopes_of_campaigns_and_of_contacts(api: Api, ids: dict[str, str]) -> None:
    both = {Scope.CAMPAIGNS_READ, Scope.CONTACTS_READ}

    refused = [await api.with_scopes(*set(Scope) - {scope}).ask(NODE, id=ids["CampaignReview"]) for scope in both]

    assert [(answer.data, answer.codes) for answer in refused] == [({"node": None}, ["FORBIDDEN"])] * 2
    assert (await api.with_scopes(*both).run(NODE, id=ids["CampaignReview"]))["node"]["id"] == ids["CampaignReview"]


async def test_the_account_takes_no_scope(api: Api, ids: dict[str, str]) -> None:
    account = {"node": {"__typename": "Account", "id": ids["Account"]}}

    assert await api.with_scopes().run(NODE, id=ids["Account"]) == account


async def test_what_is_refused_of_many_costs_the_others_nothing(api: Api, ids: dict[str, str]) -> None:
    wanted = [ids["Contact"], ids["ApiToken"], ids["Message"], ids["User"]]

    answer = await api.with_scopes(Scope.CONTACTS_READ).ask(NODES, ids=wanted)

    refused: dict[str, Any] = {"code": "FORBIDDEN"}
    assert answer.data == {
        "nodes": [
            {"__typename": "Contact", "id": ids["Contact"]},
            None,
            None,
            {"__typename": "User", "id": ids["User"]},
        ]
    }
    assert [(error["path"], error["extensions"]) for error in answer.errors] == [
        (["nodes", 1], refused),
        (["nodes", 2], refused),
    ]


# Fields from a campaign or a message to a contact require the scope to read contacts.
LEADING_TO_CONTACTS = [
    ("Message", "contact { phone }"),
    ("CampaignContact", "contact { phone }"),
    ("Campaign", "contacts { nodes { contact { phone } } }"),
    ("Campaign", "lists { contacts { nodes { phone } } }"),
]


@pytest.mark.parametrize(("name", "fields"), LEADING_TO_CONTACTS)
async def test_nobody_reads_contacts_by_way_of_a_campaign_or_a_message(
    api: Api, ids: dict[str, str], name: str, fields: str
) -> None:
    asking = api.with_scopes(Scope.CAMPAIGNS_READ, Scope.MESSAGES_READ)
    list_id = ids["ContactList"]
    add = "mutation ($l: ID!, $c: ID!) { addContactsToList(input: {listId: $l, contacts: {ids: [$c]}}) { added } }"
    await api.run(add, l=list_id, c=ids["Contact"])
    await insert(
        "campaign_list",
        account_id=api.account_id,
        campaign_id=uuid_of(ids["Campaign"]),
        contact_list_id=uuid_of(list_id),
    )

    answer = await asking.ask(f"query ($id: ID!) {{ node(id: $id) {{ ... on {name} {{ {fields} }} }} }}", id=ids[name])

    assert "254" not in str(answer.data)
    assert answer.codes == ["FORBIDDEN"]
