"""Two applications in one process share nothing: each serves its own data, tokens, subscriptions and jobs."""

import shutil
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from models.db import database
from services import mail
from services.accounts.authentication import callers, last_uses
from services.jobs import queue as jobs
from tests.support.contact_changes import next_change, subscribe
from tests.support.servers.running_server import RunningServer, running_server

CREATE = """
mutation ($phone: PhoneNumber!) {
  createContact(input: {contact: {phone: $phone}}) { contact { id } errors { code } }
}
"""
EXPORT = "mutation { exportContacts(input: {waitSeconds: 30}) { job { id status doneRowCount } errors { code } } }"
SEEN = "{ viewer { account { id } } contacts { nodes { phone } } jobs { nodes { id } } }"


@pytest.fixture
async def other_database_url(database_url: str) -> AsyncIterator[str]:
    """Yields the URL of another migrated, empty database of the same kind."""
    if database_url.startswith("sqlite"):
        path = database_url.removeprefix("sqlite:///")
        shutil.copy(path, f"{path}.other")
        yield f"{database_url}.other"
        return
    name = urlsplit(database_url).path.removeprefix("/")
    server = await asyncpg.connect(database_url.removesuffix(name) + "postgres")
    try:
        await server.execute(f"CREATE DATABASE other TEMPLATE {name}")
        yield database_url.removesuffix(name) + "other"
        await server.execute("DROP DATABASE other WITH (FORCE)")
    finally:
        await server.close()


async def ask(served: RunningServer, query: str, **variables: Any) -> Any:
    async with served.client() as client:
        answer = (await client.post("/graphql", json={"query": query, "variables": variables})).json()
    assert "errors" not in answer, answer
    return answer["data"]


async def status_of_foreign_token(served: RunningServer, other: RunningServer) -> int:
    async with served.client() as client:
        answer = await client.post(
            "/graphql", json={"query": SEEN}, headers={**other.headers, "Accept": "application/graphql-response+json"}
        )
    return answer.status_code


@pytest.mark.plain_postgres
async def test_two_applications_in_one_process_share_no_state(database_url: str, other_database_url: str) -> None:
    async with (
        running_server(database_url, jobs=1, token_cache_seconds=300, smtp_url="smtp://127.0.0.1:1") as one,
        one.socket() as at_one,
    ):
        await subscribe(at_one)
        async with (
            running_server(other_database_url, jobs=1, token_cache_seconds=300) as two,
            two.socket() as at_two,
        ):
            await subscribe(at_two)
            phones = {"one": "+254712000001", "two": "+254712000002"}
            made_by_one = (await ask(one, CREATE, phone=phones["one"]))["createContact"]["contact"]["id"]
            made_by_two = (await ask(two, CREATE, phone=phones["two"]))["createContact"]["contact"]["id"]
            changes = [await next_change(at_one), await next_change(at_two)]  # the first that each subscriber receives
            exports = [(await ask(each, EXPORT))["exportContacts"]["job"] for each in (one, two)]
            seen = [await ask(each, SEEN) for each in (one, two)]
            foreign = [await status_of_foreign_token(one, two), await status_of_foreign_token(two, one)]
            states = []
            for each in (one, two):
                each.app.enter()
                state = callers(), last_uses(), jobs.queued_callbacks(), database.connection()
                states.append((*state, mail.configuration().server is not None, len(jobs.queued_callbacks())))
        one.app.enter()
        after = await ask(one, SEEN)

    assert [change["contactId"] for change in changes] == [made_by_one, made_by_two]
    assert [(export["status"], export["doneRowCount"]) for export in exports] == [("COMPLETED", 1)] * 2
    assert [[contact["phone"] for contact in own["contacts"]["nodes"]] for own in seen] == [
        [phones["one"]],
        [phones["two"]],
    ]
    assert [[job["id"] for job in own["jobs"]["nodes"]] for own in seen] == [[export["id"]] for export in exports]
    assert seen[0]["viewer"] != seen[1]["viewer"]
    assert foreign == [401, 401]
    assert all(mine is not theirs for mine, theirs in zip(states[0][:4], states[1][:4], strict=True))
    assert [(state[4], state[5]) for state in states] == [(True, 1), (False, 1)]
    assert after == seen[0]
