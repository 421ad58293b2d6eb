"""The screens of the lists and of the tags."""

from playwright.async_api import expect

from tests.browser.console.conftest import DESKTOP, PHONE, Console


async def test_lists_are_made_and_deleted_and_a_tag_is_renamed_and_removed_everywhere(console: Console) -> None:
    await change_lists(console)
    await console.resize(DESKTOP)
    await change_tags(console)


async def change_lists(console: Console) -> None:
    page = console.page
    await console.open("/lists")
    await expect(page.get_by_role("heading", name="No lists yet")).to_be_visible()
    await console.button("New list").first.click()
    await page.get_by_label("Name").fill("Kisumu")
    await page.keyboard.press("Enter")
    await expect(console.notice("The list Kisumu is saved.")).to_be_visible()
    found = page.get_by_role("link", name="Kisumu")
    kisumu = (await console.served.api.run("{ contactLists { nodes { id name } } }"))["contactLists"]["nodes"]
    assert await found.get_attribute("href") == f"/console/contacts?list={kisumu[0]['id']}"

    await console.button("New list").click()
    await page.get_by_label("Name").fill("kisumu")
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Name")).to_have_attribute("aria-invalid", "true")
    await console.button("Cancel").click()

    await console.button("Change Kisumu").click()
    await page.get_by_label("Description").fill("Farmers by the lake")
    await console.button("Save").click()
    await expect(page.get_by_role("row").last).to_contain_text("Farmers by the lake")
    await console.resize(PHONE)
    assert await console.has_no_sideways_scrolling()
    await console.button("Delete Kisumu").click()
    await console.button("Delete list").click()
    await expect(page.get_by_role("heading", name="No lists yet")).to_be_visible()


async def change_tags(console: Console) -> None:
    page, api = console.page, console.served.api
    await console.open("/tags")
    await expect(page.get_by_role("heading", name="No tags yet")).to_be_visible()
    for phone in ("0712000001", "0712000002"):
        await api.make_contact(phone, tags=["farmer"])
    await page.reload()
    rows = page.get_by_role("row")
    await expect(rows).to_have_count(2)
    await expect(rows.last).to_contain_text("2")

    await console.button("Rename farmer").click()
    await page.get_by_label("New name").fill("grower")
    await console.button("Rename").click()
    await expect(page.get_by_role("link", name="grower")).to_be_visible()
    await console.notice("farmer is now grower on 2 contacts.").get_by_role("button", name="Undo").click()
    await expect(page.get_by_role("link", name="farmer")).to_be_visible()
    await expect(console.notice("Undone.")).to_be_visible()

    await console.resize(PHONE)
    assert await console.has_no_sideways_scrolling()
    await console.button("Remove farmer from all contacts").click()
    await console.button("Remove tag").click()
    await expect(page.get_by_role("heading", name="No tags yet")).to_be_visible()
    assert (await api.run("{ tags { name } contacts { totalCount } }")) == {"tags": [], "contacts": {"totalCount": 2}}
