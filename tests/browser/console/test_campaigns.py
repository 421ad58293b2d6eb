"""The screens of campaigns and the Review step."""

import csv
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.async_api import expect

from services.accounts import tokens
from services.accounts.authentication import Role, Scope
from tests.browser.console.conftest import PHONE, Console, opened
from tests.browser.console.test_imports import choose, is_accessible
from tests.support.api_client import DAY, MONDAY
from tests.support.servers.running_server import RunningServer

FILE = Path(__file__).parents[2] / "data" / "exports" / "semalink_mixed.csv"
CAMPAIGNS = "{ campaigns { nodes { name status contactCount segments { segmentId contactCount } } } }"
ASSIGN = "mutation ($change: AssignContactsInput!) { assignContacts(input: $change) { count } }"
REVIEWED: list[tuple[str, str, dict[str, Any]]] = [
    ("0712000001", "Mine", {}),
    ("0712000002", "Eve's", {"ownerId": "eve"}),
    ("0712000003", "Bob's", {"assigneeIds": ["bob"]}),
    ("0712000004", "Shared", {"assigneeIds": ["me", "bob"], "ownerId": None}),
    ("0712000005", "Wrote", {}),
    ("0712000006", "Messaged", {}),
    ("0712000007", "Gone", {}),
]
NUMBERS = "\n".join([*(phone for phone, _, _ in REVIEWED), "0712000008", "0712 000 001", "nobody's"])


async def test_a_file_becomes_a_tagged_reviewed_and_scheduled_campaign(console: Console) -> None:
    page = console.page
    await console.open("/imports")
    await page.set_input_files("input[type=file]", FILE)
    await choose(page, "Tag", "fair")
    await console.button("Import 82 contacts").click()
    await page.get_by_role("link", name="Use in a campaign").click()

    await page.get_by_label("Name", exact=True).fill("Follow-up")
    await console.button("Make campaign").click()
    await expect(page.get_by_text("82 contacts")).to_be_visible()
    await choose(page, "Tag", "vip")
    await expect(console.button("Review 25 rows")).to_be_visible()
    await console.button("Clear all").click()
    await choose(page, "Tag", "fair")
    await page.get_by_label("Split into segments").check()
    await page.get_by_label("Rows").fill("50")
    await console.button("Review 82 rows").click()
    await expect(page.get_by_role("tab", name="Known 82")).to_have_attribute("aria-selected", "true")
    await page.get_by_role("checkbox", name=re.compile("Select ")).nth(1).click()
    await page.reload()
    await console.button("Add 81 to the campaign").click()
    await expect(page.get_by_text("81 contacts added to Follow-up")).to_be_visible()
    await page.get_by_role("link", name="To the campaign").click()
    await expect(page.get_by_role("row")).to_have_count(51)
    await is_accessible(console)
    await page.get_by_label("Segment").select_option("Wave 2")
    await expect(page.get_by_role("row")).to_have_count(33)
    await console.button("Schedule").click()
    await console.button("Start").click()
    await page.get_by_role("dialog").get_by_role("button", name="Start").click()
    await expect(console.button("Pause")).to_be_visible()

    segments = [{"segmentId": "Wave 1", "contactCount": 49}, {"segmentId": "Wave 2", "contactCount": 32}]
    followed_up = {"name": "Follow-up", "status": "RUNNING", "contactCount": 81, "segments": segments}
    assert (await console.served.api.run(CAMPAIGNS))["campaigns"]["nodes"] == [followed_up]


async def furnish(served: RunningServer) -> str:
    """Makes a row for each bucket, and a campaign, whose ID it returns."""
    api = served.api
    users = {"me": api.user_id, "eve": (await api.make_user("Eve"))[0], "bob": (await api.make_user("Bob"))[0]}
    for phone, name, fields in REVIEWED:
        given = {**fields}
        if fields.get("ownerId"):
            given["ownerId"] = users[fields["ownerId"]]
        assignees = [users[one] for one in given.pop("assigneeIds", [])]
        contact = await api.make_contact(phone, firstName=name, **given)
        if assignees:
            await api.run(ASSIGN, change={"contacts": {"ids": [contact]}, "addAssigneeIds": assignees})
    message = '{phone: "%s", direction: %s, body: "Habari"}'
    messages = ", ".join([message % ("0712000005", "INBOUND"), message % ("0712000006", "OUTBOUND")])
    made = await api.run(
        f"""mutation {{
          updateAccount(input: {{contactProtectionHours: 24}}) {{ errors {{ code }} }}
          optOut(input: {{phone: "0712000007"}}) {{ errors {{ code }} }}
          recordMessages(input: {{messages: [{messages}]}}) {{ errors {{ code }} }}
          createCampaign(input: {{name: "Harvest"}}) {{ campaign {{ id }} }}
        }}"""
    )
    return str(made["createCampaign"]["campaign"]["id"])


async def test_the_review_sorts_numbers_and_adds_what_is_ticked(console: Console) -> None:
    page = console.page
    campaign = await furnish(console.served)
    await console.open(f"/campaigns/{campaign}/review")
    await console.button("Numbers").click()
    await page.get_by_label("Numbers", exact=True).fill(NUMBERS)
    await page.get_by_label("People in turn").check()
    await choose(page, "Person", "Ada")
    await is_accessible(console)
    await console.button("Review 10 rows").click()

    counts = [
        "New 1",
        "Known 2",
        "Assigned to you 1",
        "Wrote to you 1",
        "Messaged 1",
        "With others 1",
        "Protected 1",
        "Invalid 1",
        "Duplicates 1",
    ]
    for name in counts:
        await expect(page.get_by_role("tab", name=name, exact=True)).to_be_visible()
    await is_accessible(console)
    await page.get_by_role("tab", name="Known 2").click()
    gone = page.get_by_role("row").filter(has_text="Gone")
    await expect(gone).to_contain_text("Opted out")
    await expect(gone.get_by_role("checkbox")).to_be_disabled()
    await page.get_by_role("tab", name="Invalid 1").click()
    await expect(page.get_by_role("row").filter(has_text="nobody's")).to_contain_text(
        "A phone number has digits, not letters."
    )
    await page.get_by_role("tab", name="Wrote to you 1").click()
    await page.get_by_role("checkbox", name="Select Wrote").check()
    await page.get_by_role("tab", name="Protected 1").click()
    await expect(page.get_by_role("row").filter(has_text="Eve's")).to_contain_text("6 Jan 2026")
    await page.get_by_label("Override protection").check()
    await console.button("Tick all").click()
    await console.resize(PHONE)
    assert await console.has_no_sideways_scrolling()
    eve = (await console.served.api.run('{ users(search: "Eve") { nodes { id } } }'))["users"]["nodes"][0]["id"]
    await console.served.api.run(ASSIGN, change={"contacts": {"phones": ["0712000001"]}, "ownerId": eve})
    await console.button("Add 4 to the campaign").click()

    await expect(page.get_by_text("3 contacts added to Harvest")).to_be_visible()
    await expect(page.get_by_role("table", name="Changed since the review")).to_contain_text("Protected")
    assert await console.has_no_sideways_scrolling()
    asked = "query ($id: ID!) { campaign(id: $id) { contacts { nodes { contact { phone } assignee { name } } } } }"
    added = (await console.served.api.run(asked, id=campaign))["campaign"]["contacts"]["nodes"]
    assert {row["contact"]["phone"] for row in added} == {"+254712000008", "+254712000002", "+254712000005"}


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_a_file_is_reviewed_by_the_columns_that_the_server_finds(console: Console, tmp_path: Path) -> None:
    page, api = console.page, console.served.api
    made = await api.run('mutation { createCampaign(input: {name: "Fair"}) { campaign { id } } }')
    workbook = openpyxl.Workbook()
    with FILE.open(encoding="utf-8", newline="") as lines:
        for cells in csv.reader(lines):
            workbook.active.append(cells)
    workbook.save(tmp_path / "people.xlsx")

    for file in (tmp_path / "people.xlsx", FILE):
        await console.open(f"/campaigns/{made['createCampaign']['campaign']['id']}/review")
        await console.button("A file").click()
        await page.set_input_files("input[type=file]", file)
        await console.button("Review 94 rows").click()
        for name in ("New 82", "Invalid 7", "Duplicates 5"):
            await expect(page.get_by_role("tab", name=name, exact=True)).to_be_visible()
    await console.button("Add 82 to the campaign").click()
    await expect(page.get_by_text("82 contacts added to Fair")).to_be_visible()

    asked = "{ campaigns { nodes { contacts(first: 1) { nodes { name extractedData contact { phone } } } } } }"
    [first] = (await api.run(asked))["campaigns"]["nodes"][0]["contacts"]["nodes"]
    assert first["contact"]["phone"] == "+256712716102"
    assert first["extractedData"] == {"tags": "newsletter", "email": "noe.santos31@example.com"}


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_what_the_viewer_may_not_do_is_not_shown(served: RunningServer) -> None:
    campaign = await furnish(served)
    _, agent = await served.api.make_user("Kim", Role.AGENT)
    _, secret = await tokens.create(
        account_id=served.api.account_id,
        name="reads",
        user_id=agent.caller.user_id,
        scopes=[Scope.CAMPAIGNS_READ, Scope.CONTACTS_READ],
        expires_at=MONDAY + DAY,
        now=MONDAY,
    )

    async with opened(served, f"/campaigns/{campaign}#token={secret}") as console:
        await expect(console.page.get_by_role("heading", name="Harvest")).to_be_visible()
        await expect(console.page.get_by_text("No contacts yet")).to_be_visible()
        await expect(console.page.get_by_role("link", name="Import")).to_have_count(0)
        for name in ("Schedule", "More", "Add a list"):
            await expect(console.button(name)).to_have_count(0)
        await expect(console.page.get_by_role("link", name="Review and add contacts")).to_have_count(0)
        await console.open("/campaigns")
        await expect(console.page.get_by_role("link", name="Harvest")).to_be_visible()
        await expect(console.button("New campaign")).to_have_count(0)
