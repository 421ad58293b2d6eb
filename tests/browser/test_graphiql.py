"""GraphiQL as the demo serves it, in a real browser."""

import asyncio
import os
import shutil
import urllib.request
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.support.servers.timeouts import TIMEOUT
from tests.unit.commands.test_command_line import served
from web.graphiql import assets as graphiql_assets, page as graphiql

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("CI"),
        reason="Chromium was not found; on Debian, run apt install chromium",
    ),
    pytest.mark.skipif(not graphiql_assets.are_present(), reason="GraphiQL's files are missing; run make pages"),
]
PATIENCE_MS = 1000 * TIMEOUT
UPDATE = (
    'mutation {{ updateContact(input: {{contact: {{phone: "0712 345 678"}}, notes: "Rang {notes} times"}}) '
    "{{ errors {{ code }} }} }}"
)


@dataclass(frozen=True)
class Demo:
    """GraphiQL's page on its first visit."""

    page: Page
    url: str
    secret: str

    async def open_tab(self, name: str) -> None:
        await self.page.get_by_role("tab", name=name, exact=True).click()
        await expect(self.page.locator(".graphiql-query-editor")).to_contain_text(name, timeout=PATIENCE_MS)

    async def run(self) -> None:
        await self.page.locator(".graphiql-execute-button").click()

    async def shows(self, text: str) -> None:
        await expect(self.page.locator(".result-window")).to_contain_text(text, timeout=PATIENCE_MS)

    def ask(self, query: str) -> Any:
        """Runs a query as another client."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.secret}"}
        request = urllib.request.Request(self.url, orjson.dumps({"query": query}), headers)
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
            return orjson.loads(response.read())


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    assert CHROMIUM, "CI must have chromium"
    problems: list[str] = []
    with served(tmp_path / "demo.db", "demo-serve") as (_, process):
        assert process.stdout is not None
        process.stdout.readline()  # the link to the console
        url, secret = process.stdout.readline().strip(), process.stdout.readline().strip()
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            try:
                page = await browser.new_page(viewport={"width": 1400, "height": 850})
                page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
                page.on("pageerror", lambda error: problems.append(str(error)))
                await page.goto(url)
                yield Demo(page, url, secret)
            finally:
                await browser.close()
    assert problems == []


async def test_the_examples_are_tabs_that_run_with_the_demos_token(demo: Demo) -> None:
    tabs = demo.page.get_by_role("tab")
    await expect(tabs).to_have_count(len(graphiql.example_operations()), timeout=PATIENCE_MS)

    await demo.run()
    await demo.shows('"displayName": "Wanjiru')

    await demo.open_tab("CreateContact")
    await demo.run()
    await demo.shows('"displayName": "Zuri Abdalla"')


async def test_a_subscription_goes_on_telling(demo: Demo) -> None:
    await demo.open_tab("BeTold")

    await demo.run()
    for number in range(150):  # the server publishes nothing before it knows the subscription
        await asyncio.to_thread(demo.ask, UPDATE.format(notes=number))
        if await demo.page.locator(".result-window").get_by_text("UPDATED").count():
            break
        await asyncio.sleep(0.2)

    await demo.shows('"kind": "UPDATED"')
    await demo.shows('"phone": "+254712345678"')
