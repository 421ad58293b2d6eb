"""The screen of the trash."""

from playwright.async_api import expect

from tests.browser.console.conftest import PHONE, Console
from tests.support.api_client import DAY, MONDAY, Api

TRASH = "mutation ($ids: [ID!]!) { trashContacts(input: {contacts: {ids: $ids}}) { count } }"
NUMBERS = "{ contacts { nodes { phone } } optOuts(isOptedOut: true) { nodes { phone } } }"


async def make_trash(api: Api) -> None:
    """Trashes two contacts. Another one has the number of the first afterwards."""
    ids = [
        await api.make_contact("0712000001", firstName="Ana"),
        await api.make_contact("0712000002", firstName="Otto"),
    ]
    await api.run(TRASH, ids=ids)
    await api.make_contact("0712000001", firstName="Zuri")


async def test_contacts_are_restored_and_deleted_and_a_conflict_names_the_contact_in_the_way(console: Console) -> None:
    page, api = console.page, console.served.api
    await page.clock.set_fixed_time(MONDAY + 85 * DAY)
    await console.open("/trash")
    await expect(page.get_by_role("heading", name="The trash is empty")).to_be_visible()
    await make_trash(api)
    await page.reload()
    rows = page.get_by_role("row")
    await expect(rows).to_have_count(3)
    await expect(rows.last.locator(".badge.warning")).to_have_text("5 days")

    await console.button("Restore Otto").click()
    await expect(rows).to_have_count(2)
    await console.notice("1 contact is restored.").get_by_role("button", name="Undo").click()
    await expect(rows).to_have_count(3)

    await page.get_by_label("Select all rows on this page").click()
    await console.button("Restore").last.click()
    conflicts = page.get_by_role("dialog", name="1 contact can't be restored")
    await expect(conflicts.get_by_role("listitem")).to_contain_text("Ana")
    link = conflicts.get_by_role("link", name="Show the other one")
    assert await link.get_attribute("href") == "/console/contacts?search=%2B254712000001"
    await conflicts.get_by_role("button", name="Close").last.click()
    await expect(rows).to_have_count(2)

    await console.resize(PHONE)
    assert await console.has_no_sideways_scrolling()
    await page.get_by_label("Select Ana").click()
    await console.button("Delete for good").click()
    await page.get_by_label("Also opt the number out").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete for good").click()
    await expect(page.get_by_role("heading", name="The trash is empty")).to_be_visible()
    assert await api.run(NUMBERS) == {
        "contacts": {"nodes": [{"phone": "+254712000001"}, {"phone": "+254712000002"}]},
        "optOuts": {"nodes": [{"phone": "+254712000001"}]},
    }
