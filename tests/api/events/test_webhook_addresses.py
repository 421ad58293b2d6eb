"""Webhooks go only to public addresses, and the host must prove its name."""

import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from settings import Settings
from tests.support.api_client import MONDAY, TUESDAY, Api
from tests.support.servers.http_client import running_http_server
from tests.support.servers.webhook_receiver import Receiver, receiving
from tests.support.webhooks import SECOND, Sender, delivery_state, record_events
from web.webhooks.signatures import signature


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as running:
        yield running


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::ffff:127.0.0.1"]])
async def test_a_private_address_is_never_called(api: Api, receiver: Receiver, addresses: list[str]) -> None:
    await record_events(api)
    sender = Sender(receiver, may_be_private=False, addresses=addresses)

    assert await sender.at(MONDAY) == 1
    assert receiver.connection_count == 0
    assert await delivery_state(api) == [(1, MONDAY + 5 * SECOND, None)]


async def test_a_name_is_asked_for_its_addresses_once_for_each_attempt(api: Api, receiver: Receiver) -> None:
    """A second lookup between check and connection could return another address."""
    await record_events(api)
    sender = Sender(receiver)

    await sender.at(MONDAY)

    assert sender.asked == ["hooks.example.com"]
    assert len(receiver.deliveries) == 1


def certificate(directory: Path, name: str) -> ssl.SSLContext:
    """Returns a server context with a self-signed certificate for a name; the certificate is `<name>.pem`."""
    pem = directory / f"{name}.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
    ]
    command += ["-keyout", str(pem), "-out", str(directory / "crt"), "-subj", f"/CN={name}"]
    subprocess.run([*command, "-addext", f"subjectAltName=DNS:{name}"], check=True, capture_output=True)
    pem.write_bytes(pem.read_bytes() + (directory / "crt").read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to create a certificate")
async def test_the_certificate_has_to_be_that_of_the_name_and_not_of_the_address(api: Api, tmp_path: Path) -> None:
    await record_events(api)
    url = "https://hooks.example.com:{port}/"

    async with receiving(certificate(tmp_path, "other.example.com")) as other:
        trusting = ssl.create_default_context(cafile=str(tmp_path / "other.example.com.pem"))
        await Sender(other, url=url, tls=trusting).at(MONDAY)
    async with receiving(certificate(tmp_path, "hooks.example.com")) as right:
        await Sender(right, url=url).at(MONDAY + 10 * SECOND)
        distrusted = len(right.deliveries)
        trusting = ssl.create_default_context(cafile=str(tmp_path / "hooks.example.com.pem"))
        await Sender(right, url=url, tls=trusting).at(TUESDAY)

    assert (len(other.deliveries), distrusted, len(right.deliveries)) == (0, 0, 1)


@pytest.mark.plain_postgres  # on a cluster, the server also sends what earlier tests have left
async def test_a_server_sends_what_happens_while_it_runs(database_url: str, receiver: Receiver) -> None:
    settings: dict[str, Any] = {
        "webhook_url": f"http://localhost:{receiver.port}/hooks",
        "webhook_secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "webhook_allow_private": True,
    }
    async with running_http_server(database_url, **settings) as site:
        await site.post(query='mutation { optOut(input: {phone: "0712345678"}) { errors { code } } }')
        await receiver.received(1)

    (delivery,) = receiver.deliveries
    assert (delivery.path, delivery.json["type"]) == ("/hooks", "contact.opted_out")
    timestamp = int(delivery.headers["webhook-timestamp"])
    signed = signature(Settings(**settings).webhook_keys[0], receiver.ids[0], timestamp, delivery.content)
    assert delivery.headers["webhook-signature"] == signed
