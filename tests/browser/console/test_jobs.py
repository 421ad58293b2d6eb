"""The screens of the jobs."""

from pathlib import Path

from playwright.async_api import expect

from tests.browser.console.conftest import PHONE, Console
from tests.support.exports import start_export
from tests.support.imports import enqueue_import

MANY = 60_000
"""Rows that take long enough to be stopped."""


async def test_jobs_appear_while_they_run_can_be_stopped_and_give_their_files(console: Console) -> None:
    page, api = console.page, console.served.api
    await console.open("/jobs")
    await expect(page.get_by_role("heading", name="No jobs yet")).to_be_visible()
    await expect(page.get_by_role("link", name="Import a file")).to_be_visible()

    rows = "\n".join(f"+2547{number:08}" for number in range(MANY))
    await enqueue_import(api, f"phone\n{rows}\n", name="all.csv")
    await console.button("Stop: Import of all.csv").click()
    await console.button("Stop job").click()
    await expect(page.get_by_role("row").last).to_contain_text("Stopped")

    await enqueue_import(api, "phone,name\n0712000001,Zuri\nhello,Otto\n", name="market.csv")
    await expect(page.get_by_role("row", name="Import of market.csv")).to_contain_text("1 rejected")
    await start_export(api, format="CSV")
    await expect(page.get_by_role("row").nth(1)).to_contain_text("Done")
    async with page.expect_download() as download:
        await console.button("Download the file").click()
    assert b"+254712000001" in Path(await (await download.value).path()).read_bytes()

    await page.get_by_role("link", name="Import of market.csv").click()
    await expect(page.get_by_role("main")).to_contain_text("hello")
    await page.go_back()
    await page.get_by_role("link", name="Export to").click()
    await expect(page.get_by_role("region", name="Job")).to_contain_text("Done")
    await console.resize(PHONE)
    assert await console.has_no_sideways_scrolling()
    await page.get_by_role("main").get_by_role("link", name="Jobs").click()
    await page.get_by_role("tab", name="Failed").click()
    await expect(page.get_by_role("heading", name="No job has failed")).to_be_visible()
