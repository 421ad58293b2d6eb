"""What a webhook endpoint receives: signed requests with the selected data, in order, until they are accepted."""

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator

import pytest

from schema.ids import IdPrefix, encode
from tests.support.api_client import MONDAY, TUESDAY, Api, iso
from tests.support.mutations import mutate
from tests.support.servers.webhook_receiver import Receiver, receiving
from tests.support.webhook_endpoints import EndpointSending, deliveries, make_endpoint, told


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as running:
        yield running


async def test_a_created_contact_reaches_the_endpoint_signed_with_what_it_selects(api: Api, receiver: Receiver) -> None:
    selection = "{ type changedFields contact { id phone tags } user { name } account { name } token { id } }"
    endpoint, secret = await make_endpoint(api, receiver, "CONTACT_CREATED", selection=selection)
    contact = await api.make_contact("0712345678", tags=["vip"])

    assert await EndpointSending().at(TUESDAY) == 1

    [request] = receiver.deliveries
    [delivery] = await deliveries(api, endpoint)
    assert (
        request.json
        == delivery["payload"]
        == {
            "type": "contact.created",
            "timestamp": iso(MONDAY),
            "accountId": encode(IdPrefix.ACCOUNT, api.account_id),
            "data": {
                "type": "CONTACT_CREATED",
                "changedFields": [],
                "contact": {"id": contact, "phone": "+254712345678", "tags": ["vip"]},
                "user": {"name": "Ada"},
                "account": {"name": "Acme"},
                "token": {"id": encode(IdPrefix.API_TOKEN, api.caller.token_id)},
            },
        }
    )
    headers = request.headers
    assert headers["webhook-id"] == delivery["eventId"]
    signed = f"{headers['webhook-id']}.{int(TUESDAY.timestamp())}.".encode() + request.content
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert (delivery["status"], delivery["attemptCount"], delivery["responseStatus"]) == ("DELIVERED", 1, 204)
    assert (delivery["lastAttemptAt"], delivery["nextAttemptAt"]) == (iso(TUESDAY), None)


async def test_without_a_selection_the_payload_has_the_ids(api: Api, receiver: Receiver) -> None:
    endpoint, _ = await make_endpoint(api, receiver, "CONTACT_UPDATED", "CONTACT_CREATED")
    contact = await api.make_contact("0712345678")
    await mutate(api, "updateContact", "contact { id }", contact={"id": contact}, firstName="Amina", tags=["a"])

    await EndpointSending().at(MONDAY)

    data = [request.json["data"] for request in receiver.deliveries]
    nothing = {"contactListId": None, "campaignId": None, "messageId": None, "jobId": None}
    assert [one | {"id": ""} for one in data] == [
        {"id": "", "type": kind, "occurredAt": iso(MONDAY), "contactId": contact, **nothing}
        for kind in ("CONTACT_CREATED", "CONTACT_UPDATED")
    ]
    assert await told(api, endpoint) == ["CONTACT_CREATED", "CONTACT_UPDATED"]
