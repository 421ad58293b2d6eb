"""The example page that imports a file, in a real browser."""

import os
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from playwright.async_api import Error, Page, async_playwright, expect

from services.imports.headers import FIELDS
from tests.support.servers.running_server import RunningServer, running_server

expect.set_options(timeout=30_000)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None and not os.environ.get("CI"), reason="Chromium was not found; on Debian, run apt install chromium"
)
DEMO_TOKEN = "muster_shown_by_the_demo"
SHEET = "phone,name,tags\n0712 345 678,Zuri,vip\n0733 100 200,Ana,lead;vip\nnobody's,Otto,\n0712345678,Again,\n"


@pytest.fixture
async def served(database_url: str) -> AsyncIterator[RunningServer]:
    async with running_server(database_url, jobs=1, demo_token=DEMO_TOKEN) as served:
        yield served


@pytest.fixture
async def page(served: RunningServer) -> AsyncIterator[Page]:
    assert CHROMIUM, "CI must have chromium"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            page = await browser.new_page()
            problems: list[Error] = []
            page.on("pageerror", lambda error: problems.append(error))  # noqa: PLW0108  # Playwright rejects a builtin
            await page.goto(f"http://127.0.0.1:{served.port}/examples/import")
            yield page
            assert problems == []
        finally:
            await browser.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_the_demos_token_is_filled_in(served: RunningServer, host: str) -> None:
    async with httpx2.AsyncClient() as client:
        url = f"http://127.0.0.1:{served.port}/examples/import"
        here = await client.get(url, headers={"Host": f"{host}:{served.port}"})
        elsewhere = await client.get(url, headers={"Host": "evil.example.com"})

    assert (here.status_code, elsewhere.status_code) == (200, 200)
    assert (DEMO_TOKEN in here.text, DEMO_TOKEN in elsewhere.text) == (True, False)


async def test_outside_the_demo_there_is_no_such_page(database_url: str) -> None:
    async with running_server(database_url, jobs=0) as served, served.client() as client:
        assert (await client.get("/examples/import")).status_code == 404


@needs_chromium
async def test_a_file_goes_in_and_what_came_of_it_is_shown(served: RunningServer, page: Page, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(SHEET, encoding="utf-8")
    await page.set_input_files("#file", tmp_path / "people.csv")
    await page.fill("#token", served.secret)

    await page.focus("#token")
    await page.keyboard.press("Enter")
    await expect(page.locator("#result")).to_be_visible()
    await expect(page.locator("#state")).to_have_text("Done: nothing was written")
    assert await served.api.run("{ contacts { totalCount } }") == {"contacts": {"totalCount": 0}}
    await page.click("#import")

    await expect(page.locator("#state")).to_have_text("Done")
    await expect(page.locator("#result")).to_be_visible()
    await expect(page.locator("#bar")).to_have_js_property("value", 1)
    counts = await page.locator("#counts dd").all_inner_texts()
    assert counts == ["4", "2", "0", "2", "2", "0", "0"]
    rows = await page.locator("#errors tbody tr").all_inner_texts()
    assert [row.split("\t")[:3] for row in rows] == [["4", "phone", "nobody's"], ["5", "phone", "0712345678"]]
    async with page.expect_download() as downloading:
        await page.click("#download-link")
    downloaded = await (await downloading.value).path()
    assert "nobody's" in downloaded.read_text(encoding="utf-8-sig")
    contacts = await served.api.run("{ contacts(orderBy: {field: NAME}) { nodes { phone displayName tags } } }")
    assert contacts == {
        "contacts": {
            "nodes": [
                {"phone": "+254733100200", "displayName": "Ana", "tags": ["lead", "vip"]},
                {"phone": "+254712345678", "displayName": "Zuri", "tags": ["vip"]},
            ]
        }
    }


@needs_chromium
async def test_the_user_sees_the_warnings_first_and_maps_the_columns(
    served: RunningServer, page: Page, tmp_path: Path
) -> None:
    api = served.api
    await api.make_contact("0712345678")
    await api.make_list("Fair")
    (tmp_path / "people.csv").write_text("Reach at,Town,Who\n0712345678,Nairobi,Zuri\n0712345679,,Otto\n")
    await page.set_input_files("#file", tmp_path / "people.csv")
    await page.fill("#token", served.secret)
    await page.press("#token", "Tab")
    await page.select_option("#list", label="Fair")

    await page.click("#start")
    await expect(page.get_by_role("alert")).to_contain_text("No column is recognized as phone numbers")
    await expect(page.locator("#import")).to_be_hidden()
    first = await page.locator("#columns tbody tr td:nth-child(2)").all_inner_texts()
    await page.get_by_label("Field of Reach at").select_option("phone")
    await page.get_by_label("Field of Town").select_option("custom:Town")
    await page.click("#again")
    await expect(page.locator("#state")).to_have_text("Done: nothing was written")
    warnings = await page.locator("#warnings li").all_inner_texts()
    fields = await page.locator("#columns select").evaluate_all("all => all.map((one) => one.value)")
    await page.click("#import")
    await expect(page.locator("#state")).to_have_text("Done")

    assert first == ["0712345678, 0712345679", "Nairobi", "Zuri, Otto"]
    assert [text.split(":")[0] for text in warnings] == ["Who", "File"]
    assert ["COLUMN_LEFT_OUT" in warnings[0], "EXISTING_SKIPPED" in warnings[1]] == [True, True]
    assert fields == ["phone", "custom:Town", "ignore"]
    await expect(page.locator("#columns")).to_be_hidden()
    found = await api.run("{ contacts(orderBy: {field: PHONE}) { nodes { customVariables lists { name } } } }")
    assert found["contacts"]["nodes"] == [{"customVariables": {}, "lists": [{"name": "Fair"}]}] * 2


def test_the_page_offers_every_field_of_a_mapping() -> None:
    script = (Path(__file__).parents[2] / "examples" / "import" / "import.js").read_text(encoding="utf-8")
    found = re.search(r"const FIELDS = \[(.*?)\];", script, re.DOTALL)

    assert found is not None
    assert set(FIELDS) <= set(re.findall(r'"(\w+)"', found[1]))


@needs_chromium
async def test_a_large_file_is_seen_to_go_in_and_can_be_stopped(
    served: RunningServer, page: Page, tmp_path: Path
) -> None:
    rows = "".join(f"+2547{number:08d},Zuri\n" for number in range(200_000))
    (tmp_path / "people.csv").write_text("phone,name\n" + rows, encoding="utf-8")
    await page.set_input_files("#file", tmp_path / "people.csv")
    await page.fill("#token", served.secret)

    await page.click("#start")
    await expect(page.locator("#state")).to_have_text("Checking…")
    await expect(page.locator("#bar")).to_have_attribute("value", re.compile(r"0\.0*[1-9]"))
    await page.click("#cancel")

    await expect(page.locator("#state")).to_have_text(re.compile("Stopped"))
    [job] = (await served.api.run("{ jobs { nodes { status doneRowCount } } }"))["jobs"]["nodes"]
    assert job["status"] == "CANCELLED"
    assert 0 < job["doneRowCount"] < 200_000


@needs_chromium
@pytest.mark.parametrize(
    ("content", "token", "said"),
    [
        ("name\nZuri\n", None, "phone"),
        ("phone\n0712345678\n", "nonsense", "The token is unknown, expired or revoked"),
    ],
)
async def test_what_can_not_be_done_is_said_in_words(
    served: RunningServer, page: Page, tmp_path: Path, content: str, token: str | None, said: str
) -> None:
    (tmp_path / "people.csv").write_text(content, encoding="utf-8")
    await page.set_input_files("#file", tmp_path / "people.csv")
    await page.fill("#token", token or served.secret)

    await page.click("#start")

    await expect(page.get_by_role("alert")).to_contain_text(said)
    await expect(page.locator("#progress")).to_be_hidden()
    await expect(page.locator("#start")).to_be_enabled()
