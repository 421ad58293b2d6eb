"""A contact shows all its stored facts."""

from typing import Any

import pytest

from services.accounts.authentication import Role
from tests.support.api_client import DAY, HOUR, MONDAY, TUESDAY, Api, iso
from tests.support.rows import change

CONTACT = """
query ($by: ContactKey!) {
  contact(by: $by) {
    id phone firstName lastName name displayName email companyName notes tags customVariables externalId senderNumber
    isOptedOut optedOutAt isVerified verifiedAt status invalidReason operator { name country } country timeZones
    owner { name } ownedAt protectedUntil assignees { name } lists { name contactCount }
    campaigns { name } campaignContacts { totalCount } messages { totalCount }
    lastInboundAt lastOutboundAt createdAt updatedAt deletedAt purgeAt
  }
}
"""
NOBODY: dict[str, Any] = {"contact": None}


async def read(api: Api, *fields: str, **by: str) -> Any:
    """Returns fields of the contact with this key; None if it does not exist."""
    text = f"query ($by: ContactKey!) {{ contact(by: $by) {{ {' '.join(fields)} }} }}"
    return (await api.run(text, by=by))["contact"]


async def test_a_contact_of_whom_only_the_number_is_known(api: Api) -> None:
    contact_id = await api.without_user().make_contact("0712 345 678")

    answer = await api.run(CONTACT, by={"id": contact_id})

    known = {
        "id": contact_id,
        "phone": "+254712345678",
        "displayName": "+254 712 345678",
        "tags": [],
        "customVariables": {},
        "isOptedOut": False,
        "isVerified": False,
        "status": "VALID",
        "operator": {"name": "Safaricom", "country": "KE"},
        "country": "KE",
        "timeZones": ["Africa/Nairobi"],
        "assignees": [],
        "lists": [],
        "campaigns": [],
        "campaignContacts": {"totalCount": 0},
        "messages": {"totalCount": 0},
        "createdAt": iso(MONDAY),
        "updatedAt": iso(MONDAY),
    }
    assert answer == {"contact": dict.fromkeys(answer["contact"]) | known}


async def test_a_contact_of_whom_everything_is_known(api: Api) -> None:
    bob, _ = await api.make_user("Bob")
    farmers, nairobi = await api.make_list("Farmers"), await api.make_list("nairobi")
    contact_id = await api.make_contact(
        "+52 55 1234 5678",
        firstName="Zoë",
        lastName="Ruiz",
        name="Zoë R. 😀",
        email="zoe@example.com",
        companyName="Mbali\u00a0Ltd",
        notes="First line.\nSecond line.",
        tags=["vip", "Farmer", "farmer"],
        customVariables={"Favourite crop": "maize", "a": ""},
        externalId="Z-1",
        senderNumber="0700 000 000",
        listIds=[nairobi, farmers],
        ownerId=bob,
        assigneeIds=[bob, api.user_id],
    )
    await change(
        "contact", contact_id, verified_at=TUESDAY, last_inbound_at=MONDAY + HOUR, last_outbound_at=MONDAY + 2 * HOUR
    )
    await api.later(HOUR).run('mutation { optOut(input: {phone: "+525512345678"}) { errors { code } } }')

    answer = await api.with_settings(contact_protection_hours=24).run(CONTACT, by={"id": contact_id})

    assert answer == {
        "contact": {
            "id": contact_id,
            "phone": "+525512345678",
            "firstName": "Zoë",
            "lastName": "Ruiz",
            "name": "Zoë R. 😀",
            "displayName": "Zoë R. 😀",
            "email": "zoe@example.com",
            "companyName": "Mbali\u00a0Ltd",
            "notes": "First line.\nSecond line.",
            "tags": ["Farmer", "farmer", "vip"],
            "customVariables": {"Favourite crop": "maize", "a": ""},
            "externalId": "Z-1",
            "senderNumber": "+254700000000",
            "isOptedOut": True,
            "optedOutAt": iso(MONDAY + HOUR),
            "isVerified": True,
            "verifiedAt": iso(TUESDAY),
            "status": "VALID",
            "invalidReason": None,
            "operator": None,
            "country": "MX",
            "timeZones": ["America/Mexico_City"],
            "owner": {"name": "Bob"},
            "ownedAt": iso(MONDAY),
            "protectedUntil": iso(TUESDAY),
            "assignees": [{"name": "Ada"}, {"name": "Bob"}],
            "lists": [{"name": "Farmers", "contactCount": 1}, {"name": "nairobi", "contactCount": 1}],
            "campaigns": [],
            "campaignContacts": {"totalCount": 0},
            "messages": {"totalCount": 0},
            "lastInboundAt": iso(MONDAY + HOUR),
            "lastOutboundAt": iso(MONDAY + 2 * HOUR),
            "createdAt": iso(MONDAY),
            "updatedAt": iso(MONDAY),
            "deletedAt": None,
            "purgeAt": None,
        }
    }


async def test_a_number_of_no_known_network_is_marked(api: Api) -> None:
    contact_id = await api.make_contact("+254 20 555 0100")

    found = await read(api, "status", "invalidReason", "operator { name }", "country", id=contact_id)

    assert found == {"status": "INVALID", "invalidReason": "UNKNOWN_NETWORK", "operator": None, "country": "KE"}


NAMES = [
    ({}, (None, "+254 712 345678")),
    ({"firstName": "Amina"}, ("Amina", "Amina")),
    ({"lastName": "Otieno"}, ("Otieno", "Otieno")),
    ({"firstName": "Amina", "lastName": "Otieno"}, ("Amina Otieno", "Amina Otieno")),
    ({"name": "Mama Amina"}, ("Mama Amina", "Mama Amina")),
    ({"name": "Mama Amina", "firstName": "Amina", "lastName": "Otieno"}, ("Mama Amina", "Mama Amina")),
    ({"firstName": " ", "name": ""}, (None, "+254 712 345678")),
    ({"name": "محمد علي"}, ("محمد علي", "محمد علي")),
]


async def test_what_to_show_is_the_name_else_the_number(api: Api) -> None:
    purge = 'mutation { purgeContacts(input: {contacts: {phones: ["0712345678"]}, fromAnywhere: true}) { count } }'
    shown = []
    for given, _ in NAMES:
        contact_id = await api.make_contact("0712 345 678", **given)
        found = await read(api, "name", "displayName", id=contact_id)
        shown.append((given, (found["name"], found["displayName"])))
        await api.run(purge)

    assert shown == NAMES


async def test_a_contact_is_named_by_its_id_its_number_in_any_form_or_the_callers_own_id(api: Api) -> None:
    contact_id = await api.make_contact("0712 345 678", externalId="A-1")
    named = {"contact": {"id": contact_id}}
    ask = "query ($by: ContactKey!) { contact(by: $by) { id } }"

    found = [
        await api.run(ask, by=by)
        for by in ({"id": contact_id}, {"phone": "+254712345678"}, {"phone": "0712-345678"}, {"externalId": "A-1"})
    ]
    others = [
        await api.run(ask, by=by)
        for by in (
            {"id": "cnt_01jd8vq0c5fj2v7wq1x3ynm8za"},
            {"phone": "0712 345 679"},
            {"phone": "nonsense"},
            {"phone": ""},
            {"externalId": "a-1"},
            {"externalId": "A-1\0"},
            {"externalId": ""},
        )
    ]

    assert found == [named] * 4
    assert others == [NOBODY] * 7


async def test_a_contact_of_another_account_does_not_exist(api: Api, stranger: Api) -> None:
    contact_id = await api.make_contact("0712 345 678", externalId="A-1")
    ask = "query ($by: ContactKey!) { contact(by: $by) { id } }"

    found = [
        await stranger.run(ask, by=by) for by in ({"id": contact_id}, {"phone": "+254712345678"}, {"externalId": "A-1"})
    ]

    assert found == [NOBODY] * 3


@pytest.mark.parametrize("wrong", ["usr_01jd8vq0c5fj2v7wq1x3ynm8za", "cnt_1", ""])
async def test_what_is_no_contacts_id_is_told(api: Api, wrong: str) -> None:
    answer = await api.ask("query ($by: ContactKey!) { contact(by: $by) { id } }", by={"id": wrong})

    assert (answer.data, answer.codes) == (NOBODY, ["INVALID_ID"])


PROTECTED = "query ($by: ContactKey!) { contact(by: $by) { protectedUntil ownedAt } }"


async def test_a_newly_owned_contact_is_protected_for_the_accounts_hours_to_the_instant(api: Api) -> None:
    _, bob = await api.make_user("Bob")
    owned = await bob.make_contact("0712 345 678")
    nobodys = await api.make_contact("0712 345 679", ownerId=None)
    instant = HOUR / 3_600_000_000

    async def until(now: Any, hours: int, contact_id: str = owned) -> Any:
        asking = api.at(now).with_settings(contact_protection_hours=hours)
        return (await asking.run(PROTECTED, by={"id": contact_id}))["contact"]["protectedUntil"]

    assert await until(MONDAY, 24) == iso(TUESDAY)
    assert await until(TUESDAY - instant, 24) == iso(TUESDAY)
    assert await until(TUESDAY, 24) is None
    assert await until(TUESDAY, 25) == iso(TUESDAY + HOUR)
    assert await until(MONDAY, 0) is None
    assert await until(MONDAY, 24, nobodys) is None


async def test_protection_is_the_same_for_the_owner_as_for_colleagues_and_ends_when_the_owner_leaves(api: Api) -> None:
    bob_id, bob = await api.make_user("Bob")
    contact_id = await bob.make_contact("0712 345 678")
    seen = [
        (await asking.with_settings(contact_protection_hours=24).run(PROTECTED, by={"id": contact_id}))["contact"]
        for asking in (api, bob, api.without_user())
    ]

    await change("account_user", bob_id, is_active=False)
    after = await api.with_settings(contact_protection_hours=24).run(PROTECTED, by={"id": contact_id})

    assert seen == [{"protectedUntil": iso(TUESDAY), "ownedAt": iso(MONDAY)}] * 3
    assert after == {"contact": {"protectedUntil": None, "ownedAt": iso(MONDAY)}}


async def test_assignees_are_sorted_by_name_whether_they_are_active_or_not(api: Api) -> None:
    ids = [(await api.make_user(name))[0] for name in ("zora", "Bob", "carl")]
    contact_id = await api.make_contact("0712 345 678", assigneeIds=[*ids, api.user_id])
    await change("account_user", ids[0], is_active=False)

    found = await read(api, "assignees { name isActive }", id=contact_id)

    names = [(user["name"], user["isActive"]) for user in found["assignees"]]
    assert names == [("Ada", True), ("Bob", True), ("carl", True), ("zora", False)]


@pytest.mark.parametrize("role", list(Role))
async def test_everyone_reads_all_contacts_of_the_account(api: Api, role: Role) -> None:
    contact_id = await api.make_contact("0712 345 678", firstName="Amina")
    _, colleague = await api.make_user("Bob", role)

    assert await read(colleague, "name", id=contact_id) == {"name": "Amina"}


async def test_instants_are_told_in_utc_to_the_microsecond(api: Api) -> None:
    exactly = MONDAY.replace(microsecond=123456)
    contact_id = await api.at(exactly).make_contact("0712 345 678")

    found = await read(api, "createdAt", "updatedAt", id=contact_id)

    assert found == {"createdAt": "2026-01-05T09:30:00.123456Z", "updatedAt": "2026-01-05T09:30:00.123456Z"}


async def test_a_contact_that_the_trash_lets_go_of_tomorrow_is_still_there_today(api: Api) -> None:
    contact_id = await api.make_contact("0712 345 678")
    await api.run("mutation ($id: ID!) { trashContacts(input: {contacts: {ids: [$id]}}) { count } }", id=contact_id)
    instant = HOUR / 3_600_000_000
    end = MONDAY + 90 * DAY

    before = await read(api.at(end - instant), "deletedAt", "purgeAt", id=contact_id)
    after = await read(api.at(end), "deletedAt", "purgeAt", id=contact_id)

    assert before == {"deletedAt": iso(MONDAY), "purgeAt": iso(end)}
    assert after is None
