"""Subscribes to changed campaigns and jobs, and to recorded messages."""

import asyncio
import sys
from typing import Any

from tests.support.api_client import MONDAY
from tests.support.contact_changes import open_streams
from tests.support.servers.running_server import RunningServer, Socket
from tests.support.servers.timeouts import wait_until

CAMPAIGN = """
subscription ($id: ID!) {
  campaignChanged(id: $id) { id name status contactCount lists { name } segments { segmentId } }
}
"""
JOBS = "subscription ($kinds: [JobKind!]) { jobsChanged(kinds: $kinds) { id kind status doneRowCount } }"
MESSAGES = """
subscription ($direction: MessageDirection, $phone: PhoneNumber, $campaignId: ID) {
  messageRecorded(direction: $direction, phone: $phone, campaignId: $campaignId) { id body status direction phone }
}
"""


async def subscribe(socket: Socket, query: str, *, key: str = "1", **variables: Any) -> None:
    """Returns when the subscription is active."""
    before = open_streams()
    await socket.subscribe(query, variables, key=key)
    await wait_until(lambda: open_streams() > before)


async def next_object(socket: Socket) -> tuple[str, Any]:
    """Returns the key of the subscription that gets the next event, and the object."""
    message = await socket.receive()
    assert (message["type"], list(message["payload"])) == ("next", ["data"])
    [value] = message["payload"]["data"].values()
    return message["id"], value


_SCRIPT = """
import asyncio, sys
from datetime import datetime
from uuid import UUID
from models.db import database
from services.accounts.settings import load_account_settings
from services.subscriptions.event_log import suppress_single_events
from services.subscriptions.registry import interest
{imports}

async def work():
    await database.connect(sys.argv[1])
    settings = await load_account_settings(UUID(sys.argv[2]))
    account_id, now, ids = settings.account_id, datetime.fromisoformat(sys.argv[3]), list(map(UUID, sys.argv[4:]))
    {work}
    await database.disconnect()

asyncio.run(work())
"""


async def run_in_another_process(served: RunningServer, *ids: Any, imports: str, work: str) -> None:
    """Runs statements with `account_id`, `settings`, `now` and `ids` in another process, which serves nothing."""
    script = _SCRIPT.format(imports=imports, work=work.strip().replace("\n", "\n    "))
    arguments = (served.database_url, str(served.api.account_id), MONDAY.isoformat(), *map(str, ids))
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, *arguments)
    assert await process.wait() == 0
