"""The stored message history of a number: classification uses it and contacts show it."""

import random
from datetime import datetime
from typing import Any

import pytest

from models.db import database
from tests.support.api_client import DAY, HOUR, MONDAY, TUESDAY, Api, iso
from tests.support.messages import PHONE, history, inbound, outbound
from tests.support.mutations import contact, contacts, create, report, trash, update
from tests.support.snapshot import stored_rows

SHOWN = "lastInboundAt lastOutboundAt"
ENDS = ["FAILED", "DECLINED", "CANCELLED"]


def shown(inbound_at: datetime | None, outbound_at: datetime | None) -> dict[str, Any]:
    return {
        "lastInboundAt": inbound_at and iso(inbound_at),
        "lastOutboundAt": outbound_at and iso(outbound_at),
    }


async def test_a_contact_shows_its_last_messages_whatever_order_they_are_reported_in(api: Api) -> None:
    amina = await api.make_contact(PHONE)

    await report(api, inbound(TUESDAY), outbound(MONDAY), inbound(MONDAY), outbound(MONDAY + HOUR))
    await report(api, inbound(MONDAY - DAY), outbound(MONDAY - DAY))

    assert await contact(api, amina, SHOWN) == shown(TUESDAY, MONDAY + HOUR)
    assert await history(api) == (TUESDAY, MONDAY + HOUR)


async def test_messages_of_a_number_that_is_no_contact_show_when_the_contact_comes(api: Api) -> None:
    await report(api, inbound(MONDAY), outbound(TUESDAY))

    made = await create(api, f"{SHOWN} isVerified messages {{ totalCount }}", phone=PHONE)

    assert made["contact"] == shown(MONDAY, TUESDAY) | {"isVerified": False, "messages": {"totalCount": 2}}


async def test_a_contact_that_takes_another_number_shows_that_ones_messages(api: Api) -> None:
    amina = await api.make_contact("0733 123 456")
    await report(api, inbound(MONDAY), outbound(TUESDAY, phone="0733 123 456"))

    answer = await update(api, amina, SHOWN, phone=PHONE)

    assert answer["contact"] == shown(MONDAY, None)


async def test_a_contact_in_the_trash_is_up_to_date_when_it_comes_back(api: Api) -> None:
    amina = await api.make_contact(PHONE)
    await trash(api, [amina])

    await report(api, inbound(TUESDAY))

    assert await contact(api, amina, f"{SHOWN} isVerified") == shown(TUESDAY, None) | {"isVerified": False}


async def test_contacts_are_found_and_ordered_by_their_last_messages(api: Api) -> None:
    amina, brian, _ = [await api.make_contact(phone) for phone in (PHONE, "0733 123 456", "0722 000 005")]
    await report(api, inbound(MONDAY), inbound(TUESDAY, phone="0733 123 456"), outbound(TUESDAY))

    since = {"from": iso(MONDAY), "before": iso(TUESDAY)}
    by_inbound = await api.run("{ contacts(orderBy: [{field: LAST_INBOUND_AT, direction: DESC}]) { nodes { id } } }")

    assert await contacts(api, "id", lastInboundAt=since) == [{"id": amina}]
    assert await contacts(api, "id", lastOutboundAt={"from": iso(TUESDAY)}) == [{"id": amina}]
    assert [node["id"] for node in by_inbound["contacts"]["nodes"]][:2] == [brian, amina]


@pytest.mark.parametrize("kind", ["VERIFICATION", "GROUP"])
async def test_only_conversations_count(api: Api, kind: str) -> None:
    amina = await api.make_contact(PHONE)

    await report(api, inbound(kind=kind), outbound(kind=kind))

    assert await history(api) == (None, None)
    assert await contact(api, amina, SHOWN) == shown(None, None)


@pytest.mark.parametrize("end", ENDS)
async def test_an_outbound_message_that_did_not_go_does_not_count(api: Api, end: str) -> None:
    amina = await api.make_contact(PHONE)

    await report(api, outbound(status=end), inbound(MONDAY, status=end))

    assert await history(api) == (MONDAY, None)
    assert await contact(api, amina, SHOWN) == shown(MONDAY, None)


@pytest.mark.parametrize("end", ENDS)
async def test_an_outbound_message_counts_no_more_once_it_has_failed(api: Api, end: str) -> None:
    amina = await api.make_contact(PHONE)
    await report(api, outbound(MONDAY, externalId="a"), outbound(TUESDAY, externalId="b", status="QUEUED"))

    await report(api, outbound(externalId="b", status=end))
    after_one = await history(api), await contact(api, amina, SHOWN)
    await report(api, outbound(externalId="a", status=end))

    assert after_one == ((None, MONDAY), shown(None, MONDAY))
    assert (await history(api), await contact(api, amina, SHOWN)) == ((None, None), shown(None, None))


async def test_one_that_fails_within_its_batch_never_counted(api: Api) -> None:
    await report(
        api,
        outbound(MONDAY, externalId="a"),
        outbound(TUESDAY, externalId="b"),
        outbound(externalId="b", status="FAILED"),
    )

    assert await history(api) == (None, MONDAY)


async def test_one_that_fails_while_another_comes_leaves_the_other(api: Api) -> None:
    await report(api, outbound(TUESDAY, externalId="a"))

    await report(api, outbound(MONDAY, externalId="b"), outbound(externalId="a", status="FAILED"))

    assert await history(api) == (None, MONDAY)


async def test_what_is_kept_by_number_is_what_the_messages_say_after_any_reports(api: Api) -> None:
    choice = random.Random(5)
    phones = [f"+25471234567{number}" for number in range(4)]
    statuses = ["QUEUED", "SENT", "DELIVERED", "READ", *ENDS]
    of: dict[str, tuple[str, str]] = {}

    for hour in range(12):
        rows = []
        for _ in range(25):
            external_id = f"m{choice.randrange(90)}"
            phone, direction = of.setdefault(
                external_id, (choice.choice(phones), choice.choice(["INBOUND", "OUTBOUND"]))
            )
            at = MONDAY + choice.randrange(1000) * HOUR
            report_of = {"phone": phone, "direction": direction, "externalId": external_id, "occurredAt": iso(at)}
            rows.append(
                report_of | {"status": choice.choice(statuses), "kind": choice.choice(["CONVERSATION", "GROUP"])}
            )
        await report(api.later(hour * HOUR), *rows)

        assert await kept_histories(api) == await true_histories(api)


async def kept_histories(api: Api) -> dict[str, tuple[Any, Any]]:
    return {
        row["phone"]: (row["last_inbound_at"], row["last_outbound_at"])
        for row in (await stored_rows(api))["phone_history"]
        if row["last_inbound_at"] or row["last_outbound_at"]
    }


async def true_histories(api: Api) -> dict[str, tuple[Any, Any]]:
    """Returns the same history, computed from the messages by the rules of the Review step."""
    rows = await database.fetch("SELECT * FROM message WHERE account_id = $1", api.account_id)
    found: dict[str, tuple[Any, Any]] = {}
    for row in rows:
        if row["kind"] == "CONVERSATION" and (row["direction"] == "INBOUND" or row["status"] not in ENDS):
            before = list(found.get(row["phone"], (None, None)))
            place = 0 if row["direction"] == "INBOUND" else 1
            before[place] = max(row["occurred_at"], before[place] or row["occurred_at"])
            found[row["phone"]] = (before[0], before[1])
    return found
