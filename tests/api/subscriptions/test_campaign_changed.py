"""campaignChanged sends the campaign as it is, and again after each change, until it is deleted."""

import asyncio
from typing import Any

import pytest

from services.accounts.authentication import Scope
from services.subscriptions import live
from services.subscriptions.feed import feed
from tests.support.api_client import Api, counted_statements
from tests.support.job_progress import new_token
from tests.support.live_changes import CAMPAIGN, next_object, run_in_another_process, subscribe
from tests.support.mutations import mutate, purge, trash
from tests.support.review_requests import rows, validate
from tests.support.rows import change, make_campaign, uuid_of
from tests.support.servers.running_server import Events, RunningServer, Socket
from tests.support.servers.timeouts import wait_until

PHONE = "+254712000001"


async def next_of_both(socket: Socket, events: Events) -> Any:
    """Returns the next campaign, which both transports send."""
    _, campaign = await next_object(socket)
    assert await events.receive() == ("next", {"data": {"campaignChanged": campaign}})
    return campaign


async def add(api: Api, campaign: str, phone: str) -> None:
    selected, contacts = "summary { created }", [{"contact": phone}]
    payload = await mutate(api, "addCampaignContacts", selected, campaignId=campaign, contacts=contacts)
    assert payload["summary"] == {"created": 1}


async def test_a_campaign_is_sent_at_once_and_after_each_change_until_it_is_deleted(
    served: RunningServer, socket: Socket
) -> None:
    api = served.api
    list_id, id = await api.make_list("VIP"), await make_campaign(api, "Spring")
    contact = await api.make_contact(PHONE)
    expected: dict[str, Any] = {
        "id": id,
        "name": "Spring",
        "status": "DRAFT",
        "contactCount": 0,
        "lists": [],
        "segments": [],
    }

    async with served.events(CAMPAIGN, {"id": id}) as events:
        await subscribe(socket, CAMPAIGN, id=id)
        assert await next_of_both(socket, events) == expected
        await mutate(api, "updateCampaign", "campaign { id }", id=id, name="Summer", listIds=[list_id])
        expected |= {"name": "Summer", "lists": [{"name": "VIP"}]}
        assert await next_of_both(socket, events) == expected
        await mutate(api, "deleteContactList", "deletedId", id=list_id)
        expected |= {"lists": []}
        assert await next_of_both(socket, events) == expected
        await add(api, id, PHONE)
        expected |= {"contactCount": 1}
        assert await next_of_both(socket, events) == expected
        await trash(api, [contact])
        assert await next_of_both(socket, events) == expected | {"contactCount": 0}
        await mutate(api, "restoreContacts", "count", contacts={"ids": [contact]})
        assert await next_of_both(socket, events) == expected
        await purge(api, [contact])
        expected |= {"contactCount": 0}
        assert await next_of_both(socket, events) == expected
        await mutate(api, "updateCampaign", "campaign { id }", id=id, status="SCHEDULED")
        assert await next_of_both(socket, events) == expected | {"status": "SCHEDULED"}
        await mutate(api, "deleteCampaign", "deletedId", id=id)

        assert await socket.receive() == {"id": "1", "type": "complete"}
        assert await events.rest() == [("complete", None)]
    await wait_until(lambda: not feed()._accounts)


async def test_a_review_that_is_applied_changes_its_campaign(served: RunningServer, socket: Socket) -> None:
    api = served.api
    id = await make_campaign(api, "Spring")
    review = await validate(api, rows(PHONE, "+254712000002"), "id", campaignId=id)
    await subscribe(socket, CAMPAIGN, id=id)
    await next_object(socket)

    await mutate(api, "applyCampaignReview", "campaign { id }", reviewId=review["id"])

    _, campaign = await next_object(socket)
    assert campaign["contactCount"] == 2


@pytest.mark.parametrize("whose", ["nobody's", "a stranger's"])
async def test_a_campaign_that_is_not_there_is_refused(served: RunningServer, whose: str) -> None:
    stranger = await Api.of_new_account(name="Elsewhere")
    id = await make_campaign(stranger, "Spring") if whose == "a stranger's" else "cmp_01jd8vq0c5fj2v7wq1x3ynm8za"

    async with served.socket() as socket, served.events(CAMPAIGN, {"id": id}) as events:
        await socket.subscribe(CAMPAIGN, {"id": id})
        over_the_socket = [await socket.receive(), await socket.receive()]
        as_events = await events.rest()

    [error] = over_the_socket[0]["payload"].pop("errors")
    assert (error["message"], error["extensions"]) == ("There is no such campaign.", {"code": "BAD_USER_INPUT"})
    assert over_the_socket == [{"id": "1", "type": "next", "payload": {}}, {"id": "1", "type": "complete"}]
    assert as_events == [("next", {"errors": [error]}), ("complete", None)]


async def test_an_invalid_id_and_a_token_without_the_scope_are_refused(served: RunningServer) -> None:
    id = await make_campaign(served.api, "Spring")
    secret = await new_token(served, [Scope.CONTACTS_READ])

    async with (
        served.events(CAMPAIGN, {"id": "cnt_01jd8vq0c5fj2v7wq1x3ynm8za"}) as invalid,
        served.events(CAMPAIGN, {"id": id}, secret=secret) as forbidden,
    ):
        [(_, wrong), _], [(_, refused), _] = await invalid.rest(), await forbidden.rest()

    codes = [error["extensions"]["code"] for payload in (wrong, refused) for error in payload["errors"]]
    assert codes == ["INVALID_ID", "FORBIDDEN"]


async def test_of_many_changes_only_the_latest_state_is_sent_and_seldom(served: RunningServer, socket: Socket) -> None:
    id = await make_campaign(served.api, "Spring")
    await subscribe(socket, CAMPAIGN, id=id)
    await next_object(socket)

    started = asyncio.get_running_loop().time()
    for number in range(1, 13):
        await mutate(served.api, "updateCampaign", "campaign { id }", id=id, name=str(number))
    names = [(await next_object(socket))[1]["name"]]
    while names[-1] != "12":
        names.append((await next_object(socket))[1]["name"])
    seconds = asyncio.get_running_loop().time() - started

    assert len(names) <= seconds / 0.25 + 1


async def test_changes_by_other_processes_are_sent(served: RunningServer, socket: Socket) -> None:
    """A server's process has a copy of the subscriptions, and a worker's has none."""
    api = served.api
    id = await make_campaign(api, "Spring")
    contact = await api.make_contact(PHONE)
    await subscribe(socket, CAMPAIGN, id=id)
    await next_object(socket)

    by_server = """
await interest().refresh(now=now)
await management.update(campaign_id=ids[0], given={"name": "Summer"}, settings=settings, user_id=None, now=now)
"""
    imports = "from services.campaigns import audience, management, table"
    await run_in_another_process(served, uuid_of(id), imports=imports, work=by_server)
    _, after_the_server = await next_object(socket)
    by_worker = """
with suppress_single_events():
    async with database.transaction():
        await table.lock(account_id, ids[0])
        await audience.add_members(account_id, ids[0], [ids[1]], now=now)
"""
    await run_in_another_process(served, uuid_of(id), uuid_of(contact), imports=imports, work=by_worker)
    _, after_the_worker = await next_object(socket)

    assert (after_the_server["name"], after_the_server["contactCount"]) == ("Summer", 0)
    assert (after_the_worker["name"], after_the_worker["contactCount"]) == ("Summer", 1)


async def test_a_change_without_an_event_is_found_later(
    served: RunningServer, socket: Socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that has not yet heard of the subscription publishes nothing."""
    monkeypatch.setattr(live, "_READ_ANYWAY_SECONDS", 0.1)
    id = await make_campaign(served.api, "Spring")
    await subscribe(socket, CAMPAIGN, id=id)
    await next_object(socket)

    await change("campaign", id, contact_count=7)

    assert (await next_object(socket))[1]["contactCount"] == 7


async def test_changes_of_other_campaigns_cost_nothing_and_are_not_sent(served: RunningServer, socket: Socket) -> None:
    api = served.api
    id, other = await make_campaign(api, "Spring"), await make_campaign(api, "Summer")
    await subscribe(socket, CAMPAIGN, id=id)
    await next_object(socket)

    with counted_statements() as statements:
        await mutate(api, "updateCampaign", "campaign { id }", id=other, name="Autumn")
        await add(api, other, PHONE)
    about_others = [sql for sql in statements if "subscription" in sql or "pg_notify" in sql]
    await add(api, id, PHONE)

    assert about_others == []
    _, campaign = await next_object(socket)
    assert (campaign["name"], campaign["contactCount"]) == ("Spring", 1)
