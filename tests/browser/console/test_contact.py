"""The screen of one contact: its fields, its tags, lists and people, and its activity."""

from typing import Any

from playwright.async_api import Locator, expect

from tests.browser.console.conftest import PHONE, Console
from tests.support.api_client import MONDAY, iso


async def stored(console: Console, id: str, fields: str) -> Any:
    return (await console.served.api.run(f"query ($id: ID!) {{ contact(by: {{id: $id}}) {{ {fields} }} }}", id=id))[
        "contact"
    ]


async def edit(console: Console, label: str, value: str) -> Locator:
    """Chooses a field, types a value and presses Enter. Returns the form."""
    await console.page.get_by_role("button", name=f"Edit {label}").click()
    form = console.page.locator(".editable-form")
    await form.get_by_label(label).fill(value)
    await console.page.keyboard.press("Enter")
    return form


async def test_fields_are_edited_in_place_with_the_servers_errors_and_no_edit_of_another_is_lost(
    console: Console,
) -> None:
    page, api = console.page, console.served.api
    id = await api.make_contact("0712000001", firstName="Zuri", customVariables={"City": "Nairobi"})
    await api.make_contact("0712000002", firstName="Ana")
    await console.open(f"/contacts/{id}")

    form = await edit(console, "Phone", "0712 000 002")
    await expect(form.locator(".field-error")).to_be_visible()
    await expect(form.get_by_role("link", name="Open Ana")).to_be_visible()
    await page.keyboard.press("Escape")
    await edit(console, "First name", "Zuri Amani")
    await expect(console.notice("First name is saved.")).to_be_visible()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Zuri Amani")
    await console.button("Undo").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Zuri")

    await page.get_by_role("button", name="Add Company").click()
    await api.run(
        'mutation ($id: ID!) { updateContact(input: {contact: {id: $id}, companyName: "Theirs"}) { errors { code } } }',
        id=id,
    )
    await page.locator(".editable-form").get_by_label("Company").fill("Mine")
    await page.keyboard.press("Enter")
    await expect(page.locator(".field-error")).to_have_text("Somebody else changed this meanwhile to “Theirs”.")
    assert (await stored(console, id, "companyName")) == {"companyName": "Theirs"}
    await console.button("Keep mine").click()
    await expect(console.notice("Company is saved.")).to_be_visible()

    await page.get_by_role("button", name="Add E-mail").click()
    await api.run(
        'mutation ($id: ID!) { updateContact(input: {contact: {id: $id}, lastName: "Otieno"}) { errors { code } } }',
        id=id,
    )
    await page.locator(".editable-form").get_by_label("E-mail").fill("zuri@example.com")
    await page.keyboard.press("Enter")
    await expect(console.notice("E-mail is saved.")).to_be_visible()

    await edit(console, "City", "Mombasa")
    await expect(console.notice("City is saved.")).to_be_visible()
    await console.button("Add a variable").click()
    await page.get_by_label("Variable", exact=True).fill("Tier")
    await page.get_by_label("Value", exact=True).fill("Gold")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Edit Tier, Gold")).to_be_visible()
    assert await stored(console, id, "firstName lastName companyName email customVariables") == {
        "firstName": "Zuri",
        "lastName": "Otieno",
        "companyName": "Mine",
        "email": "zuri@example.com",
        "customVariables": {"City": "Mombasa", "Tier": "Gold"},
    }


async def test_a_contact_is_given_tags_lists_and_people_opted_out_and_trashed(console: Console) -> None:
    page, api = console.page, console.served.api
    id = await api.make_contact("0712000001", firstName="Zuri")
    await api.make_list("Fair")
    await api.make_user("Bea")
    await api.run(
        "mutation ($m: [MessageInput!]!) { recordMessages(input: {messages: $m}) { errors { code } } }",
        m=[
            {
                "phone": "0712000001",
                "direction": "INBOUND",
                "status": "RECEIVED",
                "kind": "CONVERSATION",
                "channel": "SMS",
                "body": "Where is the shop?",
                "externalId": "m1",
                "occurredAt": iso(MONDAY),
            }
        ],
    )
    await console.open(f"/contacts/{id}")

    for group, option in (("Tags", "vip"), ("Lists", "Fair"), ("Owner", "Bea"), ("Assignees", "Bea")):
        await page.get_by_role("button", name=f"Change {group}").click()
        await page.get_by_role("combobox").fill(option)
        await page.get_by_role("option").filter(has_text=option).click()
        await page.keyboard.press("Escape")
        await expect(page.locator(".group", has_text=group)).to_contain_text(option)
    await page.get_by_role("button", name="Remove vip").click()
    await expect(page.locator(".group", has_text="Tags")).to_contain_text("No tags")
    assert await stored(console, id, "tags owner { name } assignees { name } lists { name }") == {
        "tags": [],
        "owner": {"name": "Bea"},
        "assignees": [{"name": "Bea"}],
        "lists": [{"name": "Fair"}],
    }

    await page.get_by_role("button", name="More actions").click()
    await page.get_by_role("button", name="Opt out").click()
    await page.get_by_label("Reason").fill("Asked on the phone")
    await page.get_by_role("dialog").get_by_role("button", name="Opt out").click()
    await expect(page.locator(".contact-head")).to_contain_text("Opted out")
    history = page.get_by_role("tabpanel")
    await expect(history).to_contain_text("Added to Fair")
    await expect(history).to_contain_text("Owner: Ada")
    await page.get_by_role("tab", name="Messages").click()
    await expect(page.get_by_role("tabpanel")).to_contain_text("Where is the shop?")
    await page.get_by_role("tab", name="Consent").click()
    await expect(page.get_by_role("tabpanel")).to_contain_text("Asked on the phone")
    await expect(page.get_by_role("tabpanel")).to_contain_text("Ada")
    await page.get_by_role("button", name="More actions").click()
    await page.get_by_role("button", name="Opt in").click()
    await page.get_by_role("dialog").get_by_role("button", name="Opt in").click()
    await expect(page.get_by_role("tabpanel")).to_contain_text("Opted in")

    await page.get_by_role("button", name="More actions").click()
    await page.get_by_role("button", name="Move to trash").click()
    await expect(page.get_by_text("In the trash.")).to_be_visible()
    await expect(page.get_by_role("button", name="Edit Phone")).to_have_count(0)
    await page.get_by_role("button", name="Restore").click()
    await expect(page.get_by_role("button", name="Edit Phone")).to_be_visible()
    await console.resize(PHONE)
    assert await console.has_no_sideways_scrolling()


async def test_an_unknown_contact_is_said_to_be_missing(console: Console) -> None:
    await console.open("/contacts/cnt_00000000000000000000000000")

    await expect(console.page.get_by_text("There is no such contact")).to_be_visible()
