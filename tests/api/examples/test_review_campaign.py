"""The example of the Review step works over HTTP with the API alone, on a file exported by another program."""

import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from examples import review_campaign
from examples.load_contacts import Muster
from models.db import database
from services.accounts import management as accounts, tokens, users
from services.accounts.authentication import Role, Scope
from tests.support.servers.server_process import ROOT, serving

EXPORTS = Path(__file__).parent.parent.parent / "data" / "exports"

NUMBERS = "{ contacts(first: 100) { totalCount nodes { phone owner { name } } } optOuts { nodes { phone } } }"


async def admin(database_url: str) -> str:
    """Creates an account and returns the secret of an ADMIN."""
    now = datetime.now(UTC)
    await database.connect(database_url)
    try:
        account_id = await accounts.create(name="Acme", default_region="KE", now=now)
        ada = await users.create(account_id=account_id, email="ada@example.com", name="Ada", role=Role.ADMIN, now=now)
        _, secret = await tokens.create(
            account_id=account_id, name="Walk", user_id=ada, scopes=list(Scope), expires_at=None, now=now
        )
    finally:
        await database.disconnect()
    return secret


@pytest.mark.parametrize("name", ["load_contacts", "review_campaign"])
def test_the_examples_can_be_run_as_files_from_anywhere(name: str, tmp_path: Path) -> None:
    file = ROOT / "examples" / f"{name}.py"

    done = subprocess.run(
        [sys.executable, str(file), "--help"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"usage: {name}.py ")
    assert os.access(file, os.X_OK)


async def test_the_walk_of_a_real_review(database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    secret = await admin(database_url)
    file = EXPORTS / "semalink_mixed.csv"

    async with serving(database_url) as url:
        walked = await asyncio.to_thread(review_campaign.main, [str(file), "--url", url, "--token", secret])

        told = capsys.readouterr()
        assert (walked, told.err) == (0, "")
        muster = Muster(url, secret)
        found: Any = await asyncio.to_thread(muster.run, NUMBERS, {})
        wrong = await asyncio.to_thread(review_campaign.main, [str(file), "--url", url, "--token", "muster_wrong"])
        assert (wrong, "401" in capsys.readouterr().err) == (2, True)
    lines = told.out.splitlines()
    # 94 rows: 82 distinct numbers, 35 of them of contacts, 5 repeated rows, 3 rows without a number and 4 with an
    # invalid one.
    assert lines[0] == (
        "total 94, newContacts 47, existingContacts 10, assignedToOtherUsers 5, alreadyMessagedOutbound 5, "
        "alreadyMessagedInbound 5, assignedToYouNotOwned 5, protectedContacts 5, invalidContacts 7, "
        "duplicateContacts 5, optedOut 2"
    )
    headlines = {line for line in lines if line[0].isupper()}
    assert headlines == {
        "NEW (47)",
        "EXISTING (10)",
        "ASSIGNED_TO_OTHER_USERS (5)",
        "ALREADY_MESSAGED_OUTBOUND (5)",
        "ALREADY_MESSAGED_INBOUND (5)",
        "ASSIGNED_TO_YOU_NOT_OWNED (5)",
        "PROTECTED (5)",
        "INVALID (7)",
        "DUPLICATE (5)",
    }
    assert lines[-5:-3] == [
        "launched: total 54, created 54, skippedDuplicate 0, failed 0; row 5 is PROTECTED now; 54 in the campaign",
        "launched again: total 54, created 0, skippedDuplicate 54, failed 0; row 5 is PROTECTED now; "
        "54 in the campaign",
    ]
    assert lines[-3:-1] == ["wave 1: 12 contacts", "wave 2: 42 contacts"]
    assert lines[-1].startswith("54 contacts, the first of them +256712716102 for Ada")
    # 35 contacts that the test created, and 45 of the 47 new ones: the two others are opted out.
    assert found["contacts"]["totalCount"] == 80
    owners = [contact["owner"] and contact["owner"]["name"] for contact in found["contacts"]["nodes"]]
    assert {name: owners.count(name) for name in ("Ada", "Bob", "Eve", None)} == {
        "Ada": 60,
        "Bob": 1,
        "Eve": 5,
        None: 14,
    }
    assert len(found["optOuts"]["nodes"]) == 2


async def test_a_file_with_too_few_new_numbers_is_told_of_before_anything_is_made(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = await admin(database_url)
    file = tmp_path / "people.csv"
    file.write_text("phone\n+254712000001\n+254712000002\n", encoding="utf-8")

    async with serving(database_url) as url:
        walked = await asyncio.to_thread(review_campaign.main, [str(file), "--url", url, "--token", secret])
        found: Any = await asyncio.to_thread(Muster(url, secret).run, NUMBERS, {})

    told = "the walk needs 38 numbers without a contact; people.csv has 2\n"
    assert (walked, capsys.readouterr().err) == (2, told)
    assert found["contacts"]["totalCount"] == 0
