"""Subscribes to changes of contacts and receives them."""

from typing import Any

from services.subscriptions.feed import feed
from tests.support.api_client import Api
from tests.support.servers.running_server import Socket
from tests.support.servers.timeouts import wait_until

CHANGED = """
subscription ($filter: ContactFilter) {
  contactChanged(filter: $filter) { kind contactId contact { id phone tags } count occurredAt }
}
"""
PHONE = "+254712000001"
CHANGE = "mutation ($input: UpdateContactInput!) { updateContact(input: $input) { errors { code message } } }"


async def subscribe(socket: Socket, filter: Any = None, *, key: str = "1") -> None:
    """Returns when the subscription is active. The protocol has no message for this."""
    before = open_streams()
    await socket.subscribe(CHANGED, {"filter": filter}, key=key)
    await wait_until(lambda: open_streams() > before)


def open_streams() -> int:
    """Returns the number of active subscriptions of this process, without those of jobProgress."""
    return sum(one.is_open for account in feed()._accounts.values() for one in account.listening)


async def next_change(socket: Socket, *, key: str = "1") -> Any:
    """Returns the next change."""
    message = await socket.receive()
    assert (message["id"], message["type"], list(message["payload"])) == (key, "next", ["data"])
    return message["payload"]["data"]["contactChanged"]


async def kinds(socket: Socket, api: Api) -> list[tuple[str, str | None]]:
    """Returns kind and contact of each change published before a change that it makes itself."""
    last = await api.make_contact("+254712999999", tags=["last", "vip", "here"])
    found: list[tuple[str, str | None]] = []
    while True:
        change = await next_change(socket)
        if change["contactId"] == last:
            return found
        found.append((change["kind"], change["contactId"]))


async def run(api: Api, mutation: str, **variables: Any) -> Any:
    declared = {"ids": "[ID!]!", "list": "ID!", "id": "ID!"}
    head = ", ".join(f"${name}: {declared[name]}" for name in variables)
    answer = await api.run(f"mutation {f'({head})' if head else ''} {{ {mutation} }}", **variables)
    [payload] = answer.values()
    assert payload["errors"] == []
    return payload


CONTACTS = "contacts: {ids: $ids}"
ERRORS = "{ errors { code } }"
