"""The sample app, a single-page app with generated types, is built, and used in a real browser.

The server runs only the documents that the build has collected, and allows the app's origin by CORS.
"""

import asyncio
import re
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Error, Page, Route, async_playwright, expect

from settings import DocumentsMode
from tests.browser.test_import_page import CHROMIUM, needs_chromium
from tests.clients import APP, PACKAGES
from tests.support.api_client import DAY, MONDAY
from tests.support.mutations import mutate
from tests.support.servers.running_server import RunningServer, running_server

pytestmark = [
    needs_chromium,
    pytest.mark.skipif(not PACKAGES.exists(), reason="needs the packages that make clients installs"),
]
DOCUMENTS = APP / "src" / "gql" / "persisted-documents.json"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Logs nothing."""


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """Builds the app: generated types, the type check and the bundle. Yields the origin that serves it."""
    built = subprocess.run(["npm", "run", "build"], cwd=APP, capture_output=True, text=True, timeout=150, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(APP / "dist")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
async def served(database_url: str, origin: str) -> AsyncIterator[RunningServer]:
    documents: dict[str, Any] = {"documents": DocumentsMode.ONLY, "documents_path": DOCUMENTS}
    async with running_server(database_url, cors_origins=(origin,), jobs=1, **documents) as served:
        yield served


@pytest.fixture
async def page(served: RunningServer, origin: str) -> AsyncIterator[Page]:
    """Yields a page that shows 60 contacts, named C00 to C59, newest first, and has an empty campaign."""
    contacts = [{"phone": f"+2547120000{number:02}", "name": f"C{number:02}"} for number in range(60)]
    await mutate(served.api.at(MONDAY - DAY), "bulkCreateContacts", "summary { created }", contacts=contacts)
    await mutate(served.api, "createCampaign", "campaign { id }", name="Harvest")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            page = await browser.new_page(viewport={"width": 800, "height": 600})
            problems: list[Error] = []
            page.on("pageerror", lambda error: problems.append(error))  # noqa: PLW0108  # Playwright rejects a builtin
            await page.goto(origin)
            await page.get_by_label("Server").fill(f"http://127.0.0.1:{served.port}/graphql")
            await page.get_by_label("Token").fill(served.secret)
            await page.get_by_role("button", name="Sign in").click()
            await expect(page.locator("#contacts li")).to_have_count(25)
            yield page
            assert problems == []
        finally:
            await browser.close()


async def test_the_app_works_with_a_real_server(served: RunningServer, page: Page, tmp_path: Path) -> None:
    rows = page.locator("#contacts li")
    async with served.client() as client:
        assert (await client.post("/graphql", json={"query": "{ viewer { id } }"})).status_code == 403

    # infinite scroll
    for count in (50, 60):
        await rows.last.scroll_into_view_if_needed()
        await page.mouse.wheel(0, 10_000)
        await expect(rows).to_have_count(count)
    names = await page.locator("#contacts li span:first-child").all_inner_texts()
    assert sorted(names) == [f"C{number:02}" for number in range(60)]

    # an opt-out is shown before the server has answered
    row = rows.filter(has_text="C40")
    answering = asyncio.Event()

    async def hold(route: Route) -> None:
        await answering.wait()
        await route.continue_()

    await page.route("**/graphql", hold)
    await row.get_by_role("button", name="Opt out").click()
    await expect(row.get_by_text("opted out")).to_be_visible()
    assert await _opted_out(served) == []
    async with page.expect_response("**/graphql") as answered:
        answering.set()
    await (await answered.value).finished()
    await page.unroute_all(behavior="wait")
    await expect(row.get_by_text("opted out")).to_be_visible()
    assert await _opted_out(served) == ["C40"]

    # a request whose answer is lost is sent again, with the same key, and runs once
    keys: list[str] = []

    async def lose(route: Route) -> None:
        key = route.request.headers.get("idempotency-key")
        keys.extend([key] if key else [])
        if key and len(keys) == 1:
            await route.fetch()
            await route.abort()
        else:
            await route.continue_()

    await page.route(lambda url: url.endswith("/graphql"), lose)
    await rows.filter(has_text="C41").get_by_role("button", name="Trash").click()
    await expect(page.get_by_role("status")).to_contain_text("Moved to the trash")
    await expect(rows.filter(has_text="C41")).to_have_count(0)
    await page.unroute_all(behavior="wait")
    assert len(keys) == 2
    assert keys[0] == keys[1]

    # undo
    await page.get_by_role("button", name="Undo").click()
    await expect(rows.filter(has_text="C41")).to_have_count(1)

    # live updates: a changed contact in place, and a new one
    await mutate(served.api, "updateContact", "contact { id }", contact={"phone": "+254712000059"}, name="Renamed")
    await expect(rows.filter(has_text="Renamed")).to_have_count(1)
    await served.api.make_contact("0733000000", name="Newest")
    await expect(rows.first).to_contain_text("Newest")


async def test_a_file_is_uploaded_and_a_campaign_reviewed(served: RunningServer, page: Page, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(
        "phone,name\n" + "".join(f"+25473300{number:04},Z{number:04}\n" for number in range(3000)) + "nobody's,Otto\n"
    )
    await page.get_by_label("Import").set_input_files(tmp_path / "people.csv")
    await expect(page.locator("#job")).to_contain_text("3000 created, 1 rejected")
    await expect(page.locator("#job progress")).to_have_js_property("value", 1)
    assert int(await page.locator("#job").get_attribute("data-seen") or 0) >= 2
    await expect(page.locator("#contacts li").first).to_contain_text("Z2999")  # after the BULK event

    await page.get_by_label("Numbers").fill("+254712000001\n+254755000000\nnobody's\n+254712000002")
    await page.get_by_role("button", name="Review").click()
    entries = page.locator("#review label")
    await expect(entries).to_have_text([re.compile(bucket) for bucket in ("EXISTING", "NEW", "INVALID", "EXISTING")])
    boxes = page.locator("#review input")
    await expect(boxes.nth(2)).to_be_disabled()
    await boxes.nth(3).uncheck()
    await page.get_by_role("button", name="Add").click()
    await expect(page.locator("#review").get_by_role("status")).to_have_text("2 added")
    await expect(page.locator("option")).to_have_text("Harvest (2)")


async def _opted_out(served: RunningServer) -> list[str]:
    found = await served.api.run("{ contacts(filter: {isOptedOut: true}) { nodes { name } } }")
    return [each["name"] for each in found["contacts"]["nodes"]]
