"""The example receivers print each genuine event once, and refuse others."""

import asyncio
import os
import shutil
import sys
from datetime import UTC, datetime

import httpx2
import pytest

from tests.support.api_client import Api
from tests.support.mutations import mutate
from tests.support.servers.cluster import free_port
from tests.support.servers.server_process import ROOT
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
    """Sends a request that nobody has signed, as soon as the receiver runs. Returns the status of the answer."""
    async with httpx2.AsyncClient() as client, asyncio.timeout(30):
        while True:
            try:
                headers = {"webhook-id": "evt_1", "webhook-timestamp": "1"}
                return (await client.post(url, json={}, headers=headers)).status_code
            except httpx2.ConnectError:
                await asyncio.sleep(0.05)
