"""A webhook endpoint receives signed requests with the selected data. The server repeats them until it accepts them."""

import asyncio
import base64
import hashlib
import hmac
from datetime import datetime

import pytest

from schema.ids import IdPrefix, encode
from services.account_queue import Due, Queue
from services.accounts.authentication import Scope
from services.webhooks import queue
from services.webhooks.limits import webhook_limits
from services.webhooks.outcomes import attempt_counts
from tests.support.api_client import DAY, HOUR, MONDAY, TUESDAY, Api, iso
from tests.support.mutations import mutate
from tests.support.rows import change
from tests.support.servers.webhook_receiver import Receiver, receiving
from tests.support.webhook_endpoints import EndpointSending, deliveries, endpoint_state, make_endpoint, told
from tests.support.webhooks import SECOND
from web.webhooks import posting
from web.webhooks.signatures import signature


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


async def test_a_refused_field_is_null_beside_its_error_and_the_id_stays(api: Api, receiver: Receiver) -> None:
    admin = api.without_user().with_scopes(Scope.ADMIN)
    await change("api_token", encode(IdPrefix.API_TOKEN, api.caller.token_id), user_id=None, scopes=["ADMIN"])
    await make_endpoint(admin, receiver, "CONTACT_CREATED", selection="{ contactId contact { phone } }")
    contact = await api.make_contact("0712345678")

    await EndpointSending().at(MONDAY)

    [request] = receiver.deliveries
    assert request.json["data"] == {"contactId": contact, "contact": None}
    assert [(error["path"], error["extensions"]) for error in request.json["errors"]] == [
        (["contact"], {"code": "FORBIDDEN"})
    ]


async def test_a_payload_beyond_256_kb_has_only_the_ids(api: Api, receiver: Receiver) -> None:
    variables = {f"label {number}": "x" * 2_000 for number in range(70)}
    selection = "{ a: contact { customVariables } b: contact { customVariables } }"
    await make_endpoint(api, receiver, "CONTACT_CREATED", selection=selection)
    contact = await api.make_contact("0712345678", customVariables=variables)

    await EndpointSending().at(MONDAY)

    [request] = receiver.deliveries
    assert (request.json["isTruncated"], request.json["data"]["contactId"]) == (True, contact)


async def test_what_was_not_accepted_is_sent_again_with_the_same_bytes_and_id(api: Api, receiver: Receiver) -> None:
    endpoint, _ = await make_endpoint(api, receiver, "CONTACT_CREATED", selection="{ contact { firstName } }")
    receiver.answers = ["HTTP/1.1 500 So\r\ncontent-length: 4\r\n\r\nOuch"]
    contact = await api.make_contact("0712345678", firstName="Amina")
    sending = EndpointSending()

    first = await sending.at(MONDAY)
    [failed] = await deliveries(api, endpoint)
    await mutate(api, "updateContact", "contact { id }", contact={"id": contact}, firstName="Brian")
    counts = [first, await sending.at(MONDAY + 3 * SECOND), await sending.at(MONDAY + 7 * SECOND)]
    [delivered] = await deliveries(api, endpoint)

    assert counts == [1, 0, 1]
    assert (failed["status"], failed["responseStatus"], failed["responseBody"]) == ("PENDING", 500, "Ouch")
    assert failed["error"] == "The receiver answered with status 500."
    assert 4 <= (datetime.fromisoformat(failed["nextAttemptAt"]) - MONDAY).total_seconds() <= 6
    assert (delivered["status"], delivered["attemptCount"], delivered["error"]) == ("DELIVERED", 2, None)
    assert receiver.deliveries[0].content == receiver.deliveries[1].content
    assert b"Amina" in receiver.deliveries[1].content
    assert len(set(receiver.ids)) == 1


async def test_a_busy_receiver_is_left_alone_as_long_as_it_asks(api: Api, receiver: Receiver) -> None:
    endpoint, _ = await make_endpoint(api, receiver, "CONTACT_CREATED")
    receiver.answers = ["HTTP/1.1 429 So\r\nretry-after: 600\r\ncontent-length: 0\r\n\r\n"]
    await api.make_contact("0712345678")
    sending = EndpointSending()
    await sending.at(MONDAY)
    await api.make_contact("0712345679")

    counts = [await sending.at(MONDAY + 599 * SECOND), await sending.at(MONDAY + 600 * SECOND)]

    assert counts == [0, 2]
    assert [one["status"] for one in await deliveries(api, endpoint)] == ["DELIVERED"] * 2


async def test_a_dead_endpoint_is_given_up_after_three_days_and_the_others_are_told(
    api: Api, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        queue, "uniform", lambda least, most: most
    )  # an attempt is then given up, not the pause after it
    dead, _ = await make_endpoint(api, None, "CONTACT_CREATED")
    watcher, _ = await make_endpoint(api, receiver, "WEBHOOK_ENDPOINT_DISABLED")
    await api.make_contact("0712345678")
    sending, now, attempts = EndpointSending(), MONDAY, 0

    while now < MONDAY + 3 * DAY:
        attempts += await sending.at(now)
        now += HOUR
    last = await sending.at(MONDAY + 3 * DAY + HOUR)

    assert 14 <= attempts <= 22  # hourly at first, and then about every six hours
    counted = attempt_counts().by_outcome
    assert counted.total() == attempts + last
    assert min(counted["delivered"], counted["retried"], counted["given_up"]) >= 1
    state = await endpoint_state(api, dead)
    assert (state["isActive"], state["disabledReason"], state["failingSince"]) == (False, "FAILING", iso(MONDAY))
    assert [one["status"] for one in await deliveries(api, dead)] == ["FAILED"]
    assert await told(api, watcher) == ["WEBHOOK_ENDPOINT_DISABLED"]


async def test_a_receiver_that_is_gone_is_switched_off_at_once(api: Api, receiver: Receiver) -> None:
    endpoint, _ = await make_endpoint(api, receiver, "CONTACT_CREATED")
    receiver.answers = [410]
    await api.make_contact("0712345678")

    await EndpointSending().at(MONDAY)

    assert (await endpoint_state(api, endpoint))["disabledReason"] == "GONE"
    assert [one["status"] for one in await deliveries(api, endpoint)] == ["FAILED"]


@pytest.mark.parametrize(
    "answer", [None, "nonsense\r\n\r\n", "HTTP/1.1 302 Found\r\nlocation: /other\r\ncontent-length: 0\r\n\r\n"]
)
async def test_a_hanging_up_or_redirecting_receiver_has_not_accepted(
    api: Api, receiver: Receiver, answer: str | None
) -> None:
    endpoint, _ = await make_endpoint(api, receiver, "CONTACT_CREATED")
    receiver.answers = [answer]
    await api.make_contact("0712345678")

    await EndpointSending().at(MONDAY)

    [delivery] = await deliveries(api, endpoint)
    assert (delivery["status"], len(receiver.deliveries)) == ("PENDING", 1)
    assert delivery["error"]


async def test_a_status_counts_also_if_its_body_never_ends(
    api: Api, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "_BODY_SECONDS", 0.5)
    endpoint, _ = await make_endpoint(api, receiver, "CONTACT_CREATED")
    receiver.answers = ["HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nthanks"]
    await api.make_contact("0712345678")

    await EndpointSending().at(MONDAY)

    [delivery] = await deliveries(api, endpoint)
    assert (delivery["status"], delivery["responseStatus"], delivery["responseBody"]) == ("DELIVERED", 200, "thanks")


async def test_a_hanging_endpoint_delays_no_other(api: Api, receiver: Receiver) -> None:
    hanging, began, requests = asyncio.Event(), asyncio.Event(), []

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await reader.readline())
        began.set()
        await hanging.wait()
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    url = f"http://slow.example.com:{server.sockets[0].getsockname()[1]}/"
    slow, _ = await make_endpoint(api, None, "CONTACT_CREATED", url=url)
    quick, _ = await make_endpoint(api, receiver, "CONTACT_CREATED")
    sending = EndpointSending()
    for number in range(20):
        await api.make_contact(f"07123456{number:02}")

    sending.sender.start()
    await began.wait()
    await receiver.received(20)
    for number in range(20, 25):
        await api.make_contact(f"07123456{number:02}")
    await receiver.received(25)
    async with asyncio.timeout(20):
        while len(await deliveries(api, quick, "DELIVERED")) < 25:  # noqa: ASYNC110
            await asyncio.sleep(0.05)

    assert len(await deliveries(api, slow, "PENDING")) == 25
    assert 1 <= len(requests) <= webhook_limits().concurrent_requests == 8
    hanging.set()
    await sending.sender.stop()
    server.close()


async def test_a_slow_endpoint_that_answers_has_accepted_and_delays_no_other(api: Api, receiver: Receiver) -> None:
    async with receiving() as slow:
        slow.is_answering.clear()
        endpoints = [(await make_endpoint(api, one, "CONTACT_CREATED"))[0] for one in (slow, receiver)]
        sending = EndpointSending()
        for number in range(10):
            await api.make_contact(f"07123456{number:02}")

        sending.sender.start()
        await slow.received(8)
        await receiver.received(10)
        async with asyncio.timeout(20):
            while len(await deliveries(api, endpoints[1], "DELIVERED")) < 10:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        before = await deliveries(api, endpoints[0])
        slow.is_answering.set()
        async with asyncio.timeout(20):
            while len(await deliveries(api, endpoints[0], "DELIVERED")) < 10:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        await sending.sender.stop()

    assert [one["status"] for one in before] == ["PENDING"] * 10
    for endpoint, used in zip(endpoints, (slow, receiver), strict=True):
        assert {(one["attemptCount"], one["error"]) for one in await deliveries(api, endpoint)} == {(1, None)}
        assert len(used.deliveries) == len(set(used.ids)) == 10
        assert (await endpoint_state(api, endpoint))["failingSince"] is None


async def test_a_private_address_is_never_called(api: Api, receiver: Receiver) -> None:
    endpoint, _ = await make_endpoint(api, receiver, "CONTACT_CREATED")
    await api.make_contact("0712345678")

    await EndpointSending(is_private_allowed=False).at(MONDAY)

    [delivery] = await deliveries(api, endpoint)
    assert (delivery["error"], receiver.connection_count) == ("The host has an address that is not public.", 0)


async def test_an_ordered_endpoint_gets_the_events_of_a_contact_one_after_another(api: Api, receiver: Receiver) -> None:
    types = ("CONTACT_CREATED", "CONTACT_UPDATED", "CONTACT_TRASHED")
    endpoint, _ = await make_endpoint(api, receiver, *types, selection="{ type contactId }", isOrdered=True)
    first, second = await api.make_contact("0712345678"), await api.make_contact("0712345679")
    await mutate(api, "updateContact", "contact { id }", contact={"id": first}, firstName="A")
    await mutate(api, "trashContacts", "count", contacts={"ids": [first]})
    receiver.answers = [500]
    sending = EndpointSending()

    for seconds in (0, 2, 10):
        await sending.at(MONDAY + seconds * SECOND)

    sent = [(one.json["data"]["contactId"], one.json["data"]["type"]) for one in receiver.deliveries]
    assert [kind for contact, kind in sent if contact == first] == ["CONTACT_CREATED", *types]
    assert [kind for contact, kind in sent if contact == second] == ["CONTACT_CREATED"]
    assert sent[1][0] == second  # another contact's events don't wait
    assert await deliveries(api, endpoint, "PENDING") == []


async def test_what_a_process_that_died_had_leased_is_sent_by_another_once_its_lease_is_over(
    api: Api, receiver: Receiver
) -> None:
    await make_endpoint(api, receiver, "CONTACT_CREATED")
    await api.make_contact("0712345678")
    [candidate] = await queue.candidates(Due(Queue.DELIVERIES, [api.account_id]), now=MONDAY)
    lost = await queue.lease(candidate, now=MONDAY)
    assert lost is not None
    sending = EndpointSending()

    counts = [await sending.at(MONDAY + queue.LEASE - SECOND), await sending.at(MONDAY + queue.LEASE)]

    assert counts == [0, 1]
    assert not await queue.renew(lost, now=MONDAY)


async def test_two_secrets_sign_for_a_day_after_a_rotation(api: Api, receiver: Receiver) -> None:
    endpoint, secret = await make_endpoint(api, receiver, "CONTACT_CREATED")
    rotated = await mutate(api, "rotateWebhookSecret", "secret webhookEndpoint { formerSecretExpiresAt }", id=endpoint)
    sending = EndpointSending()

    for number, now in enumerate((MONDAY + DAY - SECOND, MONDAY + DAY)):
        await api.at(now).make_contact(f"071234567{number}")
        await sending.at(now)

    assert rotated["webhookEndpoint"] == {"formerSecretExpiresAt": iso(MONDAY + DAY)}
    for delivery, secrets in zip(receiver.deliveries, ([rotated["secret"], secret], [rotated["secret"]]), strict=True):
        id, timestamp = delivery.headers["webhook-id"], int(delivery.headers["webhook-timestamp"])
        keys = [base64.b64decode(one.removeprefix("whsec_")) for one in secrets]
        expected = [signature(key, id, timestamp, delivery.content) for key in keys]
        assert delivery.headers["webhook-signature"].split(" ") == expected
