"""contactChanged also publishes changes by campaigns, files and the purge."""

from typing import Any

import pytest

from services.contacts import trash
from tests.support.api_client import DAY, MONDAY, Api, iso
from tests.support.contact_changes import PHONE, kinds, next_change, subscribe
from tests.support.imports import import_content
from tests.support.servers.running_server import RunningServer, Socket
from tests.support.webhooks import SECOND

OTHER = "+254712000002"


async def run(api: Api, name: str, input_type: str, **given: Any) -> Any:
    answer = await api.run(
        f"mutation ($input: {input_type}!) {{ {name}(input: $input) {{ errors {{ code }} }} }}", input=given
    )
    assert answer[name]["errors"] == []


async def campaign(api: Api, **given: Any) -> str:
    answer = await api.run(
        "mutation ($input: CreateCampaignInput!) { createCampaign(input: $input) { campaign { id } } }",
        input={"name": "Spring", **given},
    )
    return str(answer["createCampaign"]["campaign"]["id"])


async def add(api: Api, spring: str, *phones: str) -> None:
    rows = [{"contact": phone} for phone in phones]
    await run(api, "addCampaignContacts", "AddCampaignContactsInput", campaignId=spring, contacts=rows)


async def test_who_comes_into_a_campaign_and_leaves_it_is_told(served: RunningServer, socket: Socket) -> None:
    api = served.api
    spring = await campaign(api)
    amina = await api.make_contact(PHONE)
    await subscribe(socket, {"campaignIds": [spring]})

    await add(api, spring, PHONE)
    came = await next_change(socket)
    await add(api, spring, PHONE)
    await add(api, spring, OTHER)
    made = await next_change(socket)
    contacts = {"ids": [amina]}
    await run(api, "removeCampaignContacts", "RemoveCampaignContactsInput", campaignId=spring, contacts=contacts)
    left = await next_change(socket)

    assert (came["kind"], came["contactId"]) == ("UPDATED", amina)
    assert (made["kind"], made["contact"]["phone"]) == ("CREATED", OTHER)
    assert (left["kind"], left["contactId"]) == ("LEFT", amina)


async def test_a_campaign_that_takes_its_lists_in_or_is_deleted_is_one_event(
    served: RunningServer, socket: Socket
) -> None:
    api = served.api
    clients = await api.make_list("Clients")
    for phone in (PHONE, OTHER):
        await api.make_contact(phone, listIds=[clients])
    spring = await campaign(api, listIds=[clients])
    await subscribe(socket)

    await run(api, "updateCampaign", "UpdateCampaignInput", id=spring, status="SCHEDULED")
    taken = await next_change(socket)
    await run(api, "updateCampaign", "UpdateCampaignInput", id=spring, status="DRAFT")
    await run(api, "deleteCampaign", "DeleteCampaignInput", id=spring)
    gone = await next_change(socket)

    bulk = {"kind": "BULK", "contactId": None, "contact": None, "count": 2, "occurredAt": iso(MONDAY)}
    assert (taken, gone) == (bulk, bulk)
    assert await kinds(socket, api) == []


async def test_what_the_trash_lets_go_of_is_one_event_for_its_account(served: RunningServer, socket: Socket) -> None:
    api = served.api
    stranger = await Api.of_new_account(name="Elsewhere")
    for one, phones in ((api, (PHONE, OTHER)), (stranger, (PHONE,))):
        ids = [await one.make_contact(phone) for phone in phones]
        await run(one.at(MONDAY + SECOND - 90 * DAY), "trashContacts", "TrashContactsInput", contacts={"ids": ids})
    await subscribe(socket)

    purged = await trash.purge_expired(now=MONDAY + SECOND)  # the server itself purges at MONDAY

    assert purged == 3
    change = await next_change(socket)
    assert (change["kind"], change["count"], change["contact"]) == ("BULK", 2, None)
    assert await kinds(socket, api) == []


@pytest.mark.parametrize(
    ("sheet", "options", "count"),
    [
        ("Phone\n0712000001\n0712000002\n0712000003\n", {"addExistingToList": True}, 3),
        ("Phone\n0712000001\n0712000002\n0712000003\n", {"addExistingToList": True, "ifExists": "UPDATE"}, 3),
        ("Phone\n0712000002\n0712000003\n", {}, 2),
        ("Phone,opt_out\n0712000001,yes\n", {}, 1),
    ],
)
async def test_a_file_tells_how_many_contacts_it_changed(
    served: RunningServer, socket: Socket, sheet: str, options: dict[str, Any], count: int
) -> None:
    api = served.api
    clients = await api.make_list("Clients")
    await api.make_contact(PHONE)
    await subscribe(socket)

    await import_content(api, sheet, listId=clients, **options)

    change = await next_change(socket)
    assert (change["kind"], change["count"]) == ("BULK", count)
