"""The example client keeps its file in step with a production server, however often it is killed."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from examples.load_contacts import Muster
from examples.sync import Copy
from models.db import database
from services.accounts import management as accounts, tokens
from services.accounts.authentication import Scope
from tests.support.api_client import MONDAY
from tests.support.servers.server_process import ROOT, serving

MUTATION = "mutation ($input: {kind}Input!) {{ {name}(input: $input) {{ {selected} errors {{ message }} }} }}"
CONTACTS = 450


@pytest.fixture
async def site(database_url: str) -> AsyncIterator[tuple[str, str]]:
    """Yields the URL of a running server and a token of its account."""
    await database.connect(database_url)
    account_id = await accounts.create(name="Acme", default_region="KE", now=MONDAY)
    _, secret = await tokens.create(
        account_id=account_id,
        name="Sync",
        user_id=None,
        scopes=list(Scope),
        expires_at=None,
        now=MONDAY,
        grantable=frozenset(Scope),
    )
    await database.disconnect()
    async with serving(database_url) as url:
        yield url, secret


async def test_a_copy_that_is_killed_at_any_time_ends_equal_to_the_server(
    site: tuple[str, str], tmp_path: Path
) -> None:
    url, secret = site
    muster, random, file = Muster(url, secret), Random(1), tmp_path / "copy.db"

    def change(name: str, selected: str, /, **input: Any) -> Any:
        text = MUTATION.format(kind=name[0].upper() + name[1:], name=name, selected=selected)
        payload = muster.run(text, {"input": input})[name]
        assert payload["errors"] == []
        return payload

    async def sync(*, is_killed: bool = False) -> int:
        """Runs the client, and returns its exit status. If `is_killed`, kills it once it has stored more objects."""
        before = Copy(file).count()
        command = [sys.executable, "examples/sync.py", str(file), "--url", url, "--token", secret]
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.DEVNULL)
        while is_killed and process.returncode is None and Copy(file).count() == before:  # noqa: ASYNC110
            await asyncio.sleep(random.random() / 100)
        if is_killed and process.returncode is None:
            process.kill()
        return await process.wait()

    def write() -> None:
        farmers, gone = (
            change("createContactList", "contactList { id }", name=name)["contactList"]["id"] for name in ("F", "G")
        )
        rows = [{"phone": f"+254712{place:06}", "name": f"N{place}"} for place in range(CONTACTS)]
        made = change("bulkCreateContacts", "results { contact { id } }", contacts=rows, listId=gone)["results"]
        ids = [each["contact"]["id"] for each in made]
        change("addContactsToList", "", listId=farmers, contacts={"ids": ids[:50]})
        change("trashContacts", "", contacts={"ids": ids[50:60]})
        change("purgeContacts", "", contacts={"ids": ids[55:58]})
        change("optOut", "", phone=rows[0]["phone"])
        change("deleteContactList", "", id=gone)

    rows = [{"phone": f"+254733{place:06}"} for place in range(CONTACTS)]
    change("bulkCreateContacts", "", contacts=rows)
    killed = [await sync(is_killed=True) for _ in range(2)]
    writing = asyncio.create_task(asyncio.to_thread(write))
    killed += [await sync(is_killed=True) for _ in range(2)]
    await writing
    killed.append(await sync(is_killed=True))
    assert await sync() == 0

    fresh = Copy(tmp_path / "fresh.db")
    while fresh.step(muster):
        pass
    assert Copy(file).objects() == fresh.objects()
    assert len(fresh.objects()) == 2 * CONTACTS - 3 + 2  # three are purged; a list and an opt-out
    assert killed.count(-9) >= 2


async def test_a_copy_whose_cursor_has_expired_loads_everything_again(
    site: tuple[str, str], database_url: str, tmp_path: Path
) -> None:
    muster, copy = Muster(*site), Copy(tmp_path / "copy.db")
    text = MUTATION.format(kind="CreateContactList", name="createContactList", selected="contactList { id }")

    def synchronize() -> None:
        while copy.step(muster):
            pass

    muster.run(text, {"input": {"name": "A"}})
    synchronize()
    await database.connect(database_url)
    await database.execute("UPDATE account SET change_epoch = 'restored'")
    await database.execute("UPDATE contact_list SET name = 'B'")
    await database.disconnect()
    synchronize()

    assert [each["name"] for each in copy.objects().values()] == ["B"]
