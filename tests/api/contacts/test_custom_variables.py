"""Conditions on custom variables use an index and find the same as a scan, in bulk changes and campaigns too."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from models.db import database
from models.db.sql import numbered
from services.accounts.authentication import Scope
from services.contacts.custom_variables import VariableCondition, variable_search
from tests.support.api_client import Api
from tests.support.mutations import mutate
from tests.support.rows import make_campaign
from tests.support.snapshot import stored_counts, true_counts

VARIABLES = [
    {"Plan": "Gold"},
    {"Plan": "gold\nplated"},
    {"plan": "Gold", "City": "Bogotá"},
    {"Plan": 'a"b\\c', 'Q"u\\o': "Plan"},
    {"Plan": "", "Ünï": "ÄÖÜ äöü ß"},
    {"Plan": "100%_x", "%": "Gold"},
    {"鑫": "田中 花子 😀", "Plan": "محمد"},
]
CONDITIONS: list[dict[str, Any]] = [
    {"label": "Plan", "equals": "Gold"},
    {"label": "Plan", "equals": 'a"b\\c'},
    {"label": "Plan", "any_of": ["Gold", "محمد", "nothing"]},
    {"label": "Plan", "contains": "OLD"},
    {"label": "Plan", "contains": "d\np"},
    {"label": "Plan", "contains": "%_"},
    {"label": 'Q"u\\o', "exists": True},
    {"label": "Ünï", "contains": "ÄÖÜ"},
    {"label": "鑫", "contains": "花"},
    {"label": "%", "exists": True},
    {"label": "Nothing", "exists": True},
]


async def fill(api: Api) -> None:
    for place, variables in enumerate(VARIABLES):
        await api.make_contact(f"+2547220000{place:02}", customVariables=variables)
    await api.make_contact("+254722000099")


async def phones(where: Any, *, index: str | None = None) -> list[str]:
    """Returns the numbers that match. With `index`, the plan must use it."""
    sql = numbered(f"SELECT phone FROM contact WHERE {where.text} ORDER BY phone")
    async with database.transaction():
        if database.is_postgres() and index is not None:
            await database.execute("SET LOCAL enable_seqscan = off")
        found = [row[0] for row in await database.fetch(sql, *where.values)]
        explain = "EXPLAIN" if database.is_postgres() else "EXPLAIN QUERY PLAN"
        plan = str([tuple(row) for row in await database.fetch(f"{explain} {sql}", *where.values)])
    assert index is None or re.search(rf"\b{index}\b", plan)
    return found


@pytest.mark.plain_postgres
async def test_the_index_finds_what_a_look_at_each_row_finds(api: Api) -> None:
    await fill(api)

    for condition in CONDITIONS:
        search = variable_search(VariableCondition(**condition))
        assert search.indexed is not None
        seen = await phones(search.plain)
        assert (condition, await phones(search.indexed, index="contact_variables")) == (condition, seen)
        assert (condition, bool(seen)) == (condition, condition["label"] != "Nothing")


TEXTS = st.text('Plangod"\\%_\n\tıİßÄä花 ', max_size=4)


@pytest.mark.plain_postgres
@given(label=st.sampled_from(["Plan", "plan", 'Q"u\\o', "Ünï", "鑫", "%"]), text=TEXTS)
@settings(max_examples=40)
async def test_any_text_is_compared_exactly(api: Api, label: str, text: str) -> None:
    if not await database.fetch("SELECT 1 FROM contact LIMIT 1"):
        await fill(api)
    lower = _lower(text)
    expected: Mapping[str, list[int]] = {
        "equals": [place for place, one in enumerate(VARIABLES) if one.get(label) == text],
        "contains": [place for place, one in enumerate(VARIABLES) if label in one and lower in _lower(one[label])],
    }

    for name, places in expected.items():
        search = variable_search(VariableCondition(label=label, **{name: text}))  # type: ignore[arg-type]
        assert (name, await phones(search.condition)) == (name, [f"+2547220000{place:02}" for place in places])


def _lower(text: str) -> str:
    return text.encode().lower().decode()


@pytest.mark.plain_postgres
async def test_an_index_follows_variables_that_change(api: Api) -> None:
    id = await api.make_contact("0722000001", customVariables={"Plan": "Gold", "City": "Lagos"})
    gold, lagos = (
        variable_search(VariableCondition(label=label, equals=value)).condition
        for label, value in (("Plan", "Gold"), ("City", "Lagos"))
    )

    found = [(await phones(gold), await phones(lagos))]
    for change in ({"Plan": "Silver"}, {"Plan": "Gold", "City": None}, None, {"City": "Lagos"}):
        await mutate(api, "updateContact", "__typename", contact={"id": id}, customVariables=change)
        found.append((await phones(gold), await phones(lagos)))
        assert await stored_counts(api) == await true_counts(api)
    await mutate(api, "trashContacts", "count", contacts={"ids": [id]})
    assert (await stored_counts(api))[2] == {}
    await mutate(api, "restoreContacts", "count", contacts={"ids": [id]})
    assert (await stored_counts(api))[2] == {"City": 1}
    await mutate(api, "purgeContacts", "count", contacts={"ids": [id]}, fromAnywhere=True)

    here = ["+254722000001"]
    assert found == [(here, here), ([], here), (here, []), ([], []), ([], here)]
    assert (await phones(lagos), (await stored_counts(api))[2]) == ([], {})


CAMPAIGN = """
query ($id: ID!, $filter: ContactFilter, $externalId: String, $search: String) {
  campaign(id: $id) {
    contacts(filter: $filter, externalId: $externalId, search: $search) {
      totalCount nodes { contact { customVariables } }
    }
  }
}
"""


async def of_campaign(api: Api, id: str, **conditions: Any) -> list[str]:
    found = (await api.run(CAMPAIGN, id=id, **conditions))["campaign"]["contacts"]
    assert found["totalCount"] == len(found["nodes"])
    return [node["contact"]["customVariables"]["n"] for node in found["nodes"]]


async def test_a_campaigns_contacts_are_found_by_external_id_and_filter(api: Api, stranger: Api) -> None:
    """In one statement for the page, as without a filter; contacts of other campaigns and of the trash are left out."""
    campaign, other = [await make_campaign(api, name) for name in ("Spring", "Other")]
    rows = []
    for place, name in enumerate(("Lucía", "Chidi", "Esi", "Lucía")):
        phone = f"071200000{place}"
        await api.make_contact(
            phone, name=name, externalId=f"x{place}", companyName="Acme", customVariables={"n": str(place)}
        )
        rows.append({"contact": phone})
    await mutate(api, "addCampaignContacts", "__typename", campaignId=campaign, contacts=rows[:3])
    await mutate(api, "addCampaignContacts", "__typename", campaignId=other, contacts=rows[3:])
    await mutate(api, "trashContacts", "count", contacts={"phones": ["0712000002"]})
    few = {"customVariables": [{"label": "n", "anyOf": ["0", "2", "3"]}]}

    assert await of_campaign(api, campaign) == ["0", "1"]
    assert await of_campaign(api, campaign, externalId="x1") == ["1"]
    assert await of_campaign(api, campaign, externalId="x3") == []
    assert await of_campaign(api, campaign, filter=few) == ["0"]
    assert await of_campaign(api, campaign, filter={**few, "state": "ANY"}) == ["0"]
    assert await of_campaign(api, campaign, filter={"companyNames": ["Acme"]}, search="lucia") == ["0"]
    assert await of_campaign(api, campaign, filter={"search": "lucia"}, externalId="x1") == []
    assert await of_campaign(api, campaign, filter={"listIds": [await stranger.make_list("Theirs")]}) == []
    assert (await stranger.run(CAMPAIGN, id=campaign, filter=few))["campaign"] is None


@pytest.mark.parametrize("conditions", [{"externalId": "x"}, {"filter": {"hasEmail": True}}])
async def test_conditions_on_a_campaigns_contacts_require_the_scope_of_contacts(
    api: Api, conditions: dict[str, Any]
) -> None:
    campaign = await make_campaign(api, "Spring")
    text = CAMPAIGN.replace("nodes { contact { customVariables } }", "")

    answer = await api.with_scopes(Scope.CAMPAIGNS_READ).ask(text, id=campaign, **conditions)

    assert answer.codes == ["FORBIDDEN"]
