"""The screen of the settings."""

from typing import Any

from playwright.async_api import expect

from services.accounts.authentication import Role
from tests.browser.console.conftest import DESKTOP, PHONE, Console
from tests.support.api_client import MONDAY, iso

ACCOUNT = "{ viewer { account { name trashRetentionDays keywords { optOut optIn } } } }"
TOKEN = """
mutation ($user: ID!, $expires: DateTime!) {
  createToken(input: {name: "Otto", userId: $user, scopes: [CONTACTS_READ, CONTACTS_WRITE], expiresAt: $expires}) {
    secret
  }
}
"""


async def test_an_administrator_changes_the_account_users_tokens_and_prefixes_and_an_agent_sees_less(
    console: Console,
) -> None:
    page, api = console.page, console.served.api
    await page.clock.set_fixed_time(MONDAY)
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await console.open("/settings")
    await page.get_by_label("Name of the account").fill("Shamba")
    await page.get_by_label("Days in the trash").fill("4000")
    await page.get_by_label("Words that opt out").fill("acha, toka")
    await console.button("Save changes").click()
    await expect(page.get_by_label("Days in the trash")).to_have_attribute("aria-invalid", "true")
    await page.get_by_label("Days in the trash").fill("30")
    await console.button("Save changes").click()
    await expect(page.locator(".side .viewer")).to_contain_text("Shamba")
    assert (await api.run(ACCOUNT))["viewer"]["account"] == {
        "name": "Shamba", "trashRetentionDays": 30, "keywords": {"optOut": ["acha", "toka"], "optIn": []},
    }  # fmt: skip

    await page.get_by_role("link", name="Users").click()
    await console.button("New user").click()
    await page.get_by_label("Name").fill("Zuri")
    await page.get_by_label("E-mail").fill("ada@example.com")
    await page.get_by_label("Role").select_option("MANAGER")
    await console.button("Add user").click()
    await expect(page.get_by_label("E-mail")).to_have_attribute("aria-invalid", "true")
    await page.get_by_label("E-mail").fill("zuri@example.com")
    await console.button("Add user").click()
    await expect(page.get_by_role("row", name="Zuri")).to_contain_text("Manager")
    await console.button("Deactivate Zuri").click()
    await console.button("Deactivate").click()
    await expect(page.get_by_role("row", name="Zuri")).to_contain_text("Inactive")

    await page.get_by_role("link", name="Tokens").click()
    await console.button("New token").click()
    await page.get_by_label("Name").fill("CRM")
    await console.button("Make token").click()
    await expect(page.get_by_label("Expires")).to_have_attribute("aria-invalid", "true")
    await page.get_by_label("Expires").select_option("In a day")
    await console.button("Make token").click()
    secret = await page.get_by_role("textbox", name="Secret").input_value()
    assert secret.startswith("muster_")
    await page.keyboard.press("Escape")
    await console.button("Copy").click()
    await expect(page.get_by_text("Copied.")).to_be_visible()
    assert await page.evaluate("navigator.clipboard.readText()") == secret
    await console.button("Done").click()
    await console.button("Revoke CRM").click()
    await console.button("Revoke token").click()
    await expect(page.get_by_role("row", name="CRM")).to_contain_text("Revoked")

    await page.get_by_role("link", name="Networks").click()
    await expect(page.get_by_role("heading", name="No prefixes of your own")).to_be_visible()
    await console.button("Add a prefix").first.click()
    await page.get_by_label("First digits").fill("+254 70")
    await page.get_by_label("Mobile network").fill("Shamba Mobile")
    await console.button("Save").click()
    await expect(page.get_by_role("row", name="+25470")).to_contain_text("Shamba Mobile")
    await console.button("Delete +25470").click()
    await expect(page.get_by_role("heading", name="No prefixes of your own")).to_be_visible()
    await console.notice("+25470 is deleted.").get_by_role("button", name="Undo").click()
    await expect(page.get_by_role("row", name="+25470")).to_be_visible()
    await console.resize(PHONE)
    for section in ("Account", "Users", "Tokens", "Networks", "Webhooks"):
        await page.get_by_role("link", name=section, exact=True).click()
        await expect(page.locator(".tab[aria-current]")).to_have_text(section)
        assert await console.has_no_sideways_scrolling()

    await an_agent_sees_less(console)


async def an_agent_sees_less(console: Console) -> None:
    page, api = console.page, console.served.api
    await api.make_contact("0712000001", tags=["farmer"])
    agent, _ = await api.make_user("Otto", Role.AGENT)
    made: Any = await api.run(TOKEN, user=agent, expires=iso(MONDAY.replace(hour=12)))
    await console.open(f"/tags#token={made['createToken']['secret']}")

    await console.resize(DESKTOP)
    await expect(page.locator(".side .viewer")).to_contain_text("Otto")
    await expect(page.get_by_role("row")).to_have_count(2)
    assert await console.button("Rename farmer").count() == 0
    assert await page.get_by_role("link", name="Settings").count() == 0
    await console.open("/settings/tokens")
    await expect(page.get_by_role("heading", name="You may not see this page")).to_be_visible()
    await console.open("/overview")
    await expect(page.get_by_role("region", name="Contacts by country")).to_be_visible()
    assert await page.get_by_role("region", name="New contacts").count() == 0
