"""The screen of the charts."""

from typing import Any

from playwright.async_api import expect

from services.accounts.usage import usage
from tests.browser.console.conftest import PHONE, Console
from tests.support.api_client import DAY, MONDAY, iso

RECORD = "mutation ($messages: [MessageInput!]!) { recordMessages(input: {messages: $messages}) { errors { code } } }"


def sent(status: str, days: int) -> dict[str, Any]:
    at = iso(MONDAY - days * DAY)
    return {"phone": "+254712000001", "direction": "OUTBOUND", "status": status, "occurredAt": at}


async def test_the_charts_show_contacts_opt_outs_and_messages_as_pictures_and_as_text(console: Console) -> None:
    page, api = console.page, console.served.api
    await page.clock.set_fixed_time(MONDAY)
    await console.open("/overview")
    await expect(page.get_by_role("heading", name="Nothing to see yet")).to_be_visible()
    await api.at(MONDAY - 40 * DAY).make_contact("0712000001")
    for phone in ("0712000002", "+256772123001"):
        await api.make_contact(phone)
    await api.later(-2 * DAY).run('mutation { optOut(input: {phone: "0712000002"}) { errors { code } } }')
    await api.run(RECORD, messages=[sent("DELIVERED", 1), sent("DELIVERED", 2), sent("FAILED", 3), sent("FAILED", 60)])
    await usage().flush()
    await page.reload()

    countries = page.get_by_role("region", name="Contacts by country").get_by_role("listitem")
    await expect(countries).to_have_text(["Kenya267%", "Uganda133%"])
    await expect(countries.first.get_by_role("link")).to_have_attribute("href", "/console/contacts?country=KE")
    networks = page.get_by_role("region", name="Contacts by mobile network").get_by_role("listitem")
    await expect(networks.first).to_contain_text("Safaricom")
    growth = page.get_by_role("region", name="New contacts")
    await expect(growth.get_by_role("img", name="2 new contacts in this time; most on 5 Jan: 2.")).to_be_visible()
    assert await growth.locator("rect.value").count() == 30
    optouts = page.get_by_role("region", name="Opt-outs")
    await expect(optouts.get_by_role("img", name="1 opt-out in this time; most on 3 Jan: 1.")).to_be_visible()
    await optouts.get_by_text("As a table").click()
    await expect(optouts.get_by_role("row", name="3 Jan")).to_have_text("3 Jan1")
    statuses = page.get_by_role("region", name="Sent messages by status").get_by_role("listitem")
    await expect(statuses).to_contain_text(["Delivered", "Failed"])
    await expect(statuses.first).to_contain_text("2")

    await console.button("90 days").click()
    await expect(growth).to_contain_text("3 new contacts")
    await expect(statuses.last).to_contain_text("2")
    await console.resize(PHONE)
    assert await console.has_no_sideways_scrolling()
