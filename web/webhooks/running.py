"""Runs what sends events while the server runs."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime

import strawberry

from web.webhooks.operator import Webhooks, WebhookTarget
from web.webhooks.payloads import Payloads
from web.webhooks.sender import EndpointSender


@asynccontextmanager
async def sending(
    schema: strawberry.Schema, target: WebhookTarget | None, *, clock: Callable[[], datetime], base_url: str
) -> AsyncIterator[None]:
    """Sends events to the operator's receiver and to the endpoints of accounts while the block runs."""
    async with AsyncExitStack() as stopped:
        for sender in (Webhooks(target, clock=clock), EndpointSender(Payloads(schema), clock=clock, base_url=base_url)):
            sender.start()
            stopped.push_async_callback(sender.stop)
        yield
