"""A purge that commits between two statements of an operation."""

from collections.abc import Sequence
from typing import Any

import pytest

from models.db.database import Row
from resolvers.loaders.contacts_by_id import ContactsById
from tests.support.api_client import Api
from tests.support.live_changes import next_object, subscribe
from tests.support.mutations import mutate, purge
from tests.support.rows import add_to_campaign, make_campaign
from tests.support.servers.running_server import RunningServer, Socket

MEMBERS = "contacts { nodes { contact { phone } } }"
QUERY = f"query Members($id: ID!) {{ campaign(id: $id) {{ {MEMBERS} }} }}"
CHANGED = f"subscription Changed($id: ID!) {{ campaignChanged(id: $id) {{ {MEMBERS} }} }}"
NULL = "Cannot return null for non-nullable field CampaignContact.contact."


class Purges:
    """Purges one of the contacts before a statement that reads contacts by their ids, for the first `left` of them."""

    def __init__(self) -> None:
        self.contacts = list[str]()
        self.left = 0
        self.reads = 0

    async def make_members(self, api: Api, campaign: str, phones: Sequence[str]) -> None:
        """Adds contacts with these numbers to a campaign."""
        self._api = api
        for phone in phones:
            self.contacts.append(await api.make_contact(phone))
            await add_to_campaign(api, campaign, self.contacts[-1])

    async def before_read(self) -> None:
        self.reads += 1
        if self.left:
            self.left -= 1
            await purge(self._api, [self.contacts.pop()])


@pytest.fixture
def purges(monkeypatch: pytest.MonkeyPatch) -> Purges:
    made, load = Purges(), ContactsById.batch_load_fn

    async def purge_and_load(self: ContactsById, keys: list[Any]) -> list[Row | None]:
        await made.before_read()
        return await load(self, keys)

    monkeypatch.setattr(ContactsById, "batch_load_fn", purge_and_load)
    return made


def phones_of(campaign: Any) -> list[str]:
    return sorted(node["contact"]["phone"] for node in campaign["contacts"]["nodes"])


async def test_a_query_that_lacks_a_purged_row_runs_once_more_and_a_mutation_does_not(api: Api, purges: Purges) -> None:
    campaign = await make_campaign(api, "Spring")
    phones = [f"+25471234567{number}" for number in range(5)]
    await purges.make_members(api, campaign, phones)

    purges.left = 1
    found = await api.run(QUERY, id=campaign)
    assert phones_of(found["campaign"]) == phones[:4]
    assert purges.reads == 2

    purges.left, purges.reads = 2, 0
    with pytest.raises(TypeError, match=NULL):
        await api.run(QUERY, id=campaign)
    assert purges.reads == 2

    purges.left, purges.reads = 1, 0
    with pytest.raises(TypeError, match=NULL):
        await mutate(api, "updateCampaign", f"campaign {{ {MEMBERS} }}", id=campaign, name="Autumn")
    assert purges.reads == 1
    events = await api.run(
        "query ($id: ID) { auditEvents(filter: {subjectId: $id}) { nodes { action } } }", id=campaign
    )
    assert events["auditEvents"]["nodes"] == [{"action": "UPDATE"}]


async def test_an_event_of_a_subscription_that_lacks_a_purged_row_runs_once_more(
    served: RunningServer, socket: Socket, purges: Purges
) -> None:
    campaign, phones = await make_campaign(served.api, "Spring"), ["+254712345670", "+254712345671"]
    await purges.make_members(served.api, campaign, phones)

    purges.left = 1
    await subscribe(socket, CHANGED, id=campaign)

    _, found = await next_object(socket)
    assert phones_of(found) == phones[:1]
    assert purges.reads == 2
