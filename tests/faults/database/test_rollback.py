"""A service that fails in the middle of its work leaves no changes behind."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from services import batch_delete
from services.campaigns import table as campaign_table
from services.consent import register as consent_register
from services.contacts import table as contact_table, trash
from services.contacts.value_counts import ValueCounts
from services.events import recording as events
from services.lists import membership
from tests.support.api_client import MONDAY, TUESDAY, Api
from tests.support.mutations import mutate, trash as put_in_the_trash
from tests.support.snapshot import stored_rows


class Broken(Exception):
    """An unexpected error."""


Act = Callable[[Api, dict[str, str]], Awaitable[Any]]


async def scene(api: Api) -> dict[str, str]:
    """Creates the objects of the acts: live contacts, one in the trash, lists and a campaign."""
    clients = await api.make_list("Clients")
    live = await api.make_contact("0712000001", tags=["a"], listIds=[clients], assigneeIds=[api.user_id])
    trashed = await api.make_contact("0712000002", tags=["a"], listIds=[clients])
    await put_in_the_trash(api, [trashed])
    spring = await mutate(api, "createCampaign", "campaign { id }", name="Spring", listIds=[clients])
    campaign = spring["campaign"]["id"]
    await mutate(api, "addCampaignContacts", "summary { total }", campaignId=campaign, contacts=[{"contact": SPRING}])
    new = await api.make_list("New")
    return {"clients": clients, "live": live, "trashed": trashed, "new": new, "spring": campaign}


def act(mutation: str, **input: Any) -> Act:
    """Returns a mutation. Input texts that name an object of the scene are replaced by its id."""

    async def run(api: Api, named: dict[str, str]) -> Any:
        def filled(value: Any) -> Any:
            if isinstance(value, dict):
                return {key: filled(one) for key, one in value.items()}
            if isinstance(value, list):
                return [filled(one) for one in value]
            return named.get(value, value) if isinstance(value, str) else value

        return await mutate(api.at(TUESDAY), mutation, "__typename", **filled(input))

    return run


SPRING = "0712000009"
PHONES = {"phones": [SPRING]}
LIVE = {"ids": ["live"]}
TRASHED = {"ids": ["trashed"]}
BULK = act(
    "bulkCreateContacts",
    contacts=[
        {"phone": "0712000003", "tags": ["b"], "externalId": "x"},
        {"phone": "0712000001", "firstName": "Ann", "tags": ["b"], "listIds": ["new"]},
    ],
    ifExists="UPDATE",
    listId="clients",
)
UPDATE = act(
    "updateContact", contact={"id": "live"}, phone="0712000004", tags=["b"], listIds=["new"], assigneeIds=[], notes="n"
)
FILL = act(
    "addCampaignContacts",
    campaignId="spring",
    contacts=[{"contact": "0712000005"}, {"contact": SPRING, "name": "N"}],
    ifDuplicate="UPDATE",
)
LAUNCH = act("updateCampaign", id="spring", status="SCHEDULED", listIds=["clients", "new"], name="N")
PURGE = act("purgeContacts", contacts=TRASHED, optOut=True)


@pytest.mark.parametrize(
    ("module", "step", "run"),
    [
        (contact_table, "insert", BULK),
        (contact_table, "update", BULK),
        (contact_table, "assign", BULK),
        (membership, "add", BULK),
        (membership, "change_counts", BULK),
        (ValueCounts, "add", BULK),
        (contact_table, "change_number", UPDATE),
        (contact_table, "unassign", UPDATE),
        (contact_table, "update", UPDATE),
        (membership, "remove", UPDATE),
        (ValueCounts, "add", UPDATE),
        (ValueCounts, "add", act("tagContacts", contacts=LIVE, add=["b"])),
        (contact_table, "assign", act("assignContacts", contacts=LIVE, ownerId=None, removeAssigneeIds=[])),
        (membership, "change_counts", act("addContactsToList", listId="new", contacts=LIVE)),
        (membership, "change_counts", act("removeContactsFromList", listId="clients", contacts=LIVE)),
        (trash, "_set_deleted", act("trashContacts", contacts=LIVE)),
        (ValueCounts, "add", act("trashContacts", contacts=LIVE)),
        (ValueCounts, "add", act("restoreContacts", contacts=TRASHED)),
        (contact_table, "insert", FILL),
        (campaign_table, "insert", FILL),
        (campaign_table, "change_counts", FILL),
        (campaign_table, "update", FILL),
        (campaign_table, "insert", LAUNCH),
        (events, "record", LAUNCH),
        (campaign_table, "change_counts", act("removeCampaignContacts", campaignId="spring", contacts=PHONES)),
        (consent_register, "opt_out", PURGE),
        (consent_register, "record_history", PURGE),
        (consent_register, "record_history", act("optOut", phone="0712000001")),
    ],
)
async def test_what_fails_in_the_middle_leaves_nothing_behind(
    api: Api, monkeypatch: pytest.MonkeyPatch, module: Any, step: str, run: Act
) -> None:
    named = await scene(api)
    before = await stored_rows(api)
    monkeypatch.setattr(module, step, _breaking_after(getattr(module, step)))

    with pytest.raises(Broken):
        await run(api, named)

    assert await stored_rows(api) == before
    monkeypatch.undo()
    assert (await run(api, named))["errors"] == []
    assert await stored_rows(api) != before


def _breaking_after(step: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Returns a function that runs the step and then fails."""

    async def broken(*args: Any, **kwargs: Any) -> Any:
        await step(*args, **kwargs)
        raise Broken

    return broken


async def test_a_purge_of_what_is_past_its_time_is_whole_batches(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"phone": f"0712{number:06}"} for number in range(12)]
    made = await mutate(api, "bulkCreateContacts", "results { contact { id } }", contacts=rows)
    short = api.with_settings(trash_retention_days=1)
    await put_in_the_trash(short, [row["contact"]["id"] for row in made["results"]])
    monkeypatch.setattr(batch_delete, "BATCH", 5)
    done = 0

    async def breaking_after_two(*args: Any, **more: Any) -> Any:
        nonlocal done
        done += 1
        if done > 2:
            raise Broken
        return await batch(*args, **more)

    batch = batch_delete.delete_batch
    monkeypatch.setattr(batch_delete, "delete_batch", breaking_after_two)
    with pytest.raises(Broken):
        await trash.purge_expired(now=TUESDAY)
    left = len((await stored_rows(api))["contact"])
    monkeypatch.setattr(batch_delete, "delete_batch", batch)

    assert left == 2
    assert (await trash.purge_expired(now=MONDAY), await trash.purge_expired(now=TUESDAY)) == (0, 2)
