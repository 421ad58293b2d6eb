"""Filters nest `and`, `or` and `not`, up to five levels."""

from typing import Any

import pytest

from tests.api.contacts.test_filter import EVERYBODY, NOBODY, find
from tests.support.api_client import Api, counted_statements
from tests.support.sample_contacts import SampleContacts, create_sample_contacts

FIND = "query ($filter: ContactFilter) { contacts(filter: $filter) { totalCount } }"


@pytest.fixture
async def samples(api: Api) -> SampleContacts:
    return await create_sample_contacts(api)


NESTED = [
    ({"and": [{"anyTags": ["farmer"]}, {"hasEmail": True}]}, ["Amina"]),
    ({"or": [{"search": "dalia"}, {"countries": ["NG"]}]}, ["Chidi", "Dalia"]),
    ({"not": {"anyTags": ["farmer"]}}, ["Chidi", "Dalia"]),
    ({"and": []}, EVERYBODY),
    ({"and": [{}]}, EVERYBODY),
    ({"or": []}, NOBODY),
    ({"or": [{}]}, EVERYBODY),
    ({"not": {}}, NOBODY),
    ({"not": {"not": {"hasEmail": True}}}, ["Amina", "Dalia"]),
    ({"hasEmail": True, "or": [{"isVerified": True}, {"hasOwner": False}], "not": {"status": "INVALID"}}, ["Amina"]),
    ({"or": [{"and": [{"anyTags": ["VIP"]}, {"hasEmail": False}]}, {"not": {"countries": ["KE"]}}]}, ["Chidi"]),
    ({"not": {"or": [{"isOptedOut": True}, {"isVerified": True}]}}, ["Chidi", "Dalia"]),
    ({"not": {"search": "amina"}, "and": [{"not": {"search": "0733123456"}}]}, ["Chidi", "Dalia"]),
    ({"search": "a", "or": [{"search": "mbali"}, {"search": "chi"}]}, ["Amina"]),
]


async def test_and_or_and_not_combine_filters(api: Api, samples: SampleContacts) -> None:
    assert [(filter, await find(api, filter)) for filter, _ in NESTED] == NESTED


UNKNOWN = [
    {"externalIds": ["A-1"]},
    {"senderNumber": "+254700000000"},
    {"lastOutboundAt": {"from": "2000-01-01T00:00:00Z"}},
    {"lastOutboundAt": {"before": "2100-01-01T00:00:00Z"}},
]


async def test_not_holds_for_those_of_whom_nothing_is_known(api: Api, samples: SampleContacts) -> None:
    """A contact matches either a condition or its negation, even for NULL, unlike in SQL."""
    for condition in UNKNOWN:
        assert await find(api, condition) == ["Amina"]
        assert await find(api, {"not": condition}) == ["Brian", "Chidi", "Dalia"]
        assert await find(api, {"not": {"and": [condition, {"hasEmail": True}]}}) == ["Brian", "Chidi", "Dalia"]
        assert await find(api, {"not": {"or": [condition, {"search": "brian"}]}}) == ["Chidi", "Dalia"]
        assert await find(api, {"not": {"not": condition}}) == ["Amina"]


@pytest.mark.parametrize("word", ["and", "or", "not"])
async def test_filters_nest_five_deep_and_no_deeper(api: Api, samples: SampleContacts, word: str) -> None:
    five = nested({"hasEmail": True}, word, 4)
    six = nested({"hasEmail": True}, word, 5)

    with counted_statements() as statements:
        answer = await api.ask(FIND, filter=six)

    place = ".".join(["filter", *([word] if word == "not" else [word, "0"]) * 5])
    assert (answer.data, answer.codes, statements) == (None, ["BAD_USER_INPUT"], [])
    assert answer.errors[0]["message"] == f"{place}: Filters can be nested at most 5 levels deep."
    assert await find(api, five) == ["Amina", "Dalia"]


def nested(filter: Any, word: str, times: int) -> Any:
    for _ in range(times):
        filter = {word: filter if word == "not" else [filter]}
    return filter


@pytest.mark.parametrize("word", ["and", "or"])
async def test_a_thousand_filters_stand_side_by_side_and_no_more(api: Api, samples: SampleContacts, word: str) -> None:
    amina = {"externalIds": ["A-1"]}

    answer = await api.ask(FIND, filter={word: [amina] * 1001})

    assert await find(api, {word: [amina] * 1000}) == ["Amina"]
    assert (answer.data, answer.codes) == (None, ["BAD_USER_INPUT"])


async def test_a_filter_of_far_too_many_filters_is_refused_and_not_run(api: Api) -> None:
    many = {"or": [{"and": [{"hasEmail": True}] * 40}] * 30}

    with counted_statements() as statements:
        answer = await api.ask(FIND, filter=many)

    assert (answer.data, answer.codes, statements) == (None, ["BAD_USER_INPUT"], [])


STATES = [
    ({}, EVERYBODY),
    ({"state": None}, EVERYBODY),
    ({"state": "ACTIVE"}, EVERYBODY),
    ({"state": "TRASHED"}, ["Esi"]),
    ({"state": "ANY"}, [*EVERYBODY, "Esi"]),
    ({"and": [{"state": "TRASHED"}]}, NOBODY),
    ({"or": [{"state": "TRASHED"}, {"hasEmail": True}]}, ["Amina", "Dalia"]),
    ({"state": "ANY", "or": [{"state": "TRASHED"}, {"hasEmail": True}]}, ["Amina", "Dalia", "Esi"]),
    ({"state": "ANY", "anyTags": ["vip"]}, ["Amina", "Esi"]),
    ({"state": "ANY", "not": {"state": "ACTIVE"}}, ["Esi"]),
    ({"state": "ANY", "not": {"state": "TRASHED"}}, EVERYBODY),
    ({"state": "ANY", "and": [{"anyTags": ["vip"]}, {"not": {"hasEmail": True}}]}, ["Esi"]),
    ({"state": "TRASHED", "and": [{"state": "ANY"}]}, ["Esi"]),
    ({"state": "TRASHED", "and": [{"state": "ACTIVE"}]}, NOBODY),
]


async def test_state_is_active_at_the_top_where_absent_and_a_condition_like_others_inside(
    api: Api, samples: SampleContacts
) -> None:
    assert [(filter, await find(api, filter)) for filter, _ in STATES] == STATES
