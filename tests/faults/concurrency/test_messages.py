"""Concurrent reports: each external id is recorded once, and the stored history of a number matches the messages."""

import asyncio
import subprocess
import sys
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest

from tests.api.messages.test_history import kept_histories, true_histories
from tests.support.api_client import HOUR, MONDAY, Api, iso
from tests.support.messages import PHONE, inbound, outbound
from tests.support.mutations import mutate, record_messages, report
from tests.support.snapshot import stored_rows

ROOT = Path(__file__).parents[3]
# The program of each process: reports a batch, given as JSON, to the account's database.
PROGRAM = """
import asyncio, sys
import orjson
from uuid import UUID
from models.db import database
from services.messages import recording as message_recording
from services.accounts.settings import AccountSettings
from services.messages.recording import Report
from services.messages.table import Direction
from services.messages.status import MessageStatus
from services.phones.numbers import NetworkCheck, PhonePolicy
from tests.support.api_client import MONDAY

async def main():
    url, account_id, rows = sys.argv[1], UUID(sys.argv[2]), orjson.loads(sys.argv[3])
    settings = AccountSettings(account_id, "KE", PhonePolicy.POSSIBLE, NetworkCheck.COVERED, 0, 90)
    reports = [
        Report(phone=row["phone"], direction=Direction.INBOUND, body="stop", external_id=row["id"]) for row in rows
    ]
    await database.connect(url)
    print(".", flush=True)
    sys.stdin.readline()
    recorded = await message_recording.record(reports, settings=settings, token_id=account_id, now=MONDAY)
    await database.disconnect()
    print(orjson.dumps([row.outcome for row in recorded]).decode())

asyncio.run(main())
"""


async def test_of_many_who_report_a_message_one_records_it(api: Api) -> None:
    await api.make_contact(PHONE)

    answers = await asyncio.gather(
        *(record_messages(api, inbound(body="stop", externalId="a"), selected="id") for _ in range(20))
    )

    outcomes = Counter(answer["results"][0]["outcome"] for answer in answers)
    assert outcomes == {"CREATED": 1, "SKIPPED": 19}
    assert len({answer["results"][0]["message"]["id"] for answer in answers}) == 1
    state = await stored_rows(api)
    assert (len(state["message"]), len(state["consent_event"]), len(state["event"])) == (1, 1, 1)


def reporting(database_url: str, api: Api, rows: list[dict[str, str]]) -> "subprocess.Popen[str]":
    """Starts a process that reports the rows as soon as it reads a line from stdin."""
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, database_url, str(api.account_id), orjson.dumps(rows).decode()],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


async def test_processes_that_report_the_same_messages_record_each_once(api: Api, database_url: str) -> None:
    rows = [{"phone": f"+2547123456{number:02}", "id": f"m{number}"} for number in range(60)]
    processes = [reporting(database_url, api, order) for order in (rows, rows[::-1])]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()
    ended = await asyncio.gather(*(asyncio.to_thread(process.communicate, "\n", 60) for process in processes))

    assert [errors for _, errors in ended if errors] == []
    told = Counter(outcome for output, _ in ended for outcome in orjson.loads(output))
    assert told == {"CREATED": 60, "SKIPPED": 60}
    state = await stored_rows(api)
    assert Counter(row["external_id"] for row in state["message"]) == Counter(row["id"] for row in rows)
    assert [len(state[table]) for table in ("phone_history", "opt_out", "consent_event", "event")] == [60] * 4


@pytest.mark.parametrize("seed", [1, 2])
async def test_what_is_kept_by_number_stays_right_when_messages_come_and_fail_at_once(api: Api, seed: int) -> None:
    choice = Random(seed)
    phones = [f"+25471234567{number}" for number in range(3)]
    await api.make_contact(phones[0])
    names = [f"m{number}" for number in range(40)]
    of = {name: choice.choice(phones) for name in names}

    def batch() -> list[dict[str, Any]]:
        rows = []
        for name in choice.sample(names, 12):
            at = iso(MONDAY + choice.randrange(100) * HOUR)
            step = choice.choice(["QUEUED", "SENT", "FAILED", "DELIVERED"])
            rows.append(outbound(phone=of[name], externalId=name, status=step, occurredAt=at))
        return rows

    await asyncio.gather(*(report(api, *batch()) for _ in range(24)))

    assert await kept_histories(api) == await true_histories(api)
    (shown,) = (await stored_rows(api))["contact"]
    assert shown["last_outbound_at"] == (await kept_histories(api)).get(phones[0], (None, None))[1]


async def test_keywords_and_opt_outs_of_one_number_at_once_leave_one_change_each(api: Api) -> None:
    ways: list[Any] = [report(api, inbound(body="stop")) for _ in range(6)]
    ways += [mutate(api, "optOut", "optOut { isOptedOut }", phone=PHONE) for _ in range(6)]

    await asyncio.gather(*ways)

    state = await stored_rows(api)
    assert [row["is_opted_out"] for row in state["opt_out"]] == [True]
    assert (len(state["consent_event"]), len(state["event"])) == (1, 1)
