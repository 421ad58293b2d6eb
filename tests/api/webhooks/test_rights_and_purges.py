"""An endpoint ends with the rights of its token, and a purge empties what was not sent."""

from dataclasses import replace
from uuid import uuid4

from schema.ids import IdPrefix, encode
from services import account_queue
from services.accounts.authentication import Role
from services.purging import traces
from tests.support.api_client import HOUR, MONDAY, Api, iso
from tests.support.mutations import mutate
from tests.support.rows import change
from tests.support.servers.webhook_receiver import Receiver
from tests.support.webhook_endpoints import EndpointSending, deliveries, endpoint_state, make_endpoint
from tests.support.webhooks import SECOND


async def test_the_endpoints_of_a_token_that_ends_are_switched_off_and_nothing_waiting_is_sent(
    api: Api, receiver: Receiver
) -> None:
    endpoint, _ = await make_endpoint(api, receiver, "CONTACT_CREATED")
    await api.make_contact("0712345678")
    await mutate(api, "revokeToken", "token { id }", id=encode(IdPrefix.API_TOKEN, api.caller.token_id))
    _, other = await api.make_user("Bob", Role.ADMIN)
    sending = EndpointSending()

    sent = await sending.at(MONDAY)
    state = await endpoint_state(other, endpoint)
    shown = "webhookEndpoint { isActive token { id } }"
    taken = await mutate(other, "updateWebhookEndpoint", shown, id=endpoint, isActive=True)
    again = await mutate(other, "redeliverWebhookEvents", "count", endpointId=endpoint, failedSince=iso(MONDAY))

    assert (sent, state["isActive"], state["disabledReason"]) == (0, False, "TOKEN_ENDED")
    assert taken["webhookEndpoint"] == {
        "isActive": True,
        "token": {"id": encode(IdPrefix.API_TOKEN, other.caller.token_id)},
    }
    assert (again["count"], await sending.at(MONDAY)) == (1, 1)


async def test_a_token_that_expires_or_loses_its_user_switches_its_endpoints_off(api: Api, receiver: Receiver) -> None:
    bob_id, bob = await api.make_user("Bob", Role.ADMIN)
    endpoint, _ = await make_endpoint(api, receiver, "CONTACT_CREATED")
    bobs, _ = await make_endpoint(bob, receiver, "CONTACT_CREATED")
    token = encode(IdPrefix.API_TOKEN, api.caller.token_id)
    await change("api_token", token, expires_at=MONDAY + HOUR)

    await mutate(api, "updateUser", "user { id }", id=bob_id, isActive=False)
    await EndpointSending().at(MONDAY)
    reasons = [(await endpoint_state(api, one))["disabledReason"] for one in (endpoint, bobs)]
    await account_queue.refill()  # as each day: on a cluster, nothing else looks for tokens that expire
    await EndpointSending().at(MONDAY + HOUR)

    assert reasons == [None, "TOKEN_ENDED"]
    assert (await endpoint_state(api, endpoint))["disabledReason"] == "TOKEN_ENDED"


async def test_a_selection_that_no_longer_fits_switches_the_endpoint_off(api: Api, receiver: Receiver) -> None:
    endpoint, _ = await make_endpoint(api, receiver, "CONTACT_CREATED", selection="{ id }")
    await change("webhook_endpoint", endpoint, selection="{ gone }")

    await EndpointSending().sender.check_selections()

    assert (await endpoint_state(api, endpoint))["disabledReason"] == "SELECTION_INVALID"


async def test_a_purge_empties_payloads_and_what_was_not_sent_goes_out_without_the_contact(
    api: Api, receiver: Receiver
) -> None:
    endpoint, _ = await make_endpoint(api, receiver, "CONTACT_CREATED", selection="{ contactId contact { phone } }")
    sent = await api.make_contact("0712345678")
    sending = EndpointSending()
    await sending.at(MONDAY)
    unsent = await api.make_contact("0712345679")

    await mutate(api, "purgeContacts", "count", contacts={"ids": [sent, unsent]}, fromAnywhere=True)
    payloads = [one["payload"] for one in await deliveries(api, endpoint)]
    await sending.at(MONDAY)

    assert payloads == [None, None]
    assert [one.json["data"]["contact"] for one in receiver.deliveries] == [{"phone": "+254712345678"}, None]
    assert receiver.deliveries[1].json["data"]["contactId"] == unsent


async def test_a_purge_also_empties_payloads_that_reach_the_contact_through_something_else(
    api: Api, receiver: Receiver
) -> None:
    through_list = "{ contactList { name contacts { nodes { phone } } } }"
    broad, _ = await make_endpoint(api, receiver, "LIST_UPDATED", selection=through_list)
    plain, _ = await make_endpoint(api, receiver, "LIST_UPDATED", selection="{ contactList { name } }")
    farmers = await api.make_list("Farmers")
    contact = await api.make_contact("0712345678", listIds=[farmers])
    await mutate(api, "updateContactList", "contactList { id }", id=farmers, name="Growers")
    await EndpointSending().at(MONDAY)
    [before], [kept] = [await deliveries(api, one) for one in (broad, plain)]

    await mutate(api.at(MONDAY + SECOND), "purgeContacts", "count", contacts={"ids": [contact]}, fromAnywhere=True)
    await traces.erase(now=MONDAY + HOUR)

    [after], [kept_after] = [await deliveries(api, one) for one in (broad, plain)]
    assert before["payload"]["data"]["contactList"]["contacts"] == {"nodes": [{"phone": "+254712345678"}]}
    assert (after["payload"], after["status"]) == (None, "DELIVERED")
    assert kept_after["payload"] == kept["payload"] is not None


async def test_the_endpoint_of_a_caller_by_jwt_has_the_rights_of_its_creator_while_they_are_active(
    api: Api, receiver: Receiver
) -> None:
    bob_id, bob = await api.make_user("Bob", Role.ADMIN)
    by_jwt = replace(bob, caller=replace(bob.caller, token_id=uuid4()))
    endpoint, _ = await make_endpoint(
        by_jwt, receiver, "CONTACT_CREATED", selection="{ contact { phone } token { id } }"
    )
    shown = await api.run(
        "query ($id: ID!) { webhookEndpoint(id: $id) { token { id } createdBy { id } } }", id=endpoint
    )
    await by_jwt.make_contact("0712345678")
    await EndpointSending().at(MONDAY)

    await mutate(api, "updateUser", "user { id }", id=bob_id, isActive=False)

    assert shown["webhookEndpoint"] == {"token": None, "createdBy": {"id": bob_id}}
    assert receiver.deliveries[0].json["data"] == {"contact": {"phone": "+254712345678"}, "token": None}
    assert (await endpoint_state(api, endpoint))["disabledReason"] == "TOKEN_ENDED"
