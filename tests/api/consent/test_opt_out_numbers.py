"""optOutNumbers opts out many numbers, each on its own."""

from typing import Any

import pytest

from services.accounts.authentication import Scope
from tests.support.api_client import MONDAY, TUESDAY, Api, counted_statements, iso
from tests.support.events import recorded_events
from tests.support.mutations import mutate
from tests.support.snapshot import stored_rows

PHONE, OTHER = "+254712345678", "+254733123456"
SUMMARY = "summary { total optedOut alreadyOptedOut failed }"
RESULTS = (
    "results { index outcome optOut { phone isOptedOut source reason changedAt } "
    "error { __typename code path ... on PhoneError { value suggestion } } }"
)


async def opt_out_numbers(api: Api, phones: list[Any], selected: str = f"{SUMMARY} {RESULTS}", **options: Any) -> Any:
    return await mutate(api, "optOutNumbers", selected, phones=phones, **options)


async def test_each_number_is_opted_out_on_its_own_and_makes_no_contact(api: Api) -> None:
    await api.make_contact(PHONE)
    await mutate(api, "optOut", "optOut { phone }", phone=OTHER)
    phones = ["0712 345 678", "n/a", OTHER, 254712345678, "254720000001@c.us"]

    answer = await opt_out_numbers(api.at(TUESDAY), phones, reason=" list of 2025 ")

    def row(index: int, outcome: str, phone: str, at: Any = TUESDAY, reason: str | None = "list of 2025") -> Any:
        register = {"phone": phone, "isOptedOut": True, "source": "API", "reason": reason, "changedAt": iso(at)}
        return {"index": index, "outcome": outcome, "optOut": register, "error": None}

    error = {
        "__typename": "PhoneError",
        "code": "INVALID_PHONE_NUMBER",
        "path": ["input", "phones", "1"],
        "value": "n/a",
        "suggestion": None,
    }
    assert answer == {
        "summary": {"total": 5, "optedOut": 2, "alreadyOptedOut": 2, "failed": 1},
        "results": [
            row(0, "UPDATED", PHONE),
            {"index": 1, "outcome": "FAILED", "optOut": None, "error": error},
            row(2, "SKIPPED", OTHER, MONDAY, None),
            row(3, "SKIPPED", PHONE),
            row(4, "UPDATED", "+254720000001"),
        ],
        "errors": [],
    }
    assert [row["phone"] for row in (await stored_rows(api))["contact"]] == [PHONE]
    told = [payload["phone"] for kind, payload in await recorded_events(api) if kind == "contact.opted_out"]
    assert sorted(told) == sorted([OTHER, PHONE, "+254720000001"])


async def test_results_can_be_selected_and_are_not_read_otherwise(api: Api, stranger: Api) -> None:
    only = await opt_out_numbers(api, [PHONE, "n/a"], "results(only: [FAILED]) { index }")
    with counted_statements() as few:
        await opt_out_numbers(api, ["0733 000 001"])
    with counted_statements() as many:
        await opt_out_numbers(api, [f"0733 000 {number:03}" for number in range(100, 300)])

    assert only["results"] == [{"index": 1}]
    assert len(few) == len(many)
    assert (await stored_rows(stranger)).get("opt_out", []) == []


@pytest.mark.parametrize(
    ("phones", "options", "code", "path"),
    [
        ([], {}, "REQUIRED", ["phones"]),
        ([PHONE] * 1001, {}, "TOO_MANY", ["phones"]),
        ([PHONE], {"region": "XX"}, "INVALID", ["region"]),
        ([PHONE], {"reason": "a" * 1001}, "TOO_LONG", ["reason"]),
        ([PHONE], {"reason": "a\u0000"}, "INVALID", ["reason"]),
    ],
)
async def test_a_call_that_cannot_be_accepted_opts_nobody_out(
    api: Api, phones: list[str], options: dict[str, Any], code: str, path: list[str]
) -> None:
    answer = await opt_out_numbers(api, phones, f"{SUMMARY} results {{ index }}", **options)

    (error,) = answer["errors"]
    assert (error["code"], error["path"]) == (code, ["input", *path])
    assert (answer["summary"], answer["results"]) == (None, [])
    assert (await stored_rows(api)).get("opt_out", []) == []


async def test_who_may_not_read_contacts_sees_only_what_the_call_changed(api: Api) -> None:
    await mutate(api, "optOut", "optOut { phone }", phone=OTHER)
    text = (
        "mutation ($input: OptOutNumbersInput!) { optOutNumbers(input: $input) "
        "{ summary { optedOut } results { outcome optOut { phone } } } }"
    )

    writer = await api.with_scopes(Scope.CONTACTS_WRITE).ask(text, input={"phones": [PHONE, OTHER]})
    reader = await api.with_scopes(Scope.CONTACTS_READ).ask(text, input={"phones": [PHONE]})

    assert writer.data["optOutNumbers"]["results"] == [
        {"outcome": "UPDATED", "optOut": {"phone": PHONE}},
        {"outcome": "SKIPPED", "optOut": None},
    ]
    assert (writer.codes, reader.codes) == (["FORBIDDEN"], ["FORBIDDEN"])
