"""A server that is killed in the middle of deliveries loses none of them."""

from datetime import UTC, datetime

from models.db import database
from tests.support.api_client import Api
from tests.support.servers.server_process import started
from tests.support.servers.webhook_receiver import receiving
from tests.support.webhook_endpoints import EndpointSending, deliveries, make_endpoint

COUNT = 30


async def test_what_a_killed_server_was_sending_is_sent_by_another(db: None, database_url: str) -> None:
    now = datetime.now(UTC)
    api = (await Api.of_new_account()).at(now)
    async with receiving() as receiver:
        url = f"http://127.0.0.1:{receiver.port}/in"
        endpoint, _ = await make_endpoint(api, None, "CONTACT_CREATED", url=url)
        for number in range(COUNT):
            await api.make_contact(f"07123456{number:02}")
        settings = {"webhook_allow_private": True, "webhook_requests_per_second": 20}
        async with started(database_url, "-m", "muster", "serve", **settings) as (_, process):
            await receiver.received(5)
            process.kill()
            await process.wait()
        sent_before = len(receiver.deliveries)
        await database.execute("UPDATE webhook_endpoint SET leased_until = $1", now)

        await EndpointSending().at(datetime.now(UTC))

        found = await deliveries(api, endpoint)
    assert 5 <= sent_before < COUNT
    assert {one["status"] for one in found} == {"DELIVERED"}
    assert {one["eventId"] for one in found} == set(receiver.ids)
    assert len(found) == COUNT
