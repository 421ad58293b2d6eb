"""recordMessages records messages: each row on its own, each external id once."""

from typing import Any

import pytest

from tests.support.api_client import DAY, HOUR, MONDAY, TUESDAY, Api, counted_statements, iso
from tests.support.messages import PHONE, inbound, outbound
from tests.support.mutations import contacts, mutate, no_number, record_messages, refusal, report
from tests.support.rows import make_campaign
from tests.support.snapshot import stored_rows

WHOLE = """
id phone contact { name } campaign { name } user { name } direction status kind channel body externalId occurredAt
"""


def row_result(index: int, outcome: str, message: Any = None, error: Any = None) -> dict[str, Any]:
    return {"index": index, "outcome": outcome, "message": message, "error": error}


async def test_a_message_is_kept_as_it_was_reported(api: Api) -> None:
    await api.make_contact(PHONE, name="Amina")
    spring = await make_campaign(api, "Spring")

    answer = await record_messages(
        api.at(TUESDAY),
        {
            "phone": "0712 345 678",
            "direction": "OUTBOUND",
            "status": "DELIVERED",
            "kind": "VERIFICATION",
            "channel": "WHATSAPP",
            "body": " Karibu!\n",
            "externalId": " SM-1 ",
            "campaignId": spring,
            "userId": api.user_id,
            "occurredAt": iso(MONDAY),
        },
        {"phone": "712 345 670", "region": "KE", "direction": "INBOUND"},
        {"phone": "+442079460000", "direction": "OUTBOUND"},
        selected=WHOLE.replace("id ", ""),
    )

    nobody = {"contact": None, "campaign": None, "user": None, "body": None, "externalId": None}
    usual = {"kind": "CONVERSATION", "channel": "SMS", "occurredAt": iso(TUESDAY)}
    assert answer == {
        "summary": {"total": 3, "created": 3, "updated": 0, "skipped": 0, "failed": 0},
        "results": [
            row_result(
                0,
                "CREATED",
                {
                    "phone": PHONE,
                    "contact": {"name": "Amina"},
                    "campaign": {"name": "Spring"},
                    "user": {"name": "Ada"},
                    "direction": "OUTBOUND",
                    "status": "DELIVERED",
                    "kind": "VERIFICATION",
                    "channel": "WHATSAPP",
                    "body": " Karibu!\n",
                    "externalId": "SM-1",
                    "occurredAt": iso(MONDAY),
                },
            ),
            row_result(
                1, "CREATED", {"phone": "+254712345670", "direction": "INBOUND", "status": "RECEIVED"} | nobody | usual
            ),
            row_result(
                2, "CREATED", {"phone": "+442079460000", "direction": "OUTBOUND", "status": "SENT"} | nobody | usual
            ),
        ],
        "errors": [],
    }


async def test_an_external_id_is_recorded_once_and_later_reports_move_the_status_on(api: Api) -> None:
    steps = ["QUEUED", "SENT", "SENT", None, "READ", "DELIVERED", "FAILED"]

    answers = [
        await record_messages(api.later(hour * HOUR), outbound(body=f"text {hour}", externalId="a", **status(step)))
        for hour, step in enumerate(steps)
    ]

    shown = [(one["results"][0]["outcome"], one["results"][0]["message"]["status"]) for one in answers]
    assert shown == [
        ("CREATED", "QUEUED"),
        ("UPDATED", "SENT"),
        ("SKIPPED", "SENT"),
        ("SKIPPED", "SENT"),
        ("UPDATED", "READ"),
        ("SKIPPED", "READ"),
        ("SKIPPED", "READ"),
    ]
    (message,) = (await stored_rows(api))["message"]
    assert (message["status"], message["body"], message["occurred_at"]) == ("READ", "text 0", MONDAY)


def status(step: str | None) -> dict[str, Any]:
    return {} if step is None else {"status": step}


async def test_rows_act_in_their_order_as_if_one_by_one(api: Api) -> None:
    await report(api, outbound(externalId="old", status="SENT"))

    answer = await record_messages(
        api,
        outbound(externalId="new", status="QUEUED"),
        outbound(externalId="old", status="DELIVERED"),
        outbound(externalId="new", status="DELIVERED"),
        outbound(externalId="old", status="SENT"),
        outbound(externalId="new", status="SENT"),
        outbound(externalId="old", status="READ"),
    )

    assert answer["summary"] == {"total": 6, "created": 1, "updated": 3, "skipped": 2, "failed": 0}
    assert [(row["outcome"], row["message"]) for row in answer["results"]] == [
        ("CREATED", {"externalId": "new", "status": "DELIVERED"}),
        ("UPDATED", {"externalId": "old", "status": "READ"}),
        ("UPDATED", {"externalId": "new", "status": "DELIVERED"}),
        ("SKIPPED", {"externalId": "old", "status": "READ"}),
        ("SKIPPED", {"externalId": "new", "status": "DELIVERED"}),
        ("UPDATED", {"externalId": "old", "status": "READ"}),
    ]
    assert len((await stored_rows(api))["message"]) == 2


async def test_without_an_external_id_each_report_is_a_message(api: Api) -> None:
    assert await report(api, outbound(), outbound(), outbound(externalId=" ")) == ["CREATED"] * 3
    assert len((await stored_rows(api))["message"]) == 3


async def test_a_bad_row_says_what_is_wrong_and_costs_the_others_nothing(api: Api) -> None:
    await report(api, inbound(externalId="a"))
    bad: list[tuple[dict[str, Any], Any]] = [
        ({"phone": " "}, refusal("MISSING_CONTACT", "No phone number is given.", "messages", "0", "phone")),
        (
            {"phone": "soon"},
            no_number("A phone number has digits, not letters.", "messages", "1", "phone", value="soon"),
        ),
        (
            {"region": "XX"},
            refusal("INVALID", "'XX' is not a region that libphonenumber knows.", "messages", "2", "region"),
        ),
        (
            {"status": "RECEIVED"},
            refusal("INVALID", "Only an inbound message can be RECEIVED.", "messages", "3", "status"),
        ),
        (
            {"body": "x" * 100_001},
            refusal(
                "TOO_LONG", "The value has 100001 characters; at most 100000 are allowed.", "messages", "4", "body"
            ),
        ),
        (
            {"externalId": "x" * 201},
            refusal(
                "TOO_LONG", "The value has 201 characters; at most 200 are allowed.", "messages", "5", "externalId"
            ),
        ),
        (
            {"externalId": "x\0y"},
            refusal("INVALID", "Control characters are not allowed.", "messages", "6", "externalId"),
        ),
        (
            {"campaignId": "cmp_01jd8vq0c5fj2v7wq1x3ynm8za"},
            refusal("NOT_FOUND", "There is no such campaign.", "messages", "7", "campaignId"),
        ),
        (
            {"userId": "usr_01jd8vq0c5fj2v7wq1x3ynm8za"},
            refusal("NOT_FOUND", "There is no such user.", "messages", "8", "userId"),
        ),
        (
            {"externalId": "a"},
            refusal(
                "INVALID",
                "The external id belongs to a message with another number or direction.",
                "messages",
                "9",
                "externalId",
            ),
        ),
    ]
    before = await stored_rows(api)

    refused = await record_messages(api, *(outbound(**wrong) for wrong, _ in bad))

    assert refused["results"] == [row_result(index, "FAILED", error=error) for index, (_, error) in enumerate(bad)]
    assert refused["summary"] == {"total": 10, "created": 0, "updated": 0, "skipped": 0, "failed": 10}
    assert await stored_rows(api) == before
    among_good = [outbound(externalId="b"), outbound(**bad[0][0]), outbound(externalId="c")]
    assert await report(api, *among_good) == ["CREATED", "FAILED", "CREATED"]


async def test_an_id_of_another_type_fails_the_row(api: Api) -> None:
    answer = await record_messages(api, outbound(campaignId=api.user_id), outbound(userId="x"))

    assert [(row["error"]["code"], row["error"]["path"][-1]) for row in answer["results"]] == [
        ("INVALID_ID", "campaignId"),
        ("INVALID_ID", "userId"),
    ]


async def test_a_batch_has_1_to_1000_rows(api: Api) -> None:
    before = await stored_rows(api)

    none, too_many = await record_messages(api), await record_messages(api, *[outbound()] * 1001)

    nothing: dict[str, Any] = {"summary": None, "results": []}
    assert none == nothing | {"errors": [refusal("REQUIRED", "There must be at least one row.", "messages")]}
    assert too_many == nothing | {
        "errors": [refusal("TOO_MANY", "The list has 1001 rows; at most 1000 are allowed.", "messages")]
    }
    assert await stored_rows(api) == before


async def test_only_rows_that_ended_in_some_way_can_be_asked_for(api: Api) -> None:
    rows = [outbound(externalId="a"), outbound(externalId="a"), outbound(phone="")]

    answer = await mutate(
        api, "recordMessages", "results(only: [SKIPPED, FAILED]) { index } all: results { index }", messages=rows
    )

    assert answer["results"] == [{"index": 1}, {"index": 2}]
    assert answer["all"] == [{"index": 0}, {"index": 1}, {"index": 2}]


async def test_what_no_column_holds_is_replaced_in_a_text_so_that_the_message_is_not_lost(api: Api) -> None:
    answer = await record_messages(api, inbound(body="a\0b"), selected="body")

    assert answer["results"] == [row_result(0, "CREATED", {"body": "a\N{REPLACEMENT CHARACTER}b"})]


async def test_a_message_of_somebody_who_has_left_is_still_theirs(api: Api) -> None:
    eve, _ = await api.make_user("Eve", is_active=False)

    answer = await record_messages(api, outbound(userId=eve), selected="user { name }")

    assert answer["results"] == [row_result(0, "CREATED", {"user": {"name": "Eve"}})]


async def test_accounts_have_their_external_ids_to_themselves(api: Api, stranger: Api) -> None:
    await report(stranger, outbound(externalId="a", status="READ"))

    assert await report(api, outbound(externalId="a", status="QUEUED")) == ["CREATED"]
    assert [row["status"] for row in (await stored_rows(stranger))["message"]] == ["READ"]
    assert [row["status"] for row in (await stored_rows(api))["message"]] == ["QUEUED"]


@pytest.mark.parametrize("asked", ["summary { created }", f"results {{ outcome message {{ {WHOLE} }} }}"])
async def test_a_thousand_rows_cost_as_many_statements_as_two(api: Api, asked: str) -> None:
    campaign = await make_campaign(api, "Spring")

    def batch(count: int, stem: str) -> list[dict[str, Any]]:
        """Returns rows that together use every feature of a row."""
        numbers = [f"+2547{stem}{number:07}" for number in range(count // 2)]
        return [
            *(inbound(phone=phone, body="stop", externalId=f"{phone}i", userId=api.user_id) for phone in numbers),
            *(outbound(phone=phone, externalId=phone, campaignId=campaign) for phone in numbers),
        ]

    def later(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        half = len(rows) // 2
        started = [row | {"body": "start", "externalId": None, "occurredAt": iso(TUESDAY)} for row in rows[:half]]
        return [*started, *(row | {"status": "FAILED"} for row in rows[half:])]

    costs: dict[int, list[int]] = {}
    for count, stem in ((2, "1"), (1000, "2")):
        rows = batch(count, stem)
        costs[count] = []
        for reported in (rows, rows, later(rows)):
            with counted_statements() as statements:
                answer = await mutate(api, "recordMessages", asked, messages=reported)
            assert answer["errors"] == []
            costs[count].append(len(statements))

    assert costs[1000] == costs[2]
    assert max(costs[2]) <= 18 + 4 * ("results" in asked)


async def test_messages_are_read_newest_first_by_number_and_direction(api: Api) -> None:
    await report(
        api,
        inbound(MONDAY, externalId="a"),
        outbound(TUESDAY, externalId="b"),
        inbound(MONDAY + HOUR, externalId="c", phone="0733 123 456"),
        outbound(MONDAY - DAY, externalId="d"),
    )

    async def found(**arguments: Any) -> list[str]:
        page = await api.run(
            "query ($phone: PhoneNumber, $direction: MessageDirection, $first: Int, $after: String) {"
            "  messages(phone: $phone, direction: $direction, first: $first, after: $after) {"
            "    totalCount nodes { externalId } pageInfo { endCursor }"
            "  }"
            "}",
            **arguments,
        )
        ends.append(page["messages"]["pageInfo"]["endCursor"])
        totals.append(page["messages"]["totalCount"])
        return [node["externalId"] for node in page["messages"]["nodes"]]

    ends: list[Any] = []
    totals: list[int] = []
    assert await found() == ["b", "c", "a", "d"]
    assert await found(phone="0712 345 678") == ["b", "a", "d"]
    assert await found(direction="INBOUND") == ["c", "a"]
    assert await found(phone=PHONE, direction="OUTBOUND") == ["b", "d"]
    assert await found(phone="no number") == await found(phone="0799 999 999") == []
    assert await found(first=3) == ["b", "c", "a"]
    assert await found(first=3, after=ends[-1]) == ["d"]
    assert totals == [4, 3, 2, 2, 0, 0, 4, 4]


async def test_messages_of_another_account_are_not_there(api: Api, stranger: Api) -> None:
    await report(stranger, inbound())

    assert await api.run("{ messages { totalCount nodes { id } } }") == {"messages": {"totalCount": 0, "nodes": []}}


async def test_a_message_makes_no_contact(api: Api) -> None:
    await report(api, inbound(), outbound())

    assert await contacts(api, "id") == []
