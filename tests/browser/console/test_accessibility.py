"""People who use a keyboard, a screen reader, a phone or a dark display can work with the console."""

from itertools import cycle
from typing import Any, Literal

import pytest
from playwright.async_api import expect

from tests.browser.console import axe
from tests.browser.console.conftest import DESKTOP, PHONE, Console, opened
from tests.browser.console.test_contacts import furnish
from tests.support.api_client import MONDAY
from tests.support.exports import start_export
from tests.support.servers.running_server import RunningServer
from web.npm.fetching import NotFetched

MOST_BYTES = 200_000


@pytest.fixture
def database_kind() -> str:
    """The database makes no difference here."""
    return "sqlite"


@pytest.fixture(scope="module")
def script() -> str:
    try:
        return axe.script()
    except NotFetched as why:
        pytest.skip(f"axe is not here, so that nothing was checked: {why}")


async def test_axe_finds_nothing_on_a_phone_in_the_dark_and_on_a_desktop_in_the_light(
    served: RunningServer, script: str
) -> None:
    await furnish(served)
    found: dict[str, Any] = {}

    async def check(console: Console, name: str) -> None:
        looks: tuple[tuple[tuple[int, int], Literal["light", "dark"]], ...] = ((PHONE, "dark"), (DESKTOP, "light"))
        for size, scheme in looks:
            await console.resize(size)
            await console.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            if problems := await axe.problems(console.page, script):
                found[f"{name}, {size[0]}, {scheme}"] = problems
            assert await console.has_no_sideways_scrolling(), (name, size)

    async with opened(served, "") as console:
        await expect(console.page.get_by_role("heading", name="Sign in")).to_be_visible()
        await check(console, "sign-in")
    async with opened(served, f"/contacts?tag=vip#token={served.secret}") as console:
        page = console.page
        await expect(page.get_by_role("row")).to_have_count(3)
        await page.get_by_role("checkbox", name="Select Zuri").check()
        await check(console, "contacts with a selection")
        await page.locator(".filter-button", has_text="Country").click()
        await expect(page.get_by_role("option", name="Kenya")).to_be_visible()
        await check(console, "a filter")
        await page.keyboard.press("Escape")
        await page.locator(".action-bar").get_by_role("button", name="Tag", exact=True).click()
        await expect(page.get_by_role("option", name="vip")).to_be_visible()
        await check(console, "a dialog")
        await page.keyboard.press("Escape")
        await page.get_by_role("link", name="Zuri").click()
        await expect(page.get_by_role("tabpanel")).to_contain_text("Created")
        await page.get_by_role("button", name="Add E-mail").click()
        await check(console, "a contact with an open field")

    assert found == {}


async def test_the_keyboard_reaches_the_content_a_filter_and_a_row(served: RunningServer) -> None:
    await furnish(served)
    async with opened(served, f"/contacts#token={served.secret}") as console:
        page = console.page
        await expect(page.get_by_role("row")).to_have_count(5)

        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
        await page.keyboard.press("Enter")
        while not await page.get_by_role("searchbox").evaluate("(box) => box === document.activeElement"):
            await page.keyboard.press("Tab")
        await page.locator(".filter-button", has_text="Tag").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("option", name="vip")).to_be_visible()
        await page.keyboard.type("vi")
        await expect(page.get_by_role("option")).to_have_count(1)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("row")).to_have_count(3)
        await page.keyboard.press("Escape")

        await expect(page.locator(".filter-button", has_text="Tag")).to_be_focused()


async def test_both_screens_are_less_than_200_kilobytes_together(served: RunningServer) -> None:
    await furnish(served)
    async with opened(served, "") as console:
        sizes: list[int] = []
        session = await console.page.context.new_cdp_session(console.page)
        await session.send("Network.enable")
        session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
        await console.page.goto(f"{console.url}/contacts?loaded=again#token={served.secret}")
        await console.page.get_by_role("link", name="Zuri").click()
        await expect(console.page.get_by_role("tabpanel")).to_contain_text("Created")

    assert len(sizes) > 30
    assert sum(sizes) < MOST_BYTES


SCREENS = ["lists", "tags", "opt-outs", "opt-outs?number=0712000001", "opt-outs?number=12", "trash", "jobs", "overview"]
SETTINGS = ["settings", *(f"settings/{section}" for section in ("users", "tokens", "prefixes", "webhooks"))]
DIALOGS = {
    "lists": "New list",
    "opt-outs": "Add numbers",
    "settings/tokens": "New token",
    "settings/webhooks": "New endpoint",
}
TRASH_ONE = 'mutation { trashContacts(input: {contacts: {phones: ["0712000002"]}}) { count } }'
OPT_OUT = 'mutation { optOut(input: {phone: "0712000001", reason: "Asked"}) { errors { code } } }'


async def test_axe_finds_nothing_on_the_screens_of_an_administrator(console: Console, script: str) -> None:
    page, api = console.page, console.served.api
    await furnish(console.served)
    await api.make_list("Kisumu")
    await api.run(TRASH_ONE)
    await api.run(OPT_OUT)
    await start_export(api, format="CSV")
    await page.clock.set_fixed_time(MONDAY)
    found: dict[str, Any] = {}
    schemes: list[Literal["light", "dark"]] = ["light", "dark"]
    looks = cycle(zip((DESKTOP, PHONE), schemes, strict=True))
    for path, (size, scheme) in zip([*SCREENS, *SETTINGS], looks, strict=False):
        await console.resize(size)
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        await console.open(f"/{path}")
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        await expect(page.locator(".skeleton")).to_have_count(0)
        if dialog := DIALOGS.get(path):
            await console.button(dialog).first.click()
        if problems := await axe.problems(page, script):
            found[f"{path}, {scheme}"] = problems
        assert await console.has_no_sideways_scrolling(), (path, size)

    assert found == {}
