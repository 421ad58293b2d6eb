"""Creates webhook endpoints, and sends what is due to them at given instants."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from schema.root import schema
from services.webhooks.limits import webhook_limits
from tests.support.api_client import MONDAY, Api
from tests.support.servers.webhook_receiver import Receiver
from web.webhooks.payloads import Payloads
from web.webhooks.sender import EndpointSender

CREATE = """
mutation ($input: CreateWebhookEndpointInput!) {
  createWebhookEndpoint(input: $input) { webhookEndpoint { id } secret errors { code message path } }
}
"""
DELIVERIES = """
query ($id: ID!, $statuses: [DeliveryStatus!]) {
  webhookEndpoint(id: $id) {
    isActive disabledReason failingSince
    deliveries(first: 100, statuses: $statuses) {
      nodes {
        id eventId eventType status attemptCount payload responseStatus responseBody error lastAttemptAt nextAttemptAt
      }
    }
  }
}
"""


class EndpointSending:
    """Sends the due deliveries at an instant. Host names resolve to this machine's address, which is allowed."""

    def __init__(self, *, addresses: Sequence[str] = ("127.0.0.1",), is_private_allowed: bool = True) -> None:
        self.now = MONDAY
        self.addresses = addresses
        webhook_limits().allows_private = is_private_allowed
        self.sender = EndpointSender(Payloads(schema), clock=lambda: self.now, resolver=self.resolve)

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        return self.addresses

    async def at(self, now: datetime) -> int:
        """Returns the number of attempts."""
        self.now = now
        return await self.sender.send_due()


async def make_endpoint(api: Api, receiver: Receiver | None, *types: str, **given: Any) -> tuple[str, str]:
    """Creates an endpoint and returns its id and its secret."""
    webhook_limits().allows_private = True
    port = 1 if receiver is None else receiver.port
    given = {"url": f"http://hooks.example.com:{port}/in", "eventTypes": list(types), **given}
    made = (await api.run(CREATE, input=given))["createWebhookEndpoint"]
    assert made["errors"] == []
    return made["webhookEndpoint"]["id"], made["secret"]


async def endpoint_state(api: Api, endpoint: str) -> dict[str, Any]:
    """Returns the endpoint's state, without its deliveries."""
    found: dict[str, Any] = (await api.run(DELIVERIES, id=endpoint))["webhookEndpoint"]
    return {name: value for name, value in found.items() if name != "deliveries"}


async def deliveries(api: Api, endpoint: str, *statuses: str) -> list[dict[str, Any]]:
    """Returns the endpoint's deliveries, newest first."""
    found = await api.run(DELIVERIES, id=endpoint, statuses=list(statuses) or None)
    nodes: list[dict[str, Any]] = found["webhookEndpoint"]["deliveries"]["nodes"]
    return nodes


async def told(api: Api, endpoint: str) -> list[str]:
    """Returns the types of the events for the endpoint, oldest first."""
    return [delivery["eventType"] for delivery in reversed(await deliveries(api, endpoint))]
