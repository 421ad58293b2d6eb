"""The operations of examples/operations, which are GraphiQL's tabs, work in the demo account in their order."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.accounts.authentication import authenticate
from services.demo import account as demo
from services.job_tasks import TASKS
from services.jobs.worker import Worker
from tests.support.api_client import MONDAY, Api

OPERATIONS = sorted((Path(__file__).parents[3] / "examples" / "operations").glob("*.graphql"))
NAMED = re.compile(r"^(?:query|mutation) (\w+)", re.MULTILINE)


@pytest.fixture
async def demo_api(db: None) -> AsyncIterator[Api]:
    """Yields an Api of the demo's ADMIN, with a running worker."""
    account_id = await demo.fill(now=MONDAY)
    caller = await authenticate(await demo.new_token(account_id=account_id, now=MONDAY), now=MONDAY)
    assert caller is not None
    worker = Worker(TASKS, clock=lambda: MONDAY)
    worker.start()
    yield Api(caller)
    await worker.stop()


async def test_every_example_operation_does_what_it_says(demo_api: Api) -> None:
    refused: dict[str, Any] = {}
    ran = []
    for path in OPERATIONS:
        beside = path.with_suffix(".json")
        variables = orjson.loads(beside.read_bytes()) if beside.exists() else {}
        text = path.read_text()
        for name in NAMED.findall(text):
            answer = await demo_api.ask(only(text, name), **variables)
            ran.append(name)
            if answer.errors or any(isinstance(value, dict) and value.get("errors") for value in answer.data.values()):
                refused[name] = answer

    assert refused == {}
    assert len(ran) > len(OPERATIONS) > 10


def only(text: str, name: str) -> str:
    """Returns the operation with this name in a document."""
    parts = re.split(r"^(?=query |mutation )", text, flags=re.MULTILINE)
    return next(part for part in parts if re.match(rf"(query|mutation) {name}\b", part))


@pytest.mark.parametrize("path", OPERATIONS, ids=lambda path: str(path.stem))
def test_every_example_says_first_what_it_does_and_fits_into_graphiqls_editor(path: Path) -> None:
    lines = path.read_text().splitlines()

    assert re.match(r"# \w", lines[0])
    assert max(map(len, lines)) <= 72
    assert max(len(line) for line in lines if line.startswith("#")) <= 57  # fits on a screen of 1,400 pixels
