"""messageRecorded sends messages when they are recorded, and when a report changes their status."""

from uuid import UUID

import pytest

from models.db import database
from models.db.application import create_detached_task
from services.accounts import tokens
from services.accounts.authentication import Scope
from services.subscriptions import event_log, streams
from services.subscriptions.feed import feed
from services.subscriptions.registry import Topic, interest
from tests.support.api_client import MONDAY, Api, counted_statements
from tests.support.contact_changes import open_streams
from tests.support.job_progress import new_token
from tests.support.live_changes import MESSAGES, next_object, run_in_another_process, subscribe
from tests.support.messages import PHONE, inbound, outbound
from tests.support.mutations import purge, report
from tests.support.rows import make_campaign
from tests.support.servers.running_server import RunningServer, Socket
from tests.support.servers.timeouts import wait_until

OTHER = "+254712345999"


async def sent(socket: Socket, count: int) -> dict[str, list[tuple[str, str]]]:
    """Returns text and status of the next messages, by the key of the subscription that gets them."""
    found: dict[str, list[tuple[str, str]]] = {}
    for _ in range(count):
        key, message = await next_object(socket)
        found.setdefault(key, []).append((message["body"], message["status"]))
    return found


async def test_messages_are_sent_to_the_subscriptions_that_they_match(served: RunningServer, socket: Socket) -> None:
    api, stranger = served.api, await Api.of_new_account(name="Elsewhere")
    campaign, theirs = await make_campaign(api, "Spring"), await make_campaign(stranger, "Spring")
    await subscribe(socket, MESSAGES, key="all")
    await subscribe(socket, MESSAGES, key="inbound", direction="INBOUND")
    await subscribe(socket, MESSAGES, key="phone", phone="0712 345 678")
    await subscribe(socket, MESSAGES, key="campaign", campaignId=campaign, direction="OUTBOUND")
    await subscribe(socket, MESSAGES, key="stranger's campaign", campaignId=theirs)
    await subscribe(socket, MESSAGES, key="no number", phone="nobody")

    async with served.events(MESSAGES, {"phone": PHONE}) as events:

        async def status() -> str:
            """Returns the status in the next event. It is that of the moment when the server sends the event."""
            return str((await events.receive())[1]["data"]["messageRecorded"]["status"])

        assert open_streams() == 7  # the response begins once the subscription is active
        await report(stranger, outbound(MONDAY, "theirs", campaignId=theirs))
        first = outbound(MONDAY, "a", externalId="a", campaignId=campaign)
        await report(api, first, inbound(MONDAY, "b", phone=OTHER), outbound(MONDAY, "c", phone=OTHER))
        new, as_events = await sent(socket, 6), [await status()]
        await report(api, first | {"status": "DELIVERED"}, first | {"status": "SENT"})
        moved = await sent(socket, 3)
        as_events.append(await status())
        await report(api, first | {"status": "SENT"})  # the status does not go back, so there is no event
        await report(api, first | {"status": "READ"})
        last = await sent(socket, 3)
        as_events.append(await status())

    a, b, c = ("a", "SENT"), ("b", "RECEIVED"), ("c", "SENT")
    assert new == {"all": [a, b, c], "inbound": [b], "phone": [a], "campaign": [a]}
    assert moved == {key: [("a", "DELIVERED")] for key in ("all", "phone", "campaign")}
    assert last == {key: [("a", "READ")] for key in ("all", "phone", "campaign")}
    assert as_events == ["SENT", "DELIVERED", "READ"]


async def test_a_thousand_messages_at_once_are_each_sent_and_purged_ones_are_not(
    served: RunningServer, socket: Socket
) -> None:
    api = served.api
    contact = await api.make_contact(OTHER)
    await subscribe(socket, MESSAGES)
    await feed().stop()  # so that the messages are read after the purge

    await report(api, inbound(MONDAY, "gone", phone=OTHER), *(inbound(MONDAY, str(number)) for number in range(999)))
    await purge(api, [contact])
    await feed()._read(api.account_id)
    bodies = [(await next_object(socket))[1]["body"] for _ in range(999)]

    assert bodies == [str(number) for number in range(999)]


async def test_a_subscriber_that_is_too_slow_gets_an_error(
    served: RunningServer, socket: Socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "MAX_WAITING_IDS", 1)
    await subscribe(socket, MESSAGES)

    await report(served.api, inbound(MONDAY, "a"), inbound(MONDAY, "b"))

    failed, last = await socket.receive(), await socket.receive()
    [error] = failed["payload"]["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}
    assert "Subscribe again" in error["message"]
    assert last == {"id": "1", "type": "complete"}
    await wait_until(lambda: not interest()._own)


async def test_messages_of_another_process_are_sent(served: RunningServer, socket: Socket) -> None:
    await subscribe(socket, MESSAGES, direction="INBOUND", phone=PHONE)

    work = f"""
await interest().refresh(now=now)
report = Report(phone="{PHONE}", direction=Direction.INBOUND, body="Hello")
await recording.record([report], settings=settings, token_id=ids[0], now=now)
"""
    imports = "from services.messages import recording\nfrom services.messages.recording import Direction, Report"
    await run_in_another_process(served, served.token_id, imports=imports, work=work)

    _, message = await next_object(socket)
    assert (message["body"], message["phone"]) == ("Hello", PHONE)


async def test_without_the_scope_it_is_refused_and_with_its_token_it_ends(served: RunningServer) -> None:
    secret = await new_token(served, [Scope.CONTACTS_READ, Scope.CAMPAIGNS_READ])
    async with served.events(MESSAGES, secret=secret) as events:
        [(_, refused), _] = await events.rest()
    async with served.events(MESSAGES) as events:
        await tokens.revoke(account_id=served.api.account_id, token_id=served.token_id, now=MONDAY)
        [(_, ended), last] = await events.rest()
    await wait_until(lambda: not interest()._own)

    codes = [error["extensions"]["code"] for payload in (refused, ended) for error in payload["errors"]]
    assert (codes, last) == (["FORBIDDEN", "UNAUTHENTICATED"], ("complete", None))


async def test_without_subscribers_no_statement_is_run_and_with_many_their_events_are_read_once(
    served: RunningServer, socket: Socket
) -> None:
    message = outbound(MONDAY, externalId="a", status="QUEUED")
    with counted_statements() as without:
        await report(served.api, message)
    for key in ("1", "2", "3"):
        await subscribe(socket, MESSAGES, key=key, phone=PHONE)
    with counted_statements() as written:
        await report(served.api, message | {"status": "SENT"})
    with counted_statements() as read:
        await feed()._read(served.api.account_id)

    def about_subscribers(statements: list[str]) -> list[str]:
        return [sql for sql in statements if "subscription_event" in sql]

    assert about_subscribers(without) == []
    assert sum("INSERT" in sql for sql in about_subscribers(written)) == 1
    assert sum("ORDER BY" in sql for sql in about_subscribers(read)) == 1


async def test_the_event_of_a_transaction_that_was_held_up_is_read_once(served: RunningServer) -> None:
    """On PostgreSQL, another transaction commits first, and the feed reads its event and deletes the old ones."""
    account_id = served.api.account_id
    stream = await feed().listen(Topic.MESSAGE, account_id, key="a", now=MONDAY)
    await feed().stop()
    held_up, other = database.uuid7(), database.uuid7()

    async def publish(id: UUID) -> None:
        await event_log.publish(Topic.MESSAGE, account_id, {"a": [id]}, now=MONDAY)

    async def read() -> list[UUID]:
        await feed()._read(account_id)
        return await stream.next(within=0)

    async with database.transaction():
        await publish(held_up)
        if database.is_postgres():
            await create_detached_task(publish(other))
        meanwhile = await create_detached_task(read())
        if database.is_postgres():
            mark = feed()._accounts[account_id].mark
            assert mark is not None
            await create_detached_task(event_log.delete_until(account_id, mark))
    found = [meanwhile, await read(), await read()]
    await stream.aclose()

    assert found == [[other] if database.is_postgres() else [], [held_up], []]
