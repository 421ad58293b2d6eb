"""Clients create, change, test and delete webhook endpoints. Errors have the path of the invalid value."""

from typing import Any

import pytest

from models.db import database
from schema.ids import IdPrefix, encode
from services import batch_delete
from services.accounts.authentication import Role
from services.purging import registry as purges
from services.webhooks.limits import webhook_limits
from tests.support.api_client import DAY, MONDAY, TUESDAY, Api, iso
from tests.support.mutations import mutate
from tests.support.rows import add_webhook_endpoint, change
from tests.support.servers.webhook_receiver import receiving
from tests.support.webhook_endpoints import EndpointSending, deliveries, endpoint_state, make_endpoint, told

URL = "https://hooks.example.com/in"


async def problems(api: Api, **given: Any) -> list[tuple[str, list[str]]]:
    input = {"url": URL, "eventTypes": ["CONTACT_CREATED"], **given}
    answer = await mutate(api, "createWebhookEndpoint", "webhookEndpoint { id } secret", **input)
    if answer["errors"]:
        assert (answer["webhookEndpoint"], answer["secret"]) == (None, None)
    return [(error["code"], error["path"]) for error in answer["errors"]]


async def test_an_endpoint_is_shown_as_it_was_created_and_its_secret_once(api: Api) -> None:
    input = {"url": URL, "description": " For the CRM ", "eventTypes": ["LIST_CREATED", "CONTACT_CREATED"]}
    shown = (
        "url description eventTypes selection isOrdered isActive disabledAt disabledReason failingSince "
        "formerSecretExpiresAt createdAt updatedAt token { id } createdBy { id } deliveries { totalCount }"
    )
    made = await mutate(
        api, "createWebhookEndpoint", f"secret webhookEndpoint {{ id {shown} }}", **input, selection="{ id }"
    )
    id = made["webhookEndpoint"].pop("id")
    found = await api.run(f"query ($id: ID!) {{ webhookEndpoint(id: $id) {{ {shown} }} }}", id=id)

    nothing = ("disabledAt", "disabledReason", "failingSince", "formerSecretExpiresAt")
    assert made["secret"].startswith("whsec_")
    assert id.startswith("whe_")
    assert (
        found["webhookEndpoint"]
        == made["webhookEndpoint"]
        == {
            "url": URL,
            "description": "For the CRM",
            "eventTypes": ["CONTACT_CREATED", "LIST_CREATED"],
            "selection": "{ id }",
            "isOrdered": False,
            "isActive": True,
            **dict.fromkeys(nothing),
            "createdAt": iso(MONDAY),
            "updatedAt": iso(MONDAY),
            "token": {"id": encode(IdPrefix.API_TOKEN, api.caller.token_id)},
            "createdBy": {"id": api.user_id},
            "deliveries": {"totalCount": 0},
        }
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com",
        "https://localhost/x",
        "https://127.0.0.1",
        "https://127.1/",
        "https://0x7f000001/",
        "https://2130706433/",
        "https://10.0.0.8:8443/in",
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://user:password@hooks.example.com/",
        "https://hooks.example.com/#x",
        "https://hooks.example.com:99999/",
        "ftp://hooks.example.com/",
        "https:///in",
        "no url",
    ],
)
async def test_an_address_that_is_private_or_no_https_url_is_refused_when_given(api: Api, url: str) -> None:
    webhook_limits().allows_private = False

    assert await problems(api, url=url) == [("INVALID", ["input", "url"])]


async def test_what_is_missing_or_too_long_is_refused_at_its_place(api: Api) -> None:
    assert await problems(api, url=" ", eventTypes=[], description="x" * 201) == [
        ("REQUIRED", ["input", "url"]),
        ("TOO_LONG", ["input", "description"]),
        ("REQUIRED", ["input", "eventTypes"]),
    ]


@pytest.mark.parametrize(
    ("selection", "message"),
    [
        ("{ nothing }", "Cannot query field 'nothing' on type 'WebhookEvent'."),
        (
            "{ contact { id firstNam } }",
            "Cannot query field 'firstNam' on type 'Contact'. Did you mean 'firstName' or 'lastName'?",
        ),
        ("{ contact }", "Field 'contact' of type 'Contact' must have a selection of subfields."),
        ("{ __schema { types { name } } }", "Cannot query field '__schema' on type 'WebhookEvent'."),
        ("{ id", "Syntax Error: Expected Name, found <EOF>."),
        ("query { id }", "The selection must be one selection set in braces"),
        ("query ($a: Int) { id }", "Variable '$a' is never used."),
        ("{ ...F } fragment F on WebhookEvent { id }", "The selection must be one selection set in braces"),
        ("{ id } { type }", "This anonymous operation must be the only defined operation."),
        ("mutation { optOut }", "The mutation operation is not supported by the schema."),
        (
            "{ contactList { contacts(first: 100) { nodes { lists { contacts(first: 100) { nodes { lists { contacts("
            "first: 100) { totalCount nodes { id } } } } } } } } } }",
            "The operation costs",
        ),
    ],
)
async def test_what_is_wrong_with_a_selection_is_said_as_graphql_says_it(
    api: Api, selection: str, message: str
) -> None:
    input = {"url": URL, "eventTypes": ["CONTACT_CREATED"], "selection": selection}
    made = await mutate(api, "createWebhookEndpoint", "webhookEndpoint { id }", **input)

    assert made["webhookEndpoint"] is None
    assert {(error["code"], tuple(error["path"])) for error in made["errors"]} == {("INVALID", ("input", "selection"))}
    assert made["errors"][0]["message"].startswith(message)


async def test_an_account_has_at_most_twenty_endpoints(api: Api) -> None:
    for _ in range(20):
        await add_webhook_endpoint(api.account_id, token_id=api.caller.token_id)

    assert await problems(api) == [("TOO_MANY", ["input"])]


async def test_unset_fields_stay_and_null_clears_what_can_be_cleared(api: Api) -> None:
    endpoint, _ = await make_endpoint(api, None, "CONTACT_CREATED", description="CRM", selection="{ id }")
    shown = "webhookEndpoint { description selection eventTypes isOrdered isActive }"
    kept = await mutate(api, "updateWebhookEndpoint", shown, id=endpoint, isOrdered=True)
    cleared = await mutate(api, "updateWebhookEndpoint", shown, id=endpoint, description=None, selection=None)
    nulls = {"url": None, "eventTypes": None, "isOrdered": None}
    refused = await mutate(api, "updateWebhookEndpoint", shown, id=endpoint, **nulls)

    rest = {"eventTypes": ["CONTACT_CREATED"], "isOrdered": True, "isActive": True}
    assert kept["webhookEndpoint"] == {"description": "CRM", "selection": "{ id }", **rest}
    assert cleared["webhookEndpoint"] == {"description": None, "selection": None, **rest}
    assert [(one["code"], one["path"][1]) for one in refused["errors"]] == [
        ("REQUIRED", "url"),
        ("REQUIRED", "eventTypes"),
        ("REQUIRED", "isOrdered"),
    ]


async def test_who_changes_the_url_or_the_selection_lends_the_rights(api: Api) -> None:
    endpoint, _ = await make_endpoint(api, None, "CONTACT_CREATED")
    _, bob = await api.make_user("Bob", Role.ADMIN)
    shown = "webhookEndpoint { token { id } }"
    own, bobs = [encode(IdPrefix.API_TOKEN, one.caller.token_id) for one in (api, bob)]

    described = await mutate(bob, "updateWebhookEndpoint", shown, id=endpoint, description="CRM")
    selected = await mutate(bob, "updateWebhookEndpoint", shown, id=endpoint, selection="{ contact { id } }")

    assert described["webhookEndpoint"] == {"token": {"id": own}}
    assert selected["webhookEndpoint"] == {"token": {"id": bobs}}


async def test_switching_off_gives_up_what_waits_and_redelivery_sends_it(api: Api) -> None:
    async with receiving() as receiver:
        endpoint, _ = await make_endpoint(api, receiver, "CONTACT_CREATED")
        await api.make_contact("0712345678")
        await mutate(api, "updateWebhookEndpoint", "webhookEndpoint { id }", id=endpoint, isActive=False)
        off, sent = await endpoint_state(api, endpoint), await EndpointSending().at(MONDAY)
        again = {"endpointId": endpoint, "failedSince": iso(MONDAY)}
        refused = await mutate(api, "redeliverWebhookEvents", "count", **again)
        await mutate(api, "updateWebhookEndpoint", "webhookEndpoint { id }", id=endpoint, isActive=True)
        late = await mutate(api, "redeliverWebhookEvents", "count", endpointId=endpoint, failedSince=iso(TUESDAY))
        counted = await mutate(api, "redeliverWebhookEvents", "count", **again)
        await EndpointSending().at(MONDAY)
        [delivered] = await deliveries(api, endpoint)
        by_id = await mutate(
            api, "redeliverWebhookEvents", "count", endpointId=endpoint, eventIds=[delivered["eventId"]]
        )
        await EndpointSending().at(MONDAY)

    assert (off["isActive"], off["disabledReason"], sent) == (False, "BY_USER", 0)
    assert [(error["code"], error["path"]) for error in refused["errors"]] == [("WRONG_STATE", ["input", "endpointId"])]
    assert (late["count"], counted["count"], by_id["count"]) == (0, 1, 1)
    assert receiver.deliveries[0].content == receiver.deliveries[1].content
    assert receiver.ids == [delivered["eventId"]] * 2


@pytest.mark.parametrize("given", [{}, {"eventIds": [], "failedSince": iso(MONDAY)}])
async def test_redelivery_takes_ids_or_an_instant(api: Api, given: dict[str, Any]) -> None:
    endpoint, _ = await make_endpoint(api, None, "CONTACT_CREATED")

    answer = await mutate(api, "redeliverWebhookEvents", "count", endpointId=endpoint, **given)

    assert [(error["code"], error["path"]) for error in answer["errors"]] == [("INVALID", ["input"])]


async def test_a_test_event_goes_to_one_endpoint_about_a_contact_or_nothing(api: Api) -> None:
    async with receiving() as receiver:
        selection = "{ type contact { phone } optOut { phone isOptedOut } }"
        types = ("CONTACT_CREATED", "CONTACT_OPTED_OUT", "WEBHOOK_TEST")
        endpoint, _ = await make_endpoint(api, receiver, "LIST_CREATED", selection=selection)
        other, _ = await make_endpoint(api, receiver, *types)
        contact = await api.at(MONDAY - DAY).make_contact("0712345678")
        await mutate(api, "optOut", "optOut { isOptedOut }", phone="0712345678")
        tests = [{}, {"eventType": "CONTACT_OPTED_OUT", "contactId": contact}, {"eventType": "CONTACT_CREATED"}]
        made = [
            await mutate(api, "testWebhookEndpoint", "delivery { eventType status payload }", id=endpoint, **test)
            for test in tests
        ]
        await EndpointSending().at(MONDAY)

    assert [one["delivery"]["eventType"] for one in made] == ["WEBHOOK_TEST", "CONTACT_OPTED_OUT", "CONTACT_CREATED"]
    assert made[0]["delivery"] == {"eventType": "WEBHOOK_TEST", "status": "PENDING", "payload": None}
    tried = [one.json for one in receiver.deliveries if "contactId" not in one.json["data"]]
    assert sorted((one["type"], one["data"]["contact"], one["data"]["optOut"]) for one in tried if one) == [
        ("contact.created", None, None),
        (
            "contact.opted_out",
            {"phone": "+254712345678"},
            {"phone": "+254712345678", "isOptedOut": True},
        ),
        ("webhook.test", None, None),
    ]
    assert await told(api, other) == ["CONTACT_CREATED", "CONTACT_OPTED_OUT"]


async def test_a_deleted_endpoint_is_gone_with_its_deliveries(api: Api) -> None:
    endpoint, _ = await make_endpoint(api, None, "CONTACT_CREATED")
    await api.make_contact("0712345678")

    answer = await mutate(api, "deleteWebhookEndpoint", "deletedId", id=endpoint)

    assert answer == {"deletedId": endpoint, "errors": []}
    for table in ("webhook_endpoint", "webhook_delivery"):
        assert await database.fetch(f"SELECT id FROM {table} WHERE account_id = $1", api.account_id) == []


async def test_what_a_deleted_endpoint_leaves_is_never_sent_and_deleted_by_the_upkeep(
    api: Api, stranger: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_delete, "BATCH", 2)
    endpoint, _ = await make_endpoint(api, None, "CONTACT_CREATED")
    other, _ = await make_endpoint(stranger, None, "CONTACT_CREATED")
    for number in range(7):
        await api.make_contact(f"071234567{number}")
    await stranger.make_contact("0712345678")

    await mutate(api, "deleteWebhookEndpoint", "deletedId", id=endpoint)
    left = await deliveries_kept(api)
    sent = await EndpointSending().at(api.now)
    purged = await purges.purge("webhook deliveries", now=api.now)

    assert (left, sent, purged) == (5, 1, 5)
    assert (await deliveries_kept(api), await deliveries_kept(stranger)) == (0, 1)
    assert [one["attemptCount"] for one in await deliveries(stranger, other)] == [1]
    await purges.purge("webhook deliveries", now=api.now + 8 * DAY)
    assert await deliveries_kept(stranger) == 0


async def deliveries_kept(api: Api) -> int:
    return len(await database.fetch("SELECT id FROM webhook_delivery WHERE account_id = $1", api.account_id))


async def test_deliveries_are_pages_by_status_and_kept_for_a_week(api: Api) -> None:
    endpoint, _ = await make_endpoint(api, None, "CONTACT_CREATED")
    for number in range(3):
        await api.make_contact(f"071234567{number}")
    [newest, *_] = await deliveries(api, endpoint)
    await change("webhook_delivery", newest["id"], status="FAILED")
    page = """
    query ($id: ID!, $after: String) {
      webhookEndpoint(id: $id) {
        deliveries(first: 2, after: $after) { totalCount nodes { id } pageInfo { endCursor } }
      }
    }
    """

    first = (await api.run(page, id=endpoint))["webhookEndpoint"]["deliveries"]
    rest = await api.run(page, id=endpoint, after=first["pageInfo"]["endCursor"])
    later = api.at(MONDAY + 7 * DAY)
    node = await later.run("query ($id: ID!) { node(id: $id) { id } }", id=newest["id"])

    assert (first["totalCount"], len(first["nodes"])) == (3, 2)
    assert len(rest["webhookEndpoint"]["deliveries"]["nodes"]) == 1
    assert [one["id"] for one in await deliveries(api, endpoint, "FAILED")] == [newest["id"]]
    assert (await deliveries(later, endpoint), node) == ([], {"node": None})
