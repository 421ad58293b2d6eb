"""The register of opted-out numbers is readable."""

from typing import Any

import pytest

from tests.support.api_client import HOUR, MONDAY, TUESDAY, Api, counted_statements, iso
from tests.support.rows import change, insert

OPT_OUT = "query ($phone: PhoneNumber!, $region: CountryCode) { optOut(phone: $phone, region: $region) { %s } }"
FIELDS = "phone isOptedOut source reason changedAt changedBy { name }"
REGISTER = """
query ($first: Int, $after: String, $isOptedOut: Boolean) {
  optOuts(first: $first, after: $after, isOptedOut: $isOptedOut) {
    nodes { phone isOptedOut source } totalCount pageInfo { hasNextPage endCursor }
  }
}
"""
NEVER_HEARD_OF = {
    "phone": "+254712345678",
    "isOptedOut": False,
    "source": None,
    "reason": None,
    "changedAt": None,
    "changedBy": None,
}
CHANGE = 'mutation ($phone: PhoneNumber!) { %s(input: {phone: $phone, reason: "Asked."}) { errors { code } } }'


async def read(api: Api, phone: str = "0712 345 678", **arguments: Any) -> Any:
    return (await api.run(OPT_OUT % FIELDS, phone=phone, **arguments))["optOut"]


async def test_a_number_that_the_register_never_heard_of_is_not_opted_out(api: Api) -> None:
    assert await read(api) == NEVER_HEARD_OF


async def test_the_register_says_who_changed_it_last_when_and_why(api: Api) -> None:
    _, bob = await api.make_user("Bob")
    out = {
        "isOptedOut": True,
        "source": "API",
        "reason": "Asked.",
        "changedAt": iso(MONDAY),
        "changedBy": {"name": "Bob"},
    }

    await bob.run(CHANGE % "optOut", phone="+254712345678")
    opted_out = await read(api)
    await api.without_user().at(TUESDAY).run(CHANGE % "optIn", phone="+254712345678")
    opted_in = await read(api)

    back = {"isOptedOut": False, "changedAt": iso(TUESDAY), "changedBy": None}
    assert opted_out == {"phone": "+254712345678", **out}
    assert opted_in == {"phone": "+254712345678", **out, **back}


@pytest.mark.parametrize("source", ["KEYWORD", "IMPORT", "PURGE"])
async def test_every_source_is_told(api: Api, source: str) -> None:
    await insert(
        "opt_out", account_id=api.account_id, phone="+254712345678", is_opted_out=True, source=source, changed_at=MONDAY
    )

    assert await read(api) == NEVER_HEARD_OF | {"isOptedOut": True, "source": source, "changedAt": iso(MONDAY)}


async def test_a_number_is_read_in_the_region_given(api: Api) -> None:
    found = await read(api, "0712 345 678", region="TZ")
    refused = await api.ask(OPT_OUT % "phone", phone="0712345678", region="XX")

    assert found == NEVER_HEARD_OF | {"phone": "+255712345678"}
    assert (refused.data, refused.codes) == ({"optOut": None}, ["BAD_USER_INPUT"])


async def test_of_a_text_that_is_no_number_the_register_says_nothing(api: Api) -> None:
    with counted_statements() as statements:
        answers = [await read(api, text) for text in ("nonsense", "", "2.547E+11")]

    assert (answers, statements) == ([None] * 3, [])


async def test_the_id_is_the_same_for_a_number_at_all_times_and_of_no_other(api: Api, stranger: Api) -> None:
    async def id_of(asking: Api, phone: str) -> str:
        found = (await asking.run(OPT_OUT % "id", phone=phone))["optOut"]["id"]
        assert found.startswith("opt_")
        return str(found)

    before = await id_of(api, "0712 345 678")
    await api.run(CHANGE % "optOut", phone="+254712345678")
    after = await id_of(api, "+254712345678")
    listed = (await api.run("{ optOuts { nodes { id } } }"))["optOuts"]["nodes"]

    assert before == after
    assert listed == [{"id": before}]
    assert len({before, await id_of(api, "0712 345 679"), await id_of(stranger, "0712 345 678")}) == 3
    assert (await api.ask("query ($id: ID!) { node(id: $id) { id } }", id=before)).codes == ["INVALID_ID"]


async def test_what_a_contact_shows_is_what_the_register_says(api: Api) -> None:
    contact_id = await api.make_contact("0712 345 678")
    ask = "query ($id: ID!) { contact(by: {id: $id}) { isOptedOut optedOutAt } }"

    await api.run(CHANGE % "optOut", phone="+254712345678")
    opted_out = await api.run(ask, id=contact_id)
    await api.at(TUESDAY).run(CHANGE % "optIn", phone="+254712345678")
    opted_in = await api.run(ask, id=contact_id)

    assert opted_out == {"contact": {"isOptedOut": True, "optedOutAt": iso(MONDAY)}}
    assert opted_in == {"contact": {"isOptedOut": False, "optedOutAt": None}}


async def test_the_register_is_walked_last_changed_first(api: Api, stranger: Api) -> None:
    phones = [f"+25471234567{number}" for number in range(5)]
    for place, phone in enumerate(phones):
        await api.later((place % 3) * HOUR).run(CHANGE % "optOut", phone=phone)
    await api.at(TUESDAY).run(CHANGE % "optIn", phone=phones[1])
    await stranger.run(CHANGE % "optOut", phone=phones[0])

    pages: list[Any] = []
    for _ in range(3):
        after = pages[-1]["pageInfo"]["endCursor"] if pages else None
        pages.append((await api.run(REGISTER, first=2, after=after))["optOuts"])
    out = (await api.run(REGISTER, isOptedOut=True))["optOuts"]
    back = (await api.run(REGISTER, isOptedOut=False))["optOuts"]

    assert [one["phone"][-1] for page in pages for one in page["nodes"]] == ["1", "2", "4", "3", "0"]
    assert [(page["totalCount"], page["pageInfo"]["hasNextPage"]) for page in pages] == [
        (5, True),
        (5, True),
        (5, False),
    ]
    assert ([one["phone"][-1] for one in out["nodes"]], out["totalCount"]) == (["2", "4", "3", "0"], 4)
    assert back["nodes"] == [{"phone": phones[1], "isOptedOut": False, "source": "API"}]


async def test_who_changed_it_is_shown_though_they_have_left(api: Api) -> None:
    bob_id, bob = await api.make_user("Bob")
    await bob.run(CHANGE % "optOut", phone="+254712345678")
    await change("account_user", bob_id, is_active=False)

    assert (await read(api))["changedBy"] == {"name": "Bob"}
