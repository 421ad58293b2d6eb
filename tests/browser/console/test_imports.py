"""The screens of imports: the check of a file, the import with its progress, and what came of each row."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.console import axe
from tests.browser.console.conftest import PHONE, Console
from tests.support.imports import enqueue_import
from web.npm.fetching import NotFetched

PEOPLE = "Reach at,Town,Who\n0712 345 678,Nairobi,Zuri\n0733 100 200,Mombasa,Ana\nnobody's,,Otto\n"
FOUND = "{ contacts(orderBy: {field: PHONE}) { nodes { phone firstName tags customVariables lists { name } } } }"
DROP = """([name, text]) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([text], name, { type: "text/csv" }));
  for (const kind of ["dragover", "drop"])
    document.body.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true }));
}"""


async def drop(page: Page, name: str, text: str) -> None:
    """Drops a file on the window."""
    await page.evaluate(DROP, [name, text])


async def choose(page: Page, button: str, text: str) -> None:
    """Opens a picker by its button, and chooses or makes a value."""
    await page.get_by_role("button", name=button, exact=True).click()
    await page.locator(".picker input").fill(text)
    await page.locator(".picker [role=option]").filter(has_text=text).click()
    await page.keyboard.press("Escape")


async def is_accessible(console: Console) -> None:
    """Fails if axe finds a problem, in the light or in the dark. Without axe, it checks nothing."""
    try:
        script = axe.script()
    except NotFetched:
        return
    for scheme in ("dark", "light"):
        await console.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert await axe.problems(console.page, script) == []


async def tiles(page: Page, *expected: str) -> None:
    await expect(page.locator(".sum")).to_have_text([re.compile(text) for text in expected])


async def test_a_file_is_checked_imported_mended_and_dropped_again(console: Console, tmp_path: Path) -> None:
    page, api = console.page, console.served.api
    await console.open("/imports")
    await expect(page.get_by_text("The account has no imports yet.")).to_be_visible()

    await drop(page, "people.csv", PEOPLE)
    await expect(page.get_by_role("alert")).to_contain_text("No column is recognized as phone numbers")
    await expect(console.button("Import")).to_be_disabled()
    await expect(page.locator(".column").first).to_contain_text("0712 345 678")
    await page.get_by_label("What Reach at is taken for").select_option("phone")
    await page.get_by_label("What Town is taken for").select_option("custom:Town")
    await page.get_by_label("What Who is taken for").select_option("first_name")
    await tiles(page, "Rows3", "New contacts2", "Exist already0", "Rejected1")
    await choose(page, "Tag", "fair")
    await choose(page, "Choose a list", "Farmers")
    await tiles(page, "Rows3", "New contacts2", "Exist already0", "Rejected1", "Onto the list2")
    await expect(page.get_by_role("row").filter(has_text="nobody's")).to_contain_text("Rejected")
    await is_accessible(console)
    assert (await api.run(FOUND))["contacts"]["nodes"] == []
    await console.resize(PHONE)
    assert await console.has_no_sideways_scrolling()

    await console.button("Import 2 contacts").click()
    await expect(page.get_by_text("2 contacts imported")).to_be_visible()
    assert await console.has_no_sideways_scrolling()
    await is_accessible(console)
    async with page.expect_download() as downloading:
        await console.button("Download").click()
    skipped = (await (await downloading.value).path()).read_text(encoding="utf-8-sig")
    await drop(page, "mended.csv", skipped.replace("nobody's", "0744 100 200"))
    await tiles(page, "Rows1", "New contacts1", "Exist already0", "Rejected0", "Onto the list1")
    await console.button("Import 1 contact").click()
    await expect(page.get_by_text("1 contact imported")).to_be_visible()
    await page.get_by_role("link", name="See the contacts").click()
    await expect(page.get_by_role("link", name="Otto")).to_be_visible()

    whom = [("+254712345678", "Zuri", {"Town": "Nairobi"}), ("+254733100200", "Ana", {"Town": "Mombasa"})]
    assert (await api.run(FOUND))["contacts"]["nodes"] == [
        {"phone": phone, "firstName": name, "tags": ["fair"], "customVariables": town, "lists": [{"name": "Farmers"}]}
        for phone, name, town in [*whom, ("+254744100200", "Otto", {})]
    ]


async def test_an_import_goes_on_without_its_tab_and_is_stopped(console: Console) -> None:
    page = console.page
    rows = "".join(f"+2547{number:08d},Zuri\n" for number in range(200_000))
    await enqueue_import(console.served.api, f"phone,name\n{rows}", name="many.csv")

    await console.open("/imports")
    await page.get_by_role("link", name="many.csv").click()
    await expect(page.locator(".running progress")).to_have_attribute("value", re.compile(r"0\.0*[1-9]"))
    await console.button("Stop").click()
    await page.get_by_role("dialog").get_by_role("button", name="Stop").click()

    await expect(page.get_by_text(re.compile(r"Stopped after [\d,]+ contacts"))).to_be_visible()
    [job] = (await console.served.api.run("{ jobs { nodes { status doneRowCount } } }"))["jobs"]["nodes"]
    assert job["status"] == "CANCELLED"
    assert 0 < job["doneRowCount"] < 200_000


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_several_files_are_checked_and_imported_at_once(console: Console) -> None:
    page = console.page
    exports = Path(__file__).parents[2] / "data" / "exports"
    await console.open("/imports")

    await page.set_input_files("input[type=file]", [exports / "semalink_mixed.csv", exports / "planilha_angola.csv"])
    await expect(page.get_by_role("tab")).to_have_text(
        [re.compile("semalink_mixed.csv 94"), re.compile("planilha_angola.csv 50")]
    )
    await page.get_by_label("Numbers without a country code are from").select_option("AO")
    await console.button("Import 132 contacts").click()

    await expect(page.get_by_role("row").filter(has_text="Done")).to_have_count(2)
    await expect(page.get_by_role("row").filter(has_text="semalink_mixed.csv")).to_contain_text("82")
    assert (await console.served.api.run("{ contacts { totalCount } }"))["contacts"]["totalCount"] == 132
