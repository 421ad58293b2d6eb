"""contactFacets counts the matching contacts by the values of their fields, in a few statements."""

from typing import Any

from services.accounts.authentication import Scope
from tests.support.api_client import MONDAY, Api, counted_statements
from tests.support.rows import change, insert_contacts, make_campaign
from tests.support.sample_contacts import create_sample_contacts

FACETS = """
query ($fields: [ContactFacetField!]!, $filter: ContactFilter) {
  contactFacets(fields: $fields, filter: $filter) {
    field values { value label count } otherCount missingCount
  }
}
"""
EVERY_FIELD = "STATUS TAG LIST OPERATOR COUNTRY OWNER IS_OPTED_OUT IS_VERIFIED SENDER_NUMBER".split()

Facet = tuple[list[tuple[str, str, int]], int, int]


async def facets(api: Api, fields: list[str], filter: Any = None) -> dict[str, Facet]:
    """Returns the values with their labels and counts, the other count and the missing count, by field."""
    found = (await api.run(FACETS, fields=fields, filter=filter))["contactFacets"]
    return {
        one["field"]: (
            [(each["value"], each["label"], each["count"]) for each in one["values"]],
            one["otherCount"],
            one["missingCount"],
        )
        for one in found
    }


async def test_each_field_counts_the_contacts_outside_the_trash(api: Api, stranger: Api) -> None:
    samples = await create_sample_contacts(api)
    await create_sample_contacts(stranger)
    lists, users = samples.lists, samples.users

    with counted_statements() as statements:
        found = await facets(api, EVERY_FIELD)

    assert found == {
        "STATUS": ([("VALID", "Valid", 3), ("INVALID", "Invalid", 1)], 0, 0),
        "TAG": ([("farmer", "farmer", 2), ("VIP", "VIP", 1), ("vip", "vip", 1)], 0, 1),
        "LIST": ([(lists["Farmers"], "Farmers", 2), (lists["Nairobi"], "Nairobi", 1)], 0, 2),
        "OPERATOR": ([("Airtel", "Airtel", 1), ("MTN", "MTN", 1), ("Safaricom", "Safaricom", 1)], 0, 1),
        "COUNTRY": ([("KE", "KE", 3), ("NG", "NG", 1)], 0, 0),
        "OWNER": (sorted([(users["Ada"], "Ada", 1), (users["Bob"], "Bob", 1)]), 0, 2),
        "IS_OPTED_OUT": ([("false", "Not opted out", 3), ("true", "Opted out", 1)], 0, 0),
        "IS_VERIFIED": ([("false", "Not verified", 3), ("true", "Verified", 1)], 0, 0),
        "SENDER_NUMBER": ([("+254700000000", "+254 700 000000", 1)], 0, 3),
    }
    assert list(found) == EVERY_FIELD
    assert len(statements) == 5


async def test_a_filter_decides_which_contacts_are_counted(api: Api, stranger: Api) -> None:
    samples = await create_sample_contacts(api)
    await stranger.make_contact("0712000001", tags=["theirs"], listIds=[await stranger.make_list("Theirs")])

    assert await facets(api, ["TAG", "LIST"], {"search": "mbali"}) == {
        "TAG": ([("farmer", "farmer", 1), ("vip", "vip", 1)], 0, 0),
        "LIST": ([(samples.lists["Farmers"], "Farmers", 1), (samples.lists["Nairobi"], "Nairobi", 1)], 0, 0),
    }
    trashed = await facets(api, ["TAG", "STATUS", "TAG"], {"state": "TRASHED"})
    assert (list(trashed), trashed["TAG"]) == (["TAG", "STATUS"], ([("vip", "vip", 1)], 0, 0))
    assert await facets(api, ["OPERATOR", "LIST", "TAG"], {"ids": []}) == {
        "OPERATOR": ([], 0, 0),
        "LIST": ([], 0, 0),
        "TAG": ([], 0, 0),
    }
    assert await facets(api, []) == {}
    assert await facets(stranger, ["LIST"], {"listIds": [samples.lists["Farmers"]]}) == {"LIST": ([], 0, 0)}


async def test_beyond_fifty_values_only_the_number_of_other_contacts_is_told(api: Api) -> None:
    """Contact n has n % 60 as its country and tag; one in three has a frequent tag besides."""
    ids = await insert_contacts(api, [{"phone": f"+2547120000{place:02}"} for place in range(70)])
    lists = [await api.make_list(f"List {place:02}") for place in range(60)]
    add = "mutation ($i: AddContactsToListInput!) { addContactsToList(input: $i) { added errors { code } } }"
    for place, id in enumerate(ids):
        tags = [f"t{place % 60:02}", *(["often"] if place % 3 == 0 else [])]
        await change("contact", id, country=f"{place % 60:02}", tags=tags)
        await api.run(add, i={"listId": lists[place % 60], "contacts": {"ids": [id]}})

    found = await facets(api, ["COUNTRY", "TAG", "LIST"])

    twice = [f"{place:02}" for place in range(10)]
    once = [f"{place:02}" for place in range(10, 50)]
    assert found["COUNTRY"] == ([(c, c, 2) for c in twice] + [(c, c, 1) for c in once], 10, 0)
    frequent = [("often", "often", 24), *((f"t{c}", f"t{c}", 2) for c in twice)]
    frequent += [(f"t{c}", f"t{c}", 1) for c in once[:39]]
    others = [place for place in range(49, 60) if place % 3]
    assert found["TAG"] == (frequent, len(others), 0)
    assert [label for _, label, _ in found["LIST"][0]] == [f"List {place:02}" for place in range(50)]
    assert found["LIST"][1:] == (10, 0)


async def test_facets_are_refused_without_the_scope_and_for_a_wrong_filter(api: Api) -> None:
    writer = api.with_scopes(Scope.CONTACTS_WRITE)
    campaign = await make_campaign(api, "Spring", created_at=MONDAY)

    assert (await writer.ask(FACETS, fields=["TAG"])).codes == ["FORBIDDEN"]
    answer = await api.ask(FACETS, fields=["TAG"], filter={"listIds": [campaign]})
    assert (answer.codes, answer.errors[0]["message"].partition(": ")[0]) == (["INVALID_ID"], "filter.listIds.0")
