"""A person sends STOP or START in a message."""

from typing import Any

import pytest

from services.consent.keywords import OwnKeywords
from tests.support.api_client import DAY, HOUR, MONDAY, TUESDAY, Api, iso
from tests.support.events import recorded_events
from tests.support.messages import PHONE, inbound, outbound
from tests.support.mutations import contact, mutate, report
from tests.support.snapshot import stored_rows

REGISTER = (
    "query ($phone: PhoneNumber!) { optOut(phone: $phone) { isOptedOut source reason changedAt changedBy { id } } }"
)


async def register(api: Api, phone: str = PHONE) -> Any:
    return (await api.run(REGISTER, phone=phone))["optOut"]


def standing(is_opted_out: bool, at: Any, source: str = "KEYWORD", **more: Any) -> dict[str, Any]:
    told = {"isOptedOut": is_opted_out, "source": source, "changedAt": iso(at), "reason": None, "changedBy": None}
    return told | more


NEVER = {"isOptedOut": False, "source": None, "reason": None, "changedAt": None, "changedBy": None}


async def changes(api: Api) -> list[tuple[bool, Any]]:
    """Returns the consent history in the order of recording: opted out or not, and when."""
    rows = sorted((await stored_rows(api))["consent_event"], key=lambda row: str(row["id"]))
    return [(row["is_opted_out"], row["occurred_at"]) for row in rows]


async def test_stop_opts_the_number_out_from_when_it_was_written(api: Api) -> None:
    amina = await api.make_contact(PHONE)

    await report(api.at(TUESDAY), inbound(MONDAY, " Arrêt ! "))

    assert await register(api) == standing(True, MONDAY)
    assert await contact(api, amina, "isOptedOut optedOutAt") == {"isOptedOut": True, "optedOutAt": iso(MONDAY)}
    (entry,) = (await stored_rows(api))["consent_event"]
    entry.pop("id")
    assert entry == {
        "account_id": api.account_id,
        "phone": PHONE,
        "is_opted_out": True,
        "source": "KEYWORD",
        "reason": None,
        "user_id": None,
        "token_id": api.caller.token_id,
        "job_id": None,
        "occurred_at": MONDAY,
    }
    by = {"changedAt": iso(MONDAY), "source": "KEYWORD", "reason": None, "userId": None}
    assert await recorded_events(api) == [("contact.opted_out", {"phone": PHONE} | by)]


async def test_a_number_that_is_no_contact_is_opted_out_as_well(api: Api) -> None:
    await report(api, inbound(MONDAY, "stop"))

    assert await register(api) == standing(True, MONDAY)


async def test_start_lifts_it_and_starts_alone_do_nothing(api: Api) -> None:
    await report(api, inbound(MONDAY, "start"))
    before = await register(api)
    await report(api, inbound(MONDAY, "stop"), inbound(TUESDAY, "Unstop"))

    assert before == NEVER
    assert await register(api) == standing(False, TUESDAY)
    assert await changes(api) == [(True, MONDAY), (False, TUESDAY)]


@pytest.mark.parametrize(
    "message",
    [
        outbound(MONDAY, "stop"),
        inbound(MONDAY, "stop", kind="VERIFICATION"),
        inbound(MONDAY, "stop", kind="GROUP"),
        inbound(MONDAY, "please stop"),
    ],
)
async def test_only_the_word_alone_in_an_inbound_conversation_counts(api: Api, message: Any) -> None:
    await report(api, message)

    assert await register(api) == NEVER
    assert await recorded_events(api) == []


async def test_a_message_says_it_once(api: Api) -> None:
    await report(api, inbound(MONDAY, "stop", externalId="a"))
    await mutate(api.at(TUESDAY), "optIn", "optOut { isOptedOut }", phone=PHONE)
    lifted = await register(api)

    assert await report(api.at(TUESDAY), inbound(MONDAY, "stop", externalId="a")) == ["SKIPPED"]
    assert await report(api.at(TUESDAY), inbound(MONDAY, "stop", externalId="a", status="READ")) == ["UPDATED"]
    assert await register(api) == lifted


async def test_a_start_that_is_heard_of_late_does_not_undo_a_later_stop(api: Api) -> None:
    await report(api, inbound(TUESDAY, "stop"))

    await report(api, inbound(MONDAY, "start"), inbound(TUESDAY, "start"))

    assert await register(api) == standing(True, TUESDAY)


async def test_nor_one_that_was_said_between_two_stops(api: Api) -> None:
    api = api.at(TUESDAY)
    await report(api, inbound(MONDAY, "stop"), inbound(TUESDAY, "stop"))

    await report(api, inbound(MONDAY + HOUR, "start"))
    between = await register(api)
    await report(api, inbound(TUESDAY + HOUR, "start"))

    assert between == standing(True, MONDAY)
    assert await register(api) == standing(False, TUESDAY + HOUR)


async def test_a_start_does_not_undo_an_opt_out_that_came_after_it_in_another_way(api: Api) -> None:
    await mutate(api.at(TUESDAY), "optOut", "optOut { isOptedOut }", phone=PHONE)

    await report(api, inbound(MONDAY, "start"))

    assert (await register(api))["isOptedOut"] is True


async def test_a_stop_counts_however_late_it_is_heard_of(api: Api) -> None:
    await report(api, inbound(MONDAY, "stop"), inbound(TUESDAY, "start"))

    await report(api, inbound(MONDAY + HOUR, "stop"))

    assert await register(api) == standing(True, TUESDAY)


async def test_the_keywords_of_a_batch_count_in_its_order(api: Api) -> None:
    other = "+254733123456"

    await report(
        api.at(TUESDAY + DAY),
        inbound(MONDAY, "stop"),
        inbound(MONDAY, "stop", phone=other),
        inbound(MONDAY + HOUR, "start"),
        inbound(MONDAY + 2 * HOUR, "stop"),
        inbound(TUESDAY, "start", phone=other),
    )

    assert await register(api) == standing(True, MONDAY + 2 * HOUR)
    assert await register(api, other) == standing(False, TUESDAY)
    assert [(kind.removeprefix("contact."), payload["phone"]) for kind, payload in await recorded_events(api)] == [
        ("opted_out", PHONE),
        ("opted_out", other),
        ("opted_in", PHONE),
        ("opted_out", PHONE),
        ("opted_in", other),
    ]


async def test_a_keyword_takes_the_place_of_what_the_register_said_before(api: Api) -> None:
    await mutate(api, "optOut", "optOut { isOptedOut }", phone=PHONE, reason="on the phone")

    await report(api, inbound(MONDAY + HOUR, "stop"))
    repeated = await register(api)
    await report(api, inbound(TUESDAY, "start"))

    assert repeated == standing(True, MONDAY, "API", reason="on the phone", changedBy={"id": api.user_id})
    assert await register(api) == standing(False, TUESDAY)


async def test_a_stop_in_one_account_is_none_in_another(api: Api, stranger: Api) -> None:
    await report(stranger, inbound(MONDAY, "stop"))

    assert await register(api) == NEVER


async def test_a_stop_from_the_future_is_no_message_and_opts_out_now(api: Api) -> None:
    """Its own time would keep a START from opting in for a long time."""
    text = (
        "mutation ($input: RecordMessagesInput!) { recordMessages(input: $input) "
        "{ results { outcome error { code path } } } }"
    )

    answer = await api.run(text, input={"messages": [inbound(api.now + DAY + HOUR, "stop")]})

    path = ["input", "messages", "0", "occurredAt"]
    failed = {"outcome": "FAILED", "error": {"code": "INVALID", "path": path}}
    assert answer == {"recordMessages": {"results": [failed]}}
    assert await register(api) == standing(True, api.now)


async def test_a_stop_is_not_lost_with_its_row(api: Api) -> None:
    """Each row is wrong in another way. Each opts its number out, and no contact, message or time comes of it."""
    strange: list[dict[str, Any]] = [
        {"campaignId": "cmp_" + "0" * 26},
        {"campaignId": "the spring campaign"},
        {"userId": "usr_" + "0" * 26},
        {"occurredAt": "2026-01-05T09:30:00"},
        {"occurredAt": 1767605400},
        {"occurredAt": iso(MONDAY + 400 * DAY)},
        {"externalId": "a" * 201},
        {"externalId": ["a"]},
        {"externalId": "two\nlines"},
        {"direction": "inbound"},
        {"direction": None},
        {"status": "RECIEVED"},
        {"channel": "CARRIER_PIGEON"},
        {"kind": "chat"},
        {"region": "Kenya"},
        {"region": "XX"},
        {"sentiment": "bad"},
        {"body": "STOP\n" + "a" * 100_000},
    ]
    phones = [f"+2547123456{number:02}" for number in range(len(strange) + 3)]
    rows = [inbound(body="Stop!", phone=phone) | more for phone, more in zip(phones, strange, strict=False)]
    rows += [
        inbound(body="stop", phone=f"{phones[-3]} ext. 12", campaignId="x"),
        inbound(body="stop", phone=f"{phones[-2]} / {phones[-1]}"),
        inbound(body="Hello", phone="+254733000001", campaignId="x"),
        inbound(body="start", phone=phones[0], campaignId="x"),
        outbound(body="stop", phone="+254733000002", status="RECEIVED"),
    ]
    amina = await api.make_contact(phones[0])

    assert await report(api, *rows) == ["FAILED"] * len(rows)
    registered = {row["phone"]: row for row in (await stored_rows(api))["opt_out"]}
    assert registered.keys() == set(phones)
    assert {(row["is_opted_out"], row["changed_at"], row["source"]) for row in registered.values()} == {
        (True, MONDAY, "KEYWORD")
    }
    assert len(await changes(api)) == len(phones)
    stored = await stored_rows(api)
    assert "message" not in stored or stored["message"] == []
    fields = "isOptedOut lastInboundAt isVerified"
    assert await contact(api, amina, fields) == {"isOptedOut": True, "lastInboundAt": None, "isVerified": False}


async def test_a_stop_of_a_failed_row_counts_in_the_order_of_the_rows_and_as_of_its_time(api: Api) -> None:
    await report(
        api.at(TUESDAY + HOUR),
        inbound(MONDAY, "stop", campaignId="x"),
        inbound(TUESDAY, "start"),
        inbound(MONDAY, "stop", externalId="a", phone="+254733123456"),
        inbound(MONDAY + HOUR, "stop", externalId="a"),
    )

    assert await register(api) == standing(True, TUESDAY)
    assert await changes(api) == [(True, MONDAY), (False, TUESDAY), (True, MONDAY), (True, TUESDAY)]


async def test_a_message_with_a_keyword_that_is_none_is_listed_for_review(api: Api) -> None:
    own = api.with_settings(keywords=OwnKeywords(opt_out=("nitoke",)))
    rows = {
        "stop": inbound(body="STOP"),
        "answer": inbound(body="Yes, thank you"),
        "bus": inbound(body="The bus stop is opposite the bank"),
        "own": inbound(body="tafadhali nitoke hapa kesho"),
        "group": inbound(body="stop", kind="GROUP"),
        "out": outbound(body="Reply STOP to opt out"),
        "silent": {"phone": PHONE, "direction": "INBOUND"},
    }
    await report(own, *(row | {"externalId": name} for name, row in rows.items()))
    text = "query ($needs: Boolean) { messages(needsReview: $needs) { totalCount nodes { externalId needsReview } } }"

    found = [(await api.run(text, needs=needs))["messages"] for needs in (True, False, None)]

    wanted = {"bus", "own", "group"}
    assert [{node["externalId"] for node in one["nodes"]} for one in found] == [
        *(wanted, rows.keys() - wanted, set(rows))
    ]
    assert {node["externalId"] for node in found[2]["nodes"] if node["needsReview"]} == wanted
    assert (await register(api))["isOptedOut"] is True


async def test_an_own_word_of_the_account_counts_from_the_next_message_on(api: Api, stranger: Api) -> None:
    words = {"optOut": ["Nitoke"], "optIn": ["nirudishe"]}
    text = (
        "mutation ($words: KeywordsInput!, $first: RecordMessagesInput!, $second: RecordMessagesInput!) {"
        "  first: recordMessages(input: $first) { errors { code } }"
        "  updateAccount(input: {keywords: $words}) { errors { code } }"
        "  second: recordMessages(input: $second) { errors { code } }"
        "}"
    )
    other = "+254733123456"
    await report(stranger, inbound(MONDAY, "nitoke"))

    await api.run(
        text,
        words=words,
        first={"messages": [inbound(MONDAY, "nitoke", phone=other)]},
        second={"messages": [inbound(MONDAY, "NITOKE!")]},
    )

    assert await register(api) == standing(True, MONDAY)
    assert await register(api, other) == await register(stranger) == NEVER
    await report(api.with_settings(keywords=OwnKeywords(opt_in=("nirudishe",))), inbound(TUESDAY, "Nirudishe"))
    assert await register(api) == standing(False, TUESDAY)


async def test_a_decorated_sender_id_is_its_number(api: Api) -> None:
    text = "query ($phone: PhoneNumber!) { messages(phone: $phone) { totalCount } }"

    outcomes = await report(
        api,
        inbound(body="STOP", phone="254712345678@c.us"),
        inbound(phone="whatsapp:+254712345678"),
        inbound(phone="12025550123-1612345678@g.us", body="STOP"),
    )

    assert outcomes == ["CREATED", "CREATED", "FAILED"]
    assert (await api.run(text, phone=PHONE))["messages"]["totalCount"] == 2
    assert [row["phone"] for row in (await stored_rows(api))["opt_out"]] == [PHONE]
