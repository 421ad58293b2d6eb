"""The screens of the webhook endpoints."""

from playwright.async_api import expect

from services.webhooks.limits import webhook_limits
from tests.browser.console.conftest import PHONE, Console
from tests.support.servers.webhook_receiver import receiving


async def test_an_endpoint_is_made_tested_changed_and_deleted(console: Console) -> None:
    page = console.page
    webhook_limits().allows_private = True
    await console.open("/settings/webhooks")
    await expect(page.get_by_role("heading", name="No endpoints yet")).to_be_visible()
    async with receiving() as receiver:
        await console.button("New endpoint").first.click()
        await page.get_by_label("Address").fill("ftp://example.com")
        await console.button("Make endpoint").click()
        await expect(page.get_by_label("Address")).to_have_attribute("aria-invalid", "true")
        await page.get_by_label("Address").fill(f"http://127.0.0.1:{receiver.port}/in")
        await page.get_by_label("Contact created").click()
        await console.button("Make endpoint").click()
        first = await page.get_by_role("textbox", name="Secret").input_value()
        assert first.startswith("whsec_")
        await console.button("Done").click()

        rows = page.get_by_role("row")
        await expect(page.get_by_role("heading", name="No deliveries yet")).to_be_visible()
        await console.button("Send a test").click()
        await expect(rows.last).to_contain_text("Accepted")
        assert [delivery.json["type"] for delivery in receiver.deliveries] == ["webhook.test"]
        await console.button("Test").click()
        await expect(page.locator(".code-box")).to_contain_text(["webhook.test"])
        await console.button("Send again").click()
        await expect(console.notice("1 delivery is sent again.")).to_be_visible()
        await receiver.received(2)
        assert receiver.ids[0] == receiver.ids[1]

    await console.button("More actions").click()
    await console.button("Make a new secret").click()
    await console.button("Make secret").click()
    assert await page.get_by_role("textbox", name="Secret").input_value() != first
    await console.button("Done").click()
    await expect(page.get_by_text("Former secret works until")).to_be_visible()
    await console.resize(PHONE)
    assert await console.has_no_sideways_scrolling()
    await console.button("Change").click()
    await page.get_by_label("Purpose").fill("CRM")
    await console.button("Save").click()
    await expect(page.get_by_role("region", name="Settings of the endpoint")).to_contain_text("CRM")
    await console.button("More actions").click()
    await console.button("Switch off").click()
    await page.get_by_role("dialog").get_by_role("button", name="Switch off").click()
    await expect(page.get_by_text("An administrator switched it off")).to_be_visible()
    await console.button("More actions").click()
    await console.button("Delete").click()
    await console.button("Delete endpoint").click()
    await expect(page.get_by_role("heading", name="No endpoints yet")).to_be_visible()
