"""Events are recorded if their cause happened, and only then."""

from typing import Any

import pytest

from models.db import database
from services.events import recording as events
from services.events.recording import EventKind
from tests.support.api_client import HOUR, MONDAY, Api
from tests.support.events import recorded_events
from tests.support.imports import import_content
from tests.support.mutations import mutate, trash
from tests.support.snapshot import stored_rows

PHONE = "+254712345678"


def consent(api: Api, kind: str, **more: Any) -> tuple[str, dict[str, Any]]:
    by = {"source": "API", "reason": None, "userId": str(api.caller.user_id)}
    payload = {"phone": PHONE, "changedAt": "2026-01-05T09:30:00Z", **by}
    return (kind, payload | more)


async def test_an_event_keeps_what_happened_and_is_due_at_once(api: Api) -> None:
    async with database.transaction():
        await events.record(
            account_id=api.account_id,
            kind=EventKind.JOB_FINISHED,
            payload={"jobId": api.caller.token_id, "status": "COMPLETED", "finishedAt": MONDAY, "errors": [None, 1]},
            now=MONDAY + HOUR,
        )

    [event] = (await stored_rows(api))["event"]
    assert event.pop("id").version == 7
    assert event == {
        "account_id": api.account_id,
        "kind": "job.finished",
        "payload": {
            "jobId": str(api.caller.token_id),
            "status": "COMPLETED",
            "finishedAt": "2026-01-05T09:30:00Z",
            "errors": [None, 1],
        },
        "occurred_at": MONDAY + HOUR,
        "due_at": MONDAY + HOUR,
        "attempt_count": 0,
        "delivered_at": None,
        "phone": None,
    }


async def test_an_event_goes_with_its_cause(api: Api) -> None:
    async def told_and_then_failed() -> None:
        async with database.transaction():
            await events.record(account_id=api.account_id, kind=EventKind.JOB_FINISHED, payload={}, now=MONDAY)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await told_and_then_failed()

    assert await recorded_events(api) == []


async def test_an_event_without_a_transaction_is_a_mistake_of_ours(api: Api) -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        await events.record(account_id=api.account_id, kind=EventKind.JOB_FINISHED, payload={}, now=MONDAY)

    assert await recorded_events(api) == []


async def test_an_opt_out_and_an_opt_in_are_told_each_time_that_the_register_changes(api: Api) -> None:
    for name in ("optIn", "optOut", "optOut", "optIn", "optIn"):
        await mutate(api, name, "optOut { isOptedOut }", phone=PHONE, reason=f"by {name}")

    assert await recorded_events(api) == [
        consent(api, "contact.opted_out", reason="by optOut"),
        consent(api, "contact.opted_in", reason="by optIn"),
    ]


async def test_a_purge_that_opts_out_tells_of_the_numbers_that_were_not(api: Api) -> None:
    stopped, silent = await api.make_contact(PHONE), await api.make_contact("0733 123 456")
    await mutate(api, "optOut", "optOut { isOptedOut }", phone=PHONE)
    await trash(api, [stopped, silent])

    await mutate(api, "purgeContacts", "count", contacts={"ids": [stopped, silent]}, optOut=True)

    # The purge deletes the earlier event of the other number.
    assert await recorded_events(api) == [consent(api, "contact.opted_out", phone="+254733123456", source="PURGE")]


async def test_a_file_that_opts_out_tells_of_the_numbers_that_were_not(api: Api) -> None:
    await mutate(api, "optOut", "optOut { isOptedOut }", phone=PHONE)

    await import_content(api, f"Phone,opt_out\n{PHONE},yes\n0733 123 456,yes\n0722 000 005,no\n")

    assert await recorded_events(api, EventKind.OPTED_OUT, EventKind.OPTED_IN) == [
        consent(api, "contact.opted_out"),
        consent(api, "contact.opted_out", phone="+254733123456", source="IMPORT"),
    ]


async def test_a_refused_change_tells_nothing(api: Api) -> None:
    await mutate(api, "optOut", "optOut { isOptedOut }", phone="no number")

    assert await recorded_events(api) == []


async def test_accounts_hear_nothing_of_each_other(api: Api, stranger: Api) -> None:
    await mutate(stranger, "optOut", "optOut { isOptedOut }", phone=PHONE)

    assert await recorded_events(api) == []
    assert await recorded_events(stranger) == [consent(stranger, "contact.opted_out")]
