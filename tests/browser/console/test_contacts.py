"""The screen of all contacts: finding them, and what is done with a selection."""

import re
from pathlib import Path
from typing import Any

from playwright.async_api import Locator, expect

from tests.browser.console.conftest import PHONE, Console
from tests.support.servers.running_server import RunningServer

PEOPLE = [
    ("0712000001", "Zuri", ["vip"], {"City": "Nairobi"}),
    ("0712000002", "Ana", ["vip", "lead"], {"City": "Mombasa"}),
    ("0712000003", "Otto", [], {}),
    ("+233244000004", "Kofi", ["lead"], {"City": "Accra"}),
]


async def furnish(served: RunningServer) -> None:
    for phone, name, tags, variables in PEOPLE:
        await served.api.make_contact(phone, firstName=name, tags=tags, customVariables=variables)


async def names(console: Console, *expected: str) -> None:
    """Waits until the rows have these names, in this order."""
    await expect(console.page.locator("tbody td.main a")).to_have_text(list(expected))


def row(console: Console, name: str) -> Locator:
    return console.page.get_by_role("row").filter(has=console.page.get_by_role("link", name=name, exact=True))


async def choose(console: Console, filter_name: str, option: str) -> str:
    """Chooses a value of a filter, and returns its text with the number of contacts."""
    await console.page.locator(".filter-button", has_text=filter_name).click()
    found = console.page.get_by_role("option").filter(has_text=option)
    await expect(found).to_be_visible()
    text = await found.inner_text()
    await found.click()
    await console.page.keyboard.press("Escape")
    return " ".join(text.split())


async def test_people_are_found_by_search_and_filters_sorted_and_seen_to_change(console: Console) -> None:
    page, api = console.page, console.served.api
    await expect(page.get_by_text("No contacts yet")).to_be_visible()
    await furnish(console.served)
    await page.reload()
    await names(console, "Kofi", "Otto", "Ana", "Zuri")

    await page.get_by_role("searchbox").fill("0712 000")
    await names(console, "Otto", "Ana", "Zuri")
    assert await choose(console, "Tag", "vip") == "vip 2"
    await names(console, "Ana", "Zuri")
    await page.get_by_role("button", name="Name", exact=True).click()
    await names(console, "Ana", "Zuri")
    await page.get_by_role("button", name="Name", exact=True).click()
    await names(console, "Zuri", "Ana")
    assert await choose(console, "Country", "Kenya") == "Kenya 2"
    assert await choose(console, "Consent", "Not opted out") == "Not opted out 2"
    await page.locator(".filter-button", has_text="Custom variable").click()
    await page.get_by_role("option", name="City").click()
    await page.get_by_label("Value").fill("Nairobi")
    await page.keyboard.press("Enter")
    await names(console, "Zuri")
    await page.reload()
    await names(console, "Zuri")

    await api.make_contact("0712000005", firstName="Abena", tags=["vip"], customVariables={"City": "Nairobi"})
    await names(console, "Zuri", "Abena")
    await page.get_by_role("button", name="Clear all").click()
    await page.go_back()
    await names(console, "Zuri", "Abena")

    await page.get_by_role("button", name="Choose columns").click()
    for column in ("Country", "City", "Tags"):
        await page.get_by_role("option", name=column, exact=True).click()
    await page.keyboard.press("Escape")
    heads = await page.get_by_role("columnheader").all_inner_texts()
    assert [head.strip() for head in heads if head.strip()] == [
        "Name", "Phone", "Owner", "Status", "Country", "Created", "City",
    ]  # fmt: skip
    await expect(row(console, "Zuri")).to_contain_text("+254 712 000 001")
    await expect(row(console, "Zuri")).to_contain_text("Nairobi")
    await console.resize(PHONE)
    await page.get_by_role("button", name="Owner").first.click()
    await expect(page.get_by_role("option", name="Ada")).to_be_in_viewport()
    assert await console.has_no_sideways_scrolling()


async def contacts(console: Console, fields: str, **filters: Any) -> Any:
    text = f"query ($f: ContactFilter) {{ contacts(filter: $f, orderBy: {{field: NAME}}) {{ nodes {{ {fields} }} }} }}"
    return (await console.served.api.run(text, f=filters or None))["contacts"]["nodes"]


async def test_a_selection_is_tagged_listed_assigned_opted_out_and_trashed_and_each_is_undone(console: Console) -> None:
    page, api = console.page, console.served.api
    await furnish(console.served)
    await api.make_user("Bea")
    fields = "firstName tags isOptedOut owner { name } lists { name }"
    before = await contacts(console, fields)
    await page.reload()

    async def act(button: str, said: str) -> None:
        await page.locator(".action-bar").get_by_role("button", name=button, exact=True).click()
        await {"Tag": tag, "List": enlist, "Assign": assign, "Opt out": opt_out, "Trash": trash}[button]()
        await expect(console.notice(said)).to_be_visible()

    async def select() -> None:
        await row(console, "Zuri").get_by_role("checkbox").check()
        await row(console, "Otto").get_by_role("checkbox").check()
        await expect(page.locator(".action-count")).to_have_text("2 selected")

    async def undo() -> None:
        await console.button("Undo").click()
        await expect(console.notice("Undone.")).to_be_visible()
        await page.locator(".toast", has_text="Undone.").get_by_role("button", name="Dismiss").click()
        assert await contacts(console, fields) == before

    async def tag() -> None:
        await page.get_by_role("combobox").fill("vip")
        await expect(page.get_by_role("option")).to_have_count(1)
        await page.keyboard.press("Enter")
        await page.get_by_role("combobox").fill("fresh")
        await page.get_by_role("option", name="New tag “fresh”").click()
        await console.button("Add tags").click()

    async def enlist() -> None:
        await page.get_by_role("combobox").fill("Fair")
        await page.get_by_role("option", name="New list “Fair”").click()
        await console.button("Add to Fair").click()

    async def assign() -> None:
        await page.get_by_role("option", name="Bea").click()
        await page.get_by_role("dialog").get_by_role("button", name="Assign", exact=True).click()

    async def opt_out() -> None:
        await page.get_by_label("Reason").fill("Asked on the phone")
        await page.get_by_role("dialog").get_by_role("button", name="Opt out", exact=True).click()

    async def trash() -> None:
        await page.get_by_role("dialog").get_by_role("button", name="Trash", exact=True).click()

    await select()
    await act("Tag", "The tags of 2 contacts are changed.")
    assert [one["tags"] for one in await contacts(console, fields) if one["firstName"] in ("Zuri", "Otto")] == [
        ["fresh", "vip"],
        ["fresh", "vip"],
    ]
    await undo()
    await select()
    await act("List", "2 contacts added to Fair.")
    await undo()
    await select()
    await act("Assign", "2 contacts assigned.")
    await expect(row(console, "Zuri")).to_contain_text("Bea")
    await undo()
    await select()
    await act("Opt out", "2 numbers opted out.")
    await expect(row(console, "Zuri")).to_contain_text("Opted out")
    await undo()
    await select()
    await act("Trash", "2 contacts moved to the trash.")
    await names(console, "Kofi", "Ana")
    await undo()
    await names(console, "Kofi", "Otto", "Ana", "Zuri")


async def test_all_that_match_are_changed_and_exported_and_pages_load_at_the_end(console: Console) -> None:
    page, api = console.page, console.served.api
    rows = [{"phone": f"07120{number:05d}", "firstName": "Zuri" if number < 31 else "Ana"} for number in range(120)]
    await api.run(
        "mutation ($rows: [ContactInput!]!) { bulkCreateContacts(input: {contacts: $rows}) { errors { code } } }",
        rows=rows,
    )
    await page.reload()
    await expect(page.get_by_role("heading", name="Contacts")).to_have_text("Contacts120")
    for seen in (101, 121):
        await page.mouse.wheel(0, 100_000)
        await expect(page.get_by_role("row")).to_have_count(seen)
    await page.evaluate("scrollTo(0, 0)")

    await page.get_by_role("searchbox").fill("zuri")
    await expect(page.get_by_role("heading", name="Contacts")).to_have_text("Contacts31")
    await page.get_by_role("row").nth(1).get_by_role("checkbox").check()
    await page.get_by_role("button", name="Select all 31 that match").click()
    await page.locator(".action-bar").get_by_role("button", name="Tag", exact=True).click()
    await page.get_by_role("combobox").fill("ones")
    await page.keyboard.press("Enter")
    await console.button("Add tags").click()
    await expect(console.notice("The tags of 31 contacts are changed.")).to_be_visible()
    assert len(await contacts(console, "id", anyTags=["ones"])) == 25  # a page of 31
    await console.button("Undo").click()
    await expect(console.notice("Undone.")).to_be_visible()
    assert await contacts(console, "id", anyTags=["ones"]) == []

    await console.button("Export").click()
    await page.get_by_label("CSV").check()
    async with page.expect_download() as downloading:
        await page.get_by_role("dialog").get_by_role("button", name="Export", exact=True).click()
    text = Path(await (await downloading.value).path()).read_text(encoding="utf-8-sig")
    assert (text.count("\n"), len(re.findall("Zuri", text))) == (32, 31)


async def test_a_new_contact_has_the_servers_errors_beside_its_fields(console: Console) -> None:
    page = console.page
    await console.served.api.make_contact("0712000001", firstName="Zuri")
    await console.button("New contact").first.click()
    dialog = page.get_by_role("dialog")
    for name, value in (("Phone", "12"), ("E-mail", "nobody")):
        await dialog.get_by_label(name).fill(value)
    await console.button("Add contact").click()
    await expect(dialog.locator(".field-error")).to_have_count(2)
    assert await dialog.get_by_label("Phone").get_attribute("aria-invalid") == "true"

    await dialog.get_by_label("Phone").fill("0712 000 001")
    await dialog.get_by_label("E-mail").fill("ana@example.com")
    await console.button("Add contact").click()
    await expect(dialog.get_by_role("link", name="Open Zuri")).to_be_visible()
    await dialog.get_by_label("Phone").fill("0712 000 002")
    await dialog.get_by_label("First name").fill("Ana")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("heading", name="Ana")).to_be_visible()
    assert await contacts(console, "phone email", search="Ana") == [
        {"phone": "+254712000002", "email": "ana@example.com"}
    ]
