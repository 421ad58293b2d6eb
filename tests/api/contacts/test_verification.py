"""A contact's number is verified: requested by an event, done by its first message, or set by hand."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.events import recording as events
from tests.support.api_client import DAY, HOUR, MONDAY, TUESDAY, Api, iso
from tests.support.events import recorded_events
from tests.support.messages import PHONE, inbound, outbound
from tests.support.mutations import contact, create, mutate, refusal, report, trash, update
from tests.support.rows import add_webhook_endpoint, uuid_of
from tests.support.snapshot import stored_rows

SHOWN = "isVerified verifiedAt updatedAt"
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
async def webhook(db: None) -> None:
    events.configure(has_webhook=True)


async def verify(api: Api, action: str = "REQUEST", **key: Any) -> Any:
    by = key or {"phone": PHONE}
    return await mutate(api, "verifyContact", f"outcome contact {{ {SHOWN} }}", contact=by, action=action)


def done(outcome: str, verified_at: Any = None, *, updated_at: Any = MONDAY) -> dict[str, Any]:
    shown = {"isVerified": verified_at is not None, "verifiedAt": verified_at and iso(verified_at)}
    return {"outcome": outcome, "contact": shown | {"updatedAt": iso(updated_at)}, "errors": []}


def refused(code: str, message: str) -> dict[str, Any]:
    return {"outcome": None, "contact": None, "errors": [refusal(code, message, "contact")]}


OPTED_OUT = refused("OPTED_OUT", "The number has opted out and can't receive messages.")


async def test_a_request_leaves_an_event_for_whoever_sends_messages(api: Api) -> None:
    amina = await api.make_contact(PHONE, senderNumber="0700 000 000")

    answer = await verify(api.at(TUESDAY))

    assert answer == done("REQUESTED")
    payload = {
        "contactId": str(uuid_of(amina)),
        "phone": PHONE,
        "senderNumber": "+254700000000",
        "userId": str(api.caller.user_id),
    }
    assert await recorded_events(api) == [("contact.verification_requested", payload)]


async def test_without_a_webhook_nothing_can_be_requested(api: Api, stranger: Api) -> None:
    await api.make_contact(PHONE)
    events.configure(has_webhook=False)
    before = await stored_rows(api)

    answer = await verify(api)

    message = (
        "No webhook asks for CONTACT_VERIFICATION_REQUESTED, so no program would learn of the request. "
        "Make an endpoint by createWebhookEndpoint, or let the operator set MUSTER_WEBHOOK_URL."
    )
    assert answer["errors"] == [refusal("WEBHOOK_NOT_CONFIGURED", message, "action")]
    assert await stored_rows(api) == before
    await add_webhook_endpoint(api.account_id)  # asks for CONTACT_UPDATED only
    await add_webhook_endpoint(stranger.account_id, event_types=["CONTACT_VERIFICATION_REQUESTED"])
    assert (await verify(api))["errors"] == answer["errors"]
    await add_webhook_endpoint(api.account_id, event_types=["CONTACT_VERIFICATION_REQUESTED"])
    assert (await verify(api))["outcome"] == "REQUESTED"
    assert (await verify(api, "CONFIRM"))["outcome"] == "VERIFIED"


async def test_a_number_is_asked_once_a_minute(api: Api) -> None:
    await api.make_contact(PHONE)

    answers = [await verify(api.later(seconds * timedelta(seconds=1))) for seconds in (0, 0, 59, 60, 100, 120)]

    assert answers == [done("REQUESTED")] * 6
    assert len(await recorded_events(api)) == 3


async def test_a_number_is_asked_once_a_minute_whichever_contact_has_it(api: Api) -> None:
    first = await api.make_contact(PHONE)
    await verify(api)
    await trash(api, [first])
    await api.make_contact(PHONE)

    await verify(api.later(MINUTE / 2))

    assert len(await recorded_events(api)) == 1


async def test_of_many_who_ask_at_once_one_is_heard(api: Api) -> None:
    await api.make_contact(PHONE)

    answers = await asyncio.gather(*(verify(api) for _ in range(10)))

    assert answers == [done("REQUESTED")] * 10
    assert len(await recorded_events(api)) == 1


async def test_a_number_that_has_opted_out_is_never_asked(api: Api) -> None:
    await api.make_contact(PHONE)
    await mutate(api, "optOut", "optOut { isOptedOut }", phone=PHONE)
    before = await stored_rows(api)

    assert await verify(api) == OPTED_OUT
    assert await stored_rows(api) == before


async def test_a_stop_verifies_the_contact_and_still_nobody_may_ask(api: Api) -> None:
    await api.make_contact(PHONE)
    await report(api, inbound(MONDAY, "stop"))

    assert await verify(api) == OPTED_OUT


async def test_what_is_verified_is_not_asked_again(api: Api) -> None:
    await api.make_contact(PHONE)
    await verify(api, "CONFIRM")
    before = await stored_rows(api)

    assert await verify(api.at(TUESDAY)) == done("ALREADY_VERIFIED", MONDAY)
    assert await stored_rows(api) == before


async def test_it_is_confirmed_and_taken_back_by_hand(api: Api) -> None:
    await api.make_contact(PHONE)
    at = [api.later(hour * HOUR) for hour in range(6)]

    actions = ["CONFIRM", "CONFIRM", "REVOKE", "REVOKE", "CONFIRM"]
    answers = [await verify(at[place + 1], action) for place, action in enumerate(actions)]

    assert answers == [
        done("VERIFIED", MONDAY + HOUR, updated_at=MONDAY + HOUR),
        done("ALREADY_VERIFIED", MONDAY + HOUR, updated_at=MONDAY + HOUR),
        done("UNVERIFIED", updated_at=MONDAY + 3 * HOUR),
        done("UNVERIFIED", updated_at=MONDAY + 3 * HOUR),
        done("VERIFIED", MONDAY + 5 * HOUR, updated_at=MONDAY + 5 * HOUR),
    ]
    assert await recorded_events(api) == []


@pytest.mark.parametrize("kind", ["CONVERSATION", "VERIFICATION", "GROUP"])
async def test_the_first_message_from_the_number_verifies_the_contact(api: Api, kind: str) -> None:
    amina = await api.make_contact(PHONE)

    await report(api.at(TUESDAY), outbound(MONDAY, kind=kind), inbound(MONDAY + HOUR, kind=kind), inbound(MONDAY))
    await report(api.at(TUESDAY + DAY), inbound(TUESDAY))

    shown = {"isVerified": True, "verifiedAt": iso(MONDAY + HOUR), "updatedAt": iso(TUESDAY)}
    assert await contact(api, amina, SHOWN) == shown


async def test_a_message_to_the_number_verifies_nothing(api: Api) -> None:
    amina = await api.make_contact(PHONE)

    await report(api, outbound(MONDAY, status="READ"))

    assert await contact(api, amina, SHOWN) == done("", None)["contact"]


async def test_a_message_that_was_recorded_already_verifies_nothing(api: Api) -> None:
    await report(api, inbound(MONDAY, externalId="a"))
    amina = await api.make_contact(PHONE)

    await report(api, inbound(MONDAY, externalId="a", status="READ"))

    assert await contact(api, amina, SHOWN) == done("", None)["contact"]


async def test_once_it_is_taken_back_messages_verify_again_only_when_they_were_asked_for(api: Api) -> None:
    amina = await api.make_contact(PHONE)
    await verify(api)
    await verify(api, "REVOKE")

    await report(api, inbound(MONDAY))
    unasked = await contact(api, amina, "isVerified")
    await verify(api)
    await report(api, inbound(TUESDAY))

    assert unasked == {"isVerified": False}
    assert await contact(api, amina, "isVerified verifiedAt") == {"isVerified": True, "verifiedAt": iso(TUESDAY)}


async def test_what_was_taken_back_from_one_contact_does_not_hold_against_the_next(api: Api) -> None:
    first = await api.make_contact(PHONE)
    await verify(api, "REVOKE")
    await trash(api, [first])
    heir = await create(api.at(TUESDAY), "id", phone=PHONE)

    await report(api.at(TUESDAY), inbound(TUESDAY))

    assert await contact(api, heir["contact"]["id"], "isVerified") == {"isVerified": True}
    assert await contact(api, first, "isVerified") == {"isVerified": False}


async def test_another_number_has_to_be_verified_again(api: Api) -> None:
    amina = await api.make_contact(PHONE)
    await verify(api, "CONFIRM")

    await update(api, amina, "id", phone="0733 123 456")

    assert await contact(api, amina, "isVerified") == {"isVerified": False}


@pytest.mark.parametrize("action", ["REQUEST", "CONFIRM", "REVOKE"])
async def test_a_contact_that_is_not_there_or_in_the_trash_is_refused(api: Api, stranger: Api, action: str) -> None:
    theirs = await stranger.make_contact(PHONE)
    trashed = await api.make_contact("0733 123 456")
    await trash(api, [trashed])
    before, before_theirs = await stored_rows(api), await stored_rows(stranger)

    assert await verify(api, action) == refused("NOT_FOUND", "There is no such contact.")
    assert await verify(api, action, id=theirs) == refused("NOT_FOUND", "There is no such contact.")
    in_trash = refused("IN_TRASH", "The contact is in the trash; restore it first.")
    assert await verify(api, action, id=trashed) == in_trash
    assert (await stored_rows(api), await stored_rows(stranger)) == (before, before_theirs)
