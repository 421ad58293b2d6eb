"""The example receivers print each genuine event once, and refuse others."""

import asyncio
import os
import shutil
import sys
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tests.support.api_client import Api
from tests.support.mutations import mutate
from tests.support.servers.cluster import free_port
from tests.support.servers.server_process import ROOT, serving
from tests.support.servers.webhook_receiver import receiving
from tests.support.webhook_endpoints import EndpointSending, deliveries, make_endpoint

COMMANDS = {
    "python": (sys.executable, "examples/webhook_receiver.py"),
    "node": ("node", "examples/webhook_receiver.mjs"),
}


@pytest.mark.parametrize("language", COMMANDS)
async def test_a_receiver_prints_each_genuine_event_once(db: None, language: str) -> None:
    if shutil.which(COMMANDS[language][0]) is None:
        pytest.skip(f"{language} is not installed")
    port, now = free_port(), datetime.now(UTC)
    api = (await Api.of_new_account()).at(now)
    url = f"http://127.0.0.1:{port}/"
    endpoint, secret = await make_endpoint(api, None, "CONTACT_CREATED", url=url, selection="{ contact { phone } }")
    receiver = await asyncio.create_subprocess_exec(
        *COMMANDS[language],
        cwd=ROOT,
        env=os.environ | {"WEBHOOK_SECRET": secret, "PORT": str(port)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert receiver.stdout is not None
    try:
        refused = await _forged(url)
        await api.make_contact("0712345678")
        await EndpointSending().at(now)
        [delivery] = await deliveries(api, endpoint)
        await mutate(api, "redeliverWebhookEvents", "count", endpointId=endpoint, eventIds=[delivery["eventId"]])
        await EndpointSending().at(now)
        attempts = [one["attemptCount"] for one in await deliveries(api, endpoint, "DELIVERED")]
    finally:
        receiver.terminate()
        printed, _ = await receiver.communicate()

    assert refused == 401
    assert attempts == [2]
    assert printed.decode().replace(" ", "") == 'contact.created{"contact":{"phone":"+254712345678"}}\n'


async def _forged(url: str) -> int:
    """Sends an unsigned request as soon as the receiver runs. Returns the status of the response."""
    async with httpx2.AsyncClient() as client, asyncio.timeout(30):
        while True:
            try:
                headers = {"webhook-id": "evt_1", "webhook-timestamp": "1"}
                return (await client.post(url, json={}, headers=headers)).status_code
            except httpx2.ConnectError:
                await asyncio.sleep(0.05)


async def test_the_public_library_verifies_what_a_server_sends(db: None, database_url: str) -> None:
    """Both secrets of a rotation verify each delivery. A changed body, id or secret fails."""
    api = (await Api.of_new_account()).at(datetime.now(UTC))
    async with receiving() as receiver, serving(database_url, webhook_allow_private=True):
        url = f"http://127.0.0.1:{receiver.port}/in"
        selection = "{ contact { name } }"
        endpoint, former = await make_endpoint(api, None, "CONTACT_CREATED", url=url, selection=selection)
        await api.make_contact("0712345678", name="Zoë „Z“")
        await receiver.received(1)
        rotated = await mutate(api, "rotateWebhookSecret", "secret", id=endpoint)
        await api.make_contact("0712345679", name="Ana")
        await receiver.received(2)

    [first, second] = receiver.deliveries
    assert Webhook(former).verify(first.content, first.headers)["data"] == {"contact": {"name": "Zoë „Z“"}}
    for secret in (former, rotated["secret"]):
        event: Any = Webhook(secret).verify(second.content, second.headers)
        assert (event["type"], event["data"]) == ("contact.created", {"contact": {"name": "Ana"}})
    for secret, content, headers in (
        (rotated["secret"], first.content, first.headers),
        (former, first.content.replace(b"Z", b"S"), first.headers),
        (former, first.content, first.headers | {"webhook-id": second.headers["webhook-id"]}),
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(content, headers)
