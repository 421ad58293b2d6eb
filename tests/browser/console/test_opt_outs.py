"""The screen of the opt-out register, and of the consent of one number."""

from playwright.async_api import expect

from tests.browser.console.conftest import PHONE, Console

STATE = '{ optOut(phone: "0712000001") { isOptedOut reason events { nodes { isOptedOut reason } } } }'


async def test_pasted_numbers_get_their_outcomes_and_a_number_shows_its_history(console: Console) -> None:
    page, api = console.page, console.served.api
    contact = await api.make_contact("0712000001", firstName="Zuri")
    await api.run('mutation { optOut(input: {phone: "0712000002"}) { errors { code } } }')
    await console.open("/opt-outs")
    await expect(page.get_by_role("row")).to_have_count(2)

    await console.button("Add numbers").click()
    await page.get_by_role("textbox", name="Numbers").fill("0712 000 001\nhello; +254712000002\n\n0712000003,")
    await page.get_by_label("Reason").fill("Asked on market day")
    await console.button("Opt out 4 numbers").click()
    outcomes = page.get_by_role("dialog", name="2 numbers newly opted out").get_by_role("listitem")
    await expect(outcomes).to_contain_text(["hello"])
    await page.get_by_role("tab", name="All 4").click()
    await expect(outcomes.locator(".badge")).to_have_text(
        ["Opted out", "Not a number", "Opted out before", "Opted out"]
    )
    await console.button("Correct 1 entry").click()
    await expect(page.get_by_role("textbox", name="Numbers")).to_have_value("hello")
    await console.button("Cancel").click()
    await expect(page.get_by_role("row")).to_have_count(4)

    await page.get_by_role("link", name="+254 712 000 001").click()
    await expect(page.get_by_role("link", name="Zuri")).to_have_attribute("href", f"/console/contacts/{contact}")
    events = page.locator(".consent-history li")
    await expect(events).to_contain_text(["Asked on market day"])
    await console.button("Opt in").click()
    await page.get_by_label("Reason").fill("Signed the form")
    await page.get_by_role("dialog").get_by_role("button", name="Opt in").click()
    await expect(events).to_contain_text(["Signed the form", "Asked on market day"])
    await console.notice("may be messaged again").get_by_role("button", name="Undo").click()
    await expect(events).to_have_count(3)
    state = (await api.run(STATE))["optOut"]
    assert state["isOptedOut"]
    assert [event["isOptedOut"] for event in state["events"]["nodes"]] == [True, False, True]

    await console.resize(PHONE)
    assert await console.has_no_sideways_scrolling()
    await page.get_by_role("searchbox").fill("12")
    await expect(page.get_by_role("heading", name="This is not a phone number")).to_be_visible()
