"""Operator prefixes: the built-in table, an account's own prefixes, and the effect on its contacts."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.accounts.settings import load_account_settings
from services.job_tasks import TASKS
from services.jobs.worker import Worker
from services.phones import network_recheck
from tests.support.api_client import HOUR, Api, counted_statements
from tests.support.mutations import mutate, refusal
from tests.support.rows import insert_contacts
from tests.support.snapshot import stored_rows

FACTS = "phone status invalidReason operator { name country }"
ROW = "prefix operator { name country } isCustom"


def row(prefix: str, name: str, country: str | None, *, is_custom: bool = False) -> dict[str, Any]:
    return {"prefix": prefix, "operator": {"name": name, "country": country}, "isCustom": is_custom}


async def put(api: Api, prefix: str, operator: str, **input: Any) -> Any:
    return await mutate(
        api, "setOperatorPrefix", f"operatorPrefix {{ {ROW} }} job {{ kind status }}",
        prefix=prefix, operator=operator, **input,
    )  # fmt: skip


async def prefixes(api: Api, arguments: str, selected: str = f"nodes {{ {ROW} }}") -> Any:
    return (await api.run(f"{{ operatorPrefixes({arguments}) {{ {selected} }} }}"))["operatorPrefixes"]


async def asking_again(api: Api) -> Api:
    """Returns the caller as the next request would load it, with fresh settings."""
    return replace(api, caller=replace(api.caller, settings=await load_account_settings(api.account_id)))


async def work(api: Api) -> None:
    await Worker(TASKS, clock=lambda: api.now).run_all()


async def facts(api: Api) -> Any:
    return (await api.run(f"{{ contacts(orderBy: [{{field: PHONE}}]) {{ nodes {{ {FACTS} }} }} }}"))["contacts"][
        "nodes"
    ]


async def test_the_built_in_rows_are_found_by_their_digits_and_country(api: Api) -> None:
    safaricom = await prefixes(api, 'prefix: "+25470"')
    in_kenya = await prefixes(api, 'country: "KE", first: 100')
    everything = await prefixes(api, "first: 1", "totalCount")

    assert safaricom["nodes"][0] == row("25470", "Safaricom", "KE")
    assert {one["operator"]["country"] for one in in_kenya["nodes"]} == {"KE"}
    assert [one["prefix"] for one in in_kenya["nodes"]] == sorted(one["prefix"] for one in in_kenya["nodes"])
    assert everything["totalCount"] > 29_000


async def test_prefixes_are_paged_by_prefix_without_a_statement(api: Api) -> None:
    whole = [one["prefix"] for one in (await prefixes(api, 'country: "AO", first: 100'))["nodes"]]
    paged: list[str] = []
    after = ""
    while True:
        with counted_statements() as statements:
            page = await prefixes(
                api,
                f'country: "AO", first: 3{after}',
                "edges { cursor node { prefix } } pageInfo { hasNextPage endCursor }",
            )
        assert statements == []
        paged += [edge["node"]["prefix"] for edge in page["edges"]]
        assert page["pageInfo"]["endCursor"] == page["edges"][-1]["cursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = f', after: "{page["pageInfo"]["endCursor"]}"'

    assert paged == whole
    assert len(whole) > 3


async def test_a_cursor_of_another_order_is_refused(api: Api) -> None:
    answer = await api.ask('{ operatorPrefixes(after: "x") { totalCount } }')

    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.data == {"operatorPrefixes": None}


async def test_a_row_of_the_account_outranks_the_built_in_one_and_contacts_follow(api: Api) -> None:
    await api.make_contact("0700 123 456")
    await api.make_contact("0733 123 456")

    payload = await put(api, "+254 70", "New Telecom")
    looked_up = await api.run('{ phoneLookup(text: "0700 123 456") { operator { name country } } }')
    before = await facts(api)
    await work(api)
    after = await facts(api)

    assert payload == {
        "operatorPrefix": row("25470", "New Telecom", "KE", is_custom=True),
        "job": {"kind": "RECHECK", "status": "QUEUED"},
        "errors": [],
    }
    assert before[0]["operator"]["name"] == "Safaricom"
    assert after[0]["operator"] == {"name": "New Telecom", "country": "KE"}
    assert after[1] == before[1]
    api = await asking_again(api)
    assert (await prefixes(api, 'prefix: "25470", first: 1'))["nodes"] == [payload["operatorPrefix"]]
    assert (await prefixes(api, "isCustom: true"))["nodes"] == [payload["operatorPrefix"]]
    assert (await prefixes(api, 'prefix: "25470", isCustom: false'))["nodes"] == []
    assert looked_up == {"phoneLookup": {"operator": {"name": "Safaricom", "country": "KE"}}}, "of the caller before"


async def test_what_the_same_request_does_next_goes_by_the_new_prefix(api: Api) -> None:
    made = await api.run(
        """
        mutation {
          setOperatorPrefix(input: {prefix: "25420", operator: "Kenya Cables"}) { errors { code } }
          createContact(input: {contact: {phone: "020 555 0100"}}) { contact { status operator { name } } }
        }
        """
    )

    assert made["createContact"] == {"contact": {"status": "VALID", "operator": {"name": "Kenya Cables"}}}


async def test_a_number_that_has_a_network_by_now_is_no_longer_invalid_and_is_again_without_it(api: Api) -> None:
    await api.make_contact("020 555 0100")
    unknown = {"phone": "+254205550100", "status": "INVALID", "invalidReason": "UNKNOWN_NETWORK", "operator": None}
    assert await facts(api) == [unknown]

    await put(api, "25420555", "Kenya Cables", country="UG")
    await work(api.later(HOUR))
    known = await facts(api)
    payload = await mutate(api, "deleteOperatorPrefix", "deletedPrefix job { kind }", prefix="25420555")
    await work(api.later(2 * HOUR))

    operator = {"name": "Kenya Cables", "country": "UG"}
    assert known == [{"phone": "+254205550100", "status": "VALID", "invalidReason": None, "operator": operator}]
    assert payload == {"deletedPrefix": "25420555", "job": {"kind": "RECHECK"}, "errors": []}
    assert await facts(api) == [unknown]


async def test_saying_the_same_again_starts_nothing(api: Api) -> None:
    await put(api, "25470", "New Telecom")
    before = await stored_rows(api)

    again = await put(api.later(HOUR), "25470", " New Telecom ", country="KE")

    assert again == {
        "operatorPrefix": row("25470", "New Telecom", "KE", is_custom=True), "job": None, "errors": []
    }  # fmt: skip
    assert await stored_rows(api) == before


@pytest.mark.parametrize(
    ("input", "code", "field"),
    [
        ({"prefix": " "}, "REQUIRED", "prefix"),
        ({"prefix": "0712"}, "INVALID", "prefix"),
        ({"prefix": "25４"}, "INVALID", "prefix"),
        ({"prefix": "2" * 16}, "TOO_LONG", "prefix"),
        ({"operator": ""}, "REQUIRED", "operator"),
        ({"operator": "x" * 101}, "TOO_LONG", "operator"),
    ],
)
async def test_a_prefix_that_is_none_is_refused(api: Api, input: dict[str, str], code: str, field: str) -> None:
    before = await stored_rows(api)

    payload = await put(api, **{"prefix": "25470", "operator": "New Telecom", **input})

    assert payload["operatorPrefix"] is None
    assert [(error["code"], error["path"]) for error in payload["errors"]] == [(code, ["input", field])]
    assert await stored_rows(api) == before


async def test_what_is_not_the_accounts_own_can_not_be_taken_back(api: Api, stranger: Api) -> None:
    await put(stranger, "25470", "New Telecom")
    before = await stored_rows(stranger)

    payload = await mutate(api, "deleteOperatorPrefix", "deletedPrefix job { id }", prefix="25470")

    told = refusal("NOT_FOUND", "The account has no such custom prefix.", "prefix")
    assert payload == {"deletedPrefix": None, "job": None, "errors": [told]}
    assert await stored_rows(stranger) == before
    assert (await prefixes(api, "isCustom: true"))["nodes"] == []


async def test_another_network_check_goes_through_all_contacts_in_batches(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network_recheck, "_BATCH", 10)
    await insert_contacts(api, [{"phone": f"+2542055501{number:02}"} for number in range(25)])

    payload = await mutate(api, "updateAccount", "job { kind status }", networkCheck="STRICT")
    same = await mutate(api, "updateAccount", "job { kind }", networkCheck="STRICT", name="Acme")
    await work(api.later(HOUR))
    job = (await api.run("{ jobs { nodes { kind status doneRowCount rowCount progress } } }"))["jobs"]["nodes"]
    invalid = (await api.run("{ contacts(filter: {status: INVALID}) { totalCount } }"))["contacts"]["totalCount"]
    off = await mutate(api, "updateAccount", "job { kind }", networkCheck="OFF")
    await work(api.later(HOUR + timedelta(minutes=1)))

    assert payload == {"job": {"kind": "RECHECK", "status": "QUEUED"}, "errors": []}
    assert same == {"job": None, "errors": []}
    assert job == [{"kind": "RECHECK", "status": "COMPLETED", "doneRowCount": 25, "rowCount": 25, "progress": 1.0}]
    assert invalid == 25
    assert off["job"] == {"kind": "RECHECK"}
    assert (await api.run("{ contacts(filter: {status: VALID}) { totalCount } }"))["contacts"]["totalCount"] == 25
