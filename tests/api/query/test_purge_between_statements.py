"""A purge that commits between two statements of an operation."""

from typing import Any

import pytest

from models.db.database import Row
from resolvers.loaders.contacts_by_id import ContactsById
from tests.support.api_client import Api
from tests.support.mutations import mutate, purge
from tests.support.rows import add_to_campaign, make_campaign

MEMBERS = "contacts { nodes { contact { phone } } }"
QUERY = f"query Members($id: ID!) {{ campaign(id: $id) {{ {MEMBERS} }} }}"
NULL = "Cannot return null for non-nullable field CampaignContact.contact."


class Purges:
    """Purges one of the contacts before a statement that reads contacts by their ids, for the first `left` of them."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.contacts = list[str]()
        self.left = 0
        self.reads = 0

    async def before_read(self) -> None:
        self.reads += 1
        if self.left:
            self.left -= 1
            await purge(self._api, [self.contacts.pop()])


@pytest.fixture
def purges(api: Api, monkeypatch: pytest.MonkeyPatch) -> Purges:
    made, load = Purges(api), ContactsById.batch_load_fn

    async def purge_and_load(self: ContactsById, keys: list[Any]) -> list[Row | None]:
        await made.before_read()
        return await load(self, keys)

    monkeypatch.setattr(ContactsById, "batch_load_fn", purge_and_load)
    return made


async def test_a_query_that_lacks_a_purged_row_runs_once_more_and_a_mutation_does_not(api: Api, purges: Purges) -> None:
    campaign = await make_campaign(api, "Spring")
    phones = [f"+25471234567{number}" for number in range(5)]
    for phone in phones:
        purges.contacts.append(await api.make_contact(phone))
        await add_to_campaign(api, campaign, purges.contacts[-1])

    purges.left = 1
    found = await api.run(QUERY, id=campaign)
    assert sorted(node["contact"]["phone"] for node in found["campaign"]["contacts"]["nodes"]) == phones[:4]
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
