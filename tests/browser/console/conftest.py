"""A server that runs only trusted documents, and the console in Chromium, on both databases."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, async_playwright, expect

from tests.support.servers.running_server import RunningServer, running_server
from web.console import assets

expect.set_options(timeout=30_000)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DESKTOP, PHONE = (1280, 860), (390, 844)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reason = None
    if not os.environ.get("CI"):
        if CHROMIUM is None:
            reason = "Chromium was not found; on Debian, run apt install chromium"
        elif not assets.are_present():
            reason = "The console's files are missing; run make pages"
    for item in items:
        if reason and "served" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.skip(reason=reason))


@dataclass(frozen=True)
class Console:
    """The console in a browser, signed in."""

    page: Page
    served: RunningServer
    problems: list[str]
    """Errors of the page. The test fails if there is one at its end."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.served.port}/console"

    async def open(self, path: str) -> None:
        """Loads an address of the console in the signed-in tab."""
        await self.page.goto(self.url + path)

    async def resize(self, size: tuple[int, int]) -> None:
        await self.page.set_viewport_size({"width": size[0], "height": size[1]})

    async def has_no_sideways_scrolling(self) -> bool:
        fits: bool = await self.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        return fits

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def notice(self, text: str) -> Locator:
        return self.page.locator(".toast", has_text=text)


@pytest.fixture
async def served(database_url: str, tmp_path: Path) -> AsyncIterator[RunningServer]:
    """Runs a server that trusts the console's documents and one other."""
    (tmp_path / "other.graphql").write_text("query Other { viewer { id } }")
    async with running_server(
        database_url, jobs=1, documents="only", documents_path=str(tmp_path / "other.graphql")
    ) as served:
        yield served


@pytest.fixture
async def console(served: RunningServer) -> AsyncIterator[Console]:
    """Signs in by a link. A test fails if the page raised or logged an error, such as a violation of its policy."""
    async with opened(served, f"#token={served.secret}") as console:
        yield console


@asynccontextmanager
async def opened(served: RunningServer, address: str, size: tuple[int, int] = DESKTOP) -> AsyncIterator[Console]:
    assert CHROMIUM, "CI must have chromium"
    problems: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            context = await browser.new_context(
                viewport={"width": size[0], "height": size[1]}, timezone_id="Africa/Nairobi", locale="en-GB"
            )
            page = await context.new_page()
            page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
            page.on("pageerror", lambda error: problems.append(str(error)))
            await page.goto(f"http://127.0.0.1:{served.port}/console{address}")
            yield Console(page, served, problems)
        finally:
            await browser.close()
    assert problems == []
