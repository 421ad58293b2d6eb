"""Every condition of ContactFilter finds the right contacts, alone and combined."""

from typing import Any

import pytest

from tests.support.api_client import DAY, HOUR, MONDAY, TUESDAY, Api, counted_statements, iso
from tests.support.rows import change
from tests.support.sample_contacts import SampleContacts, create_sample_contacts

FIND = "query ($filter: ContactFilter) { contacts(filter: $filter, orderBy: [{field: NAME}]) { nodes { name } } }"
EVERYBODY = ["Amina", "Brian", "Chidi", "Dalia"]
NOBODY: list[str] = []


async def find(api: Api, filter: Any) -> list[str]:
    """Returns the first names of the contacts found."""
    found = await api.run(FIND, filter=filter)
    return [contact["name"].split()[0] for contact in found["contacts"]["nodes"]]


@pytest.fixture
async def samples(api: Api) -> SampleContacts:
    made = await create_sample_contacts(api)
    for name, variables in VARIABLES.items():
        await change("contact", made.contacts[name], custom_variables=variables)
    await change("contact", made.contacts["Brian"], company_name="Kilimo Co")
    return made


VARIABLES = {
    "Amina": {"Plan": "Gold", 'Said "so"': "a\\b\nÉté", "Empty": ""},
    "Brian": {"Plan": "gold card", "plan": "Free"},
}


def span(**ends: Any) -> dict[str, str]:
    return {name: iso(instant) for name, instant in ends.items()}


BY_VALUE = [
    ({"phones": ["0712345678", "+254 733 123456"]}, ["Amina", "Brian"]),
    ({"phones": ["no number", "0712"]}, NOBODY),
    ({"phones": ["no number", "00254712345678"]}, ["Amina"]),
    ({"externalIds": ["C-3", "A-1", "B-2"]}, ["Amina", "Chidi"]),
    ({"externalIds": ["a-1"]}, NOBODY),
    ({"allTags": ["farmer"]}, ["Amina", "Brian"]),
    ({"allTags": ["farmer", "vip"]}, ["Amina"]),
    ({"allTags": ["farmer", "VIP"]}, NOBODY),
    ({"anyTags": ["vip", "VIP"]}, ["Amina", "Dalia"]),
    ({"anyTags": ["far"]}, NOBODY),
    ({"noTags": ["farmer"]}, ["Chidi", "Dalia"]),
    ({"noTags": ["vip", "VIP"]}, ["Brian", "Chidi"]),
    ({"isOptedOut": True}, ["Brian"]),
    ({"isOptedOut": False}, ["Amina", "Chidi", "Dalia"]),
    ({"isVerified": True}, ["Amina"]),
    ({"isVerified": False}, ["Brian", "Chidi", "Dalia"]),
    ({"status": "INVALID"}, ["Dalia"]),
    ({"status": "VALID"}, ["Amina", "Brian", "Chidi"]),
    ({"hasOwner": True}, ["Amina", "Chidi"]),
    ({"hasOwner": False}, ["Brian", "Dalia"]),
    ({"isAssigned": True}, ["Amina"]),
    ({"isAssigned": False}, ["Brian", "Chidi", "Dalia"]),
    ({"inNoList": True}, ["Chidi", "Dalia"]),
    ({"inNoList": False}, ["Amina", "Brian"]),
    ({"countries": ["NG", "MX"]}, ["Chidi"]),
    ({"operators": ["Safaricom", "MTN"]}, ["Amina", "Chidi"]),
    ({"operators": ["safaricom"]}, NOBODY),
    ({"senderNumber": "0700 000 000"}, ["Amina"]),
    ({"senderNumber": "nothing"}, NOBODY),
    ({"hasEmail": True}, ["Amina", "Dalia"]),
    ({"hasEmail": False}, ["Brian", "Chidi"]),
    ({"search": "MBALI otieno"}, ["Amina"]),
    ({"companyNames": ["Mbali Ltd", "Mbali"]}, ["Amina"]),
    ({"companyNames": ["mbali ltd", "Mbali Ltd", "Kilimo Co"]}, ["Amina", "Brian"]),
    *(
        ({"customVariables": conditions}, names)
        for conditions, names in (
            ([{"label": "Plan", "exists": True}], ["Amina", "Brian"]),
            ([{"label": " Plan ", "exists": False}], ["Chidi", "Dalia"]),
            ([{"label": "Plan", "exists": False, "equals": "Gold"}], NOBODY),
            ([{"label": "plan", "exists": True}], ["Brian"]),
            ([{"label": "Plan", "equals": "Gold"}], ["Amina"]),
            ([{"label": "Plan", "equals": "gold"}], NOBODY),
            ([{"label": "plan", "equals": "Gold"}], NOBODY),
            ([{"label": "Plan", "anyOf": ["Gold", "gold card", "x"]}], ["Amina", "Brian"]),
            ([{"label": "Plan", "anyOf": ["gold", "Free"]}], NOBODY),
            ([{"label": "Plan", "anyOf": []}], NOBODY),
            ([{"label": "Plan", "anyOf": [f"{place}" for place in range(99)] + ["Gold"]}], ["Amina"]),
            ([{"label": "Plan", "contains": "gOLD"}], ["Amina", "Brian"]),
            ([{"label": "Plan", "contains": "d c"}], ["Brian"]),
            ([{"label": "Plan", "contains": "o"}], ["Amina", "Brian"]),
            ([{"label": "Plan", "contains": "free"}], NOBODY),
            ([{"label": "Plan", "contains": "%"}], NOBODY),
            ([{"label": "Plan", "contains": "gold", "anyOf": ["gold card"]}], ["Brian"]),
            ([{"label": "Plan", "contains": ""}], ["Amina", "Brian"]),
            ([{"label": "Empty", "equals": ""}], ["Amina"]),
            ([{"label": 'Said "so"', "equals": "a\\b\r\nE\u0301te\u0301"}], ["Amina"]),
            ([{"label": 'Said "so"', "contains": "A\\B\nÉ"}], ["Amina"]),
            ([{"label": 'Said "so"', "contains": "\\n"}], NOBODY),
            ([{"label": 'Said "so"', "contains": "é"}], ["Amina"]),
            ([{"label": 'Said "so"', "contains": "ét"}], NOBODY),
            ([{"label": "Plan", "exists": True}, {"label": "Empty", "exists": False}], ["Brian"]),
            ([{"label": "Plan", "equals": "Gold\0"}], NOBODY),
            ([{"label": "Pl\0an", "exists": True}], NOBODY),
            ([{"label": "Pl\0an", "exists": False}], EVERYBODY),
        )
    ),
    ({"search": "amina", "customVariables": [{"label": "Plan", "contains": "old"}]}, ["Amina"]),
    ({"companyNames": ["Kilimo Co"], "customVariables": [{"label": "Plan", "contains": "old"}]}, ["Brian"]),
    ({"not": {"customVariables": [{"label": "Plan", "equals": "Gold"}]}}, ["Brian", "Chidi", "Dalia"]),
]
BY_TIME = [
    ({"createdAt": span(**{"from": MONDAY + HOUR})}, ["Brian", "Chidi", "Dalia"]),
    ({"createdAt": span(before=MONDAY + HOUR)}, ["Amina"]),
    ({"createdAt": span(**{"from": MONDAY + HOUR}, before=MONDAY + 2 * HOUR)}, ["Brian"]),
    ({"createdAt": span(**{"from": MONDAY + 2 * HOUR}, before=MONDAY + HOUR)}, NOBODY),
    ({"createdAt": {}}, EVERYBODY),
    ({"createdAt": {"from": "0001-01-01T00:00:00Z", "before": "9999-12-31T23:59:59.999999Z"}}, EVERYBODY),
    ({"createdAt": {"before": "0001-01-01T00:00:00Z"}}, NOBODY),
    ({"createdAt": {"from": "2026-01-05T12:30:00+02:00"}}, ["Brian", "Chidi", "Dalia"]),
    ({"updatedAt": span(**{"from": MONDAY + 3 * HOUR})}, ["Dalia"]),
    ({"lastInboundAt": span(**{"from": MONDAY}, before=TUESDAY)}, ["Amina"]),
    ({"lastInboundAt": span(before=TUESDAY + DAY)}, ["Amina", "Brian"]),
    ({"lastInboundAt": {"from": None, "before": None}}, EVERYBODY),
    ({"lastOutboundAt": span(**{"from": TUESDAY})}, ["Amina"]),
]


async def test_a_condition_finds_those_for_whom_it_holds(api: Api, samples: SampleContacts) -> None:
    expected = BY_VALUE + BY_TIME

    assert [(filter, await find(api, filter)) for filter, _ in expected] == expected


async def test_contacts_are_found_by_the_ids_of_all_that_they_are_tied_to(api: Api, samples: SampleContacts) -> None:
    contacts, lists, campaigns, users = samples.contacts, samples.lists, samples.campaigns, samples.users
    expected: list[tuple[dict[str, Any], list[str]]] = [
        ({"ids": [contacts["Dalia"], contacts["Amina"], contacts["Esi"]]}, ["Amina", "Dalia"]),
        ({"listIds": [lists["Nairobi"]]}, ["Amina"]),
        ({"listIds": [lists["Nairobi"], lists["Farmers"]]}, ["Amina", "Brian"]),
        ({"listIds": [lists["Empty"]]}, NOBODY),
        ({"notInListIds": [lists["Nairobi"]]}, ["Brian", "Chidi", "Dalia"]),
        ({"notInListIds": [lists["Nairobi"], lists["Farmers"]]}, ["Chidi", "Dalia"]),
        ({"campaignIds": [campaigns["Spring"], campaigns["Autumn"]]}, ["Amina", "Chidi"]),
        ({"campaignIds": [campaigns["Autumn"]]}, ["Chidi"]),
        ({"notInCampaignIds": [campaigns["Autumn"]]}, ["Amina", "Brian", "Dalia"]),
        ({"ownerIds": [users["Ada"]]}, ["Amina"]),
        ({"ownerIds": [users["Ada"], users["Bob"]]}, ["Amina", "Chidi"]),
        ({"assigneeIds": [users["Bob"]]}, ["Amina"]),
        ({"assigneeIds": [users["Ada"]]}, NOBODY),
        ({"importedByJobId": samples.job}, ["Chidi"]),
    ]

    assert [(filter, await find(api, filter)) for filter, _ in expected] == expected


async def test_all_conditions_that_are_given_must_hold(api: Api, samples: SampleContacts) -> None:
    farmers = {"allTags": ["farmer"], "listIds": [samples.lists["Farmers"]], "countries": ["KE"]}

    assert await find(api, farmers) == ["Amina", "Brian"]
    assert await find(api, farmers | {"hasEmail": True}) == ["Amina"]
    assert await find(api, farmers | {"hasEmail": True, "isOptedOut": True}) == NOBODY


async def test_every_condition_together_finds_the_one_for_whom_all_hold(api: Api, samples: SampleContacts) -> None:
    amina = {
        "state": "ACTIVE",
        "search": "otieno",
        "ids": [samples.contacts["Amina"]],
        "phones": ["0712345678"],
        "externalIds": ["A-1"],
        "listIds": [samples.lists["Farmers"]],
        "notInListIds": [samples.lists["Empty"]],
        "inNoList": False,
        "campaignIds": [samples.campaigns["Spring"]],
        "notInCampaignIds": [samples.campaigns["Autumn"]],
        "allTags": ["farmer", "vip"],
        "anyTags": ["vip"],
        "noTags": ["VIP"],
        "isOptedOut": False,
        "isVerified": True,
        "status": "VALID",
        "ownerIds": [samples.users["Ada"]],
        "hasOwner": True,
        "assigneeIds": [samples.users["Bob"]],
        "isAssigned": True,
        "countries": ["KE"],
        "operators": ["Safaricom"],
        "senderNumber": "+254700000000",
        "companyNames": ["Mbali Ltd"],
        "customVariables": [{"label": "Plan", "equals": "Gold"}, {"label": "None", "exists": False}],
        "hasEmail": True,
        "createdAt": span(**{"from": MONDAY}),
        "updatedAt": span(before=TUESDAY),
        "lastInboundAt": span(before=TUESDAY),
        "lastOutboundAt": span(**{"from": TUESDAY}),
    }

    assert await find(api, amina) == ["Amina"]
    assert await find(api, {"and": [amina], "or": [amina, {"ids": []}], "not": {"ids": []}}) == ["Amina"]
    assert await find(api, {"not": amina}) == ["Brian", "Chidi", "Dalia"]


async def test_null_is_no_condition(api: Api, samples: SampleContacts) -> None:
    names = [field["name"] for field in (await api.run(FILTER_FIELDS))["__type"]["inputFields"]]

    assert await find(api, dict.fromkeys(names)) == EVERYBODY
    assert await find(api, None) == EVERYBODY
    assert await find(api, {}) == EVERYBODY


FILTER_FIELDS = '{ __type(name: "ContactFilter") { inputFields { name } } }'
WANTED = (
    "ids",
    "phones",
    "externalIds",
    "listIds",
    "campaignIds",
    "ownerIds",
    "assigneeIds",
    "countries",
    "operators",
    "companyNames",
)


async def test_an_empty_list_of_what_is_wanted_matches_nothing(api: Api, samples: SampleContacts) -> None:
    wanted = (*WANTED, "anyTags")

    assert [(name, await find(api, {name: []})) for name in wanted] == [(name, NOBODY) for name in wanted]
    assert [(name, await find(api, {"not": {name: []}})) for name in wanted] == [(name, EVERYBODY) for name in wanted]


async def test_an_empty_list_of_what_must_all_be_or_must_not_be_keeps_nobody_out(
    api: Api, samples: SampleContacts
) -> None:
    names = ("allTags", "noTags", "notInListIds", "notInCampaignIds", "customVariables")

    assert [(name, await find(api, {name: []})) for name in names] == [(name, EVERYBODY) for name in names]


async def test_a_filter_sees_nothing_of_another_account(api: Api, samples: SampleContacts, stranger: Api) -> None:
    mine = {"listIds": [samples.lists["Farmers"]]}

    assert await find(stranger, {}) == NOBODY
    assert await find(stranger, mine) == NOBODY
    assert await find(stranger, {"state": "ANY", "ids": list(samples.contacts.values())}) == NOBODY
    assert (
        await find(stranger, {"or": [{"ownerIds": [samples.users["Ada"]]}, {"importedByJobId": samples.job}]}) == NOBODY
    )


OF_ANOTHER_TYPE = [
    ("ids", "lst"),
    ("listIds", "cnt"),
    ("notInListIds", "cnt"),
    ("campaignIds", "lst"),
    ("notInCampaignIds", "lst"),
    ("ownerIds", "cnt"),
    ("assigneeIds", "tok"),
]


@pytest.mark.parametrize(("name", "prefix"), OF_ANOTHER_TYPE)
async def test_an_id_of_another_type_is_refused_before_anything_is_looked_up(api: Api, name: str, prefix: str) -> None:
    right = {"ids": "cnt", "ownerIds": "usr", "assigneeIds": "usr"}.get(name, "cmp" if "ampaign" in name else "lst")
    wrong = f"{prefix}_01jd8vq0c5fj2v7wq1x3ynm8za"

    with counted_statements() as statements:
        answer = await api.ask(FIND, filter={"not": {name: [wrong]}})

    assert statements == []
    assert answer.data is None
    assert [(error["extensions"], error["path"], error["message"]) for error in answer.errors] == [
        (
            {"code": "INVALID_ID"},
            ["contacts"],
            f"filter.not.{name}.0: {wrong!r} is not the id of this type: it must start with {right}_.",
        )
    ]


@pytest.mark.parametrize(
    "text", ["", "cnt_", "nonsense", "cnt_01JD8VQ0C5FJ2V7WQ1X3YNM8ZA", "cnt_81jd8vq0c5fj2v7wq1x3ynm8za"]
)
async def test_a_text_that_is_no_id_is_refused_before_anything_is_looked_up(api: Api, text: str) -> None:
    with counted_statements() as statements:
        answer = await api.ask(FIND, filter={"ids": [text]})

    assert (answer.data, answer.codes, statements) == (None, ["INVALID_ID"], [])


async def test_a_list_of_a_filter_holds_a_thousand_values_and_no_more(api: Api, samples: SampleContacts) -> None:
    values = [f"+25471{place:07}" for place in range(1001)]
    names = ("phones", "externalIds", "allTags", "anyTags", "noTags", "countries", "operators", "companyNames")

    for name in names:
        answer = await api.ask(FIND, filter={name: values})

        assert await find(api, {name: values[:1000]}) == (EVERYBODY if name == "noTags" else NOBODY)
        assert (answer.data, answer.codes) == (None, ["BAD_USER_INPUT"])
        assert answer.errors[0]["message"] == f"filter.{name}: The list has 1001 values; at most 1000 are allowed."


async def test_a_list_of_ids_holds_a_thousand_and_no_more(api: Api, samples: SampleContacts) -> None:
    farmers, spring, bob = samples.lists["Farmers"], samples.campaigns["Spring"], samples.users["Bob"]
    ids = {
        "ids": samples.contacts["Amina"],
        "listIds": farmers,
        "notInListIds": farmers,
        "campaignIds": spring,
        "notInCampaignIds": spring,
        "ownerIds": bob,
        "assigneeIds": bob,
    }

    for name, some_id in ids.items():
        answer = await api.ask(FIND, filter={name: [some_id] * 1001})

        assert await find(api, {name: [some_id] * 1000}) == await find(api, {name: [some_id]})
        assert (answer.data, answer.codes) == (None, ["BAD_USER_INPUT"])
        assert answer.errors[0]["message"] == f"filter.{name}: The list has 1001 values; at most 1000 are allowed."


async def test_a_text_that_no_column_can_hold_is_found_nowhere(api: Api, samples: SampleContacts) -> None:
    """U+0000, which PostgreSQL rejects even in a parameter."""
    nul = "vip\0"

    assert [(name, await find(api, {name: [nul]})) for name in ANY_TEXTS] == [(name, NOBODY) for name in ANY_TEXTS]
    assert await find(api, {"senderNumber": nul}) == NOBODY
    assert await find(api, {"search": nul}) == NOBODY
    assert await find(api, {"allTags": ["vip", nul]}) == NOBODY
    assert await find(api, {"anyTags": ["vip", nul]}) == ["Amina"]
    assert await find(api, {"noTags": ["vip", nul]}) == ["Brian", "Chidi", "Dalia"]


ANY_TEXTS = ("phones", "externalIds", "allTags", "anyTags", "countries", "operators", "companyNames")

WRONG_CONDITIONS = [
    ([{"label": "a"}], "customVariables.0: Set at least one of equals, anyOf, contains and exists."),
    ([{"label": "a", "equals": None}], "customVariables.0: Set at least one of equals, anyOf, contains and exists."),
    (
        [{"label": "a", "anyOf": ["x"] * 1001}],
        "customVariables.0.anyOf: The list has 1001 values; at most 1000 are allowed.",
    ),
    (
        [{"label": "a", "contains": "x" * 201}],
        "customVariables.0.contains: The text has 201 characters; at most 200 are allowed.",
    ),
    (
        [{"label": "a", "exists": True}] * 21,
        "customVariables: The list has 21 conditions; at most 20 are allowed.",
    ),
]


async def test_a_condition_on_custom_variables_that_says_nothing_or_too_much_is_refused(api: Api) -> None:
    for conditions, message in WRONG_CONDITIONS:
        answer = await api.ask(FIND, filter={"customVariables": conditions})

        assert (answer.codes, answer.errors[0]["message"]) == (["BAD_USER_INPUT"], f"filter.{message}")


async def test_the_labels_of_custom_variables_are_told_with_their_contacts(api: Api, stranger: Api) -> None:
    text = "query ($search: String) { customVariableLabels(search: $search) { label contactCount } }"
    for place, variables in enumerate((*VARIABLES.values(), {"Plan": "x", "Année": "1"})):
        await api.make_contact(f"072200000{place}", customVariables=variables)

    found = [
        {row["label"]: row["contactCount"] for row in (await api.run(text, search=search))["customVariableLabels"]}
        for search in (None, "PLAN", " annee ", "nothing")
    ]

    assert found == [
        {"Année": 1, "Empty": 1, "Plan": 3, 'Said "so"': 1, "plan": 1},
        {"Plan": 3, "plan": 1},
        {"Année": 1},
        {},
    ]
    assert (await stranger.run(text))["customVariableLabels"] == []
