"""The screen of all contacts."""

from playwright.async_api import expect

from tests.browser.console.conftest import PHONE, Console


async def test_the_table_shows_the_contacts_that_a_search_finds(console: Console) -> None:
    await console.served.api.make_contact("0712345678", firstName="Zuri")
    await console.served.api.make_contact("0733100200", firstName="Ana")
    await console.page.reload()
    rows = console.page.get_by_role("row")
    await expect(rows).to_have_count(3)

    await console.page.get_by_role("searchbox").fill("zur")

    await expect(rows).to_have_count(2)
    await expect(rows.last).to_contain_text("+254 712 345 678")
    await console.resize(PHONE)
    assert await console.has_no_sideways_scrolling()
