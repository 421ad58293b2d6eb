"""The ledger of a number: each opt-out and opt-in, and the register as it was at an instant."""

from datetime import timedelta
from typing import Any

from tests.support.api_client import DAY, HOUR, MONDAY, TUESDAY, Api, counted_statements, iso
from tests.support.imports import import_content
from tests.support.messages import inbound
from tests.support.mutations import mutate, report

PHONE, OTHER = "+254712345678", "+254712345679"
EVENT = "isOptedOut source reason user { name } job { kind } occurredAt"
AT = """query ($phone: PhoneNumber!, $at: DateTime) {
  optOut(phone: $phone, at: $at) { phone isOptedOut source reason changedAt changedBy { name } }
}"""
LEDGER_AT = """query ($phone: PhoneNumber!, $at: DateTime) {
  optOut(phone: $phone, at: $at) { events { totalCount nodes { isOptedOut } } }
}"""
PAGE = f"totalCount nodes {{ id {EVENT} }} pageInfo {{ hasNextPage endCursor }}"
LEDGERS = f"""query ($first: Int, $after: String) {{
  optOuts {{ nodes {{ phone events(first: $first, after: $after) {{ {PAGE} }} }} }}
}}"""


async def ledger(api: Api, phone: str = PHONE) -> list[Any]:
    found = await api.run(f'{{ optOut(phone: "{phone}") {{ events {{ nodes {{ {EVENT} }} }} }} }}')
    nodes: list[Any] = found["optOut"]["events"]["nodes"]
    return nodes


def event(is_opted_out: bool, source: str, at: Any, **more: Any) -> dict[str, Any]:
    shown = {"isOptedOut": is_opted_out, "source": source, "reason": None, "user": None, "job": None}
    return shown | {"occurredAt": iso(at)} | more


async def test_each_change_of_consent_is_an_event_newest_first(api: Api) -> None:
    ada = {"user": {"name": "Ada"}}
    await mutate(api, "optOut", "optOut { phone }", phone=PHONE, reason="asked")
    await mutate(api, "optOut", "optOut { phone }", phone=PHONE, reason="asked again")
    await mutate(api.later(HOUR), "optIn", "optOut { phone }", phone=PHONE)
    await report(api.later(2 * HOUR), inbound(body="STOP", phone=PHONE, occurredAt=iso(MONDAY + 2 * HOUR)))
    await mutate(api.later(3 * HOUR), "optIn", "optOut { phone }", phone=PHONE)
    await import_content(api.at(TUESDAY), "phone,opt_out\n0712345678,yes\n")

    assert await ledger(api) == [
        event(True, "IMPORT", TUESDAY, **ada, job={"kind": "IMPORT"}),
        event(False, "API", MONDAY + 3 * HOUR, **ada),
        event(True, "KEYWORD", MONDAY + 2 * HOUR),
        event(False, "API", MONDAY + HOUR, **ada),
        event(True, "API", MONDAY, reason="asked", **ada),
    ]
    assert await ledger(api, OTHER) == []
    assert await ledger(await Api.of_new_account(name="Others")) == []


async def test_the_register_is_shown_as_it_was_at_an_instant(api: Api) -> None:
    await mutate(api, "optOut", "optOut { phone }", phone=PHONE, reason="asked")
    await mutate(api.at(TUESDAY), "optIn", "optOut { phone }", phone=PHONE)

    async def at(instant: Any, of: Api = api) -> Any:
        return (await of.run(AT, phone="0712345678", at=iso(instant)))["optOut"]

    async def ledger_at(instant: Any) -> list[bool]:
        events = (await api.run(LEDGER_AT, phone=PHONE, at=iso(instant)))["optOut"]["events"]
        assert events["totalCount"] == len(events["nodes"])
        return [node["isOptedOut"] for node in events["nodes"]]

    never = {"phone": PHONE, **dict.fromkeys(("source", "reason", "changedAt", "changedBy")), "isOptedOut": False}
    out = {"isOptedOut": True, "source": "API", "reason": "asked", "changedAt": iso(MONDAY)}
    back = {"isOptedOut": False, "source": "API", "reason": None, "changedAt": iso(TUESDAY)}
    ada = {"changedBy": {"name": "Ada"}}
    assert await at(MONDAY - timedelta(microseconds=1)) == never
    assert await at(MONDAY) == await at(TUESDAY - timedelta(microseconds=1)) == {"phone": PHONE, **out, **ada}
    assert await at(TUESDAY) == await at(TUESDAY + DAY) == {"phone": PHONE, **back, **ada}
    assert (await api.run(AT, phone="0712345678"))["optOut"] == await at(TUESDAY)
    assert await at(TUESDAY, await Api.of_new_account(name="Others")) == never
    instants = (MONDAY - timedelta(microseconds=1), MONDAY, TUESDAY - timedelta(microseconds=1), TUESDAY)
    assert [await ledger_at(instant) for instant in instants] == [[], [True], [True], [False, True]]


async def test_the_ledgers_of_many_numbers_are_pages_of_one_statement(api: Api) -> None:
    phones = [f"+2547123456{n:02}" for n in range(20)]
    for place in range(3):
        change = "optIn" if place % 2 else "optOut"
        for phone in phones:
            await mutate(api.later(place * HOUR), change, "optOut { phone }", phone=phone)

    with counted_statements() as statements:
        found = (await api.run(LEDGERS, first=2))["optOuts"]["nodes"]

    assert len(found) == 20
    assert {tuple(node["occurredAt"] for node in each["events"]["nodes"]) for each in found} == {
        (iso(MONDAY + 2 * HOUR), iso(MONDAY + HOUR))
    }
    assert {each["events"]["totalCount"] for each in found} == {3}
    # the register, the ledgers, their counts and the users; no event has a job
    assert len(statements) == 4
    first = found[0]["events"]
    rest = (await api.run(LEDGERS, first=2, after=first["pageInfo"]["endCursor"]))["optOuts"]["nodes"][0]["events"]
    assert [node["occurredAt"] for node in rest["nodes"]] == [iso(MONDAY)]
    assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)
    assert len({node["id"] for node in [*first["nodes"], *rest["nodes"]]}) == 3
