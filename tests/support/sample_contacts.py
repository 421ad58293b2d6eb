"""A small cast of contacts that differ in everything by which a contact can be found."""

from dataclasses import dataclass

from tests.support.api_client import DAY, HOUR, MONDAY, TUESDAY, Api
from tests.support.rows import add_to_campaign, change, insert, make_campaign, make_job, uuid_of

OPT_OUT = "mutation ($phone: PhoneNumber!) { optOut(input: {phone: $phone}) { errors { code } } }"
TRASH = "mutation ($ids: [ID!]!) { trashContacts(input: {contacts: {ids: $ids}}) { count errors { code } } }"


@dataclass(frozen=True)
class SampleContacts:
    """Ids by the names of contacts, lists, campaigns and users."""

    contacts: dict[str, str]
    lists: dict[str, str]
    campaigns: dict[str, str]
    users: dict[str, str]
    job: str


async def create_sample_contacts(api: Api) -> SampleContacts:
    """Creates Amina, Brian, Chidi and Dalia, and Esi in the trash.

    The caller is Ada; Bob is another user. The contacts are created an hour apart from MONDAY on, in alphabetical
    order.
    """
    bob, _ = await api.make_user("Bob")
    lists = {name: await api.make_list(name) for name in ("Farmers", "Nairobi", "Empty")}
    campaigns = {name: await make_campaign(api, name) for name in ("Spring", "Autumn")}
    job = await make_job(api)
    amina = await api.make_contact(
        "0712 345 678",
        firstName="Amina",
        lastName="Otieno",
        email="amina@example.com",
        companyName="Mbali Ltd",
        tags=["farmer", "vip"],
        externalId="A-1",
        senderNumber="+254700000000",
        listIds=[lists["Farmers"], lists["Nairobi"]],
        assigneeIds=[bob],
    )
    brian = await api.later(HOUR).make_contact(
        "0733 123 456",
        name="Brian",
        ownerId=None,
        tags=["farmer"],
        listIds=[lists["Farmers"]],
    )
    chidi = await api.later(2 * HOUR).make_contact("+234 803 123 4567", name="Chidi", ownerId=bob, externalId="C-3")
    dalia = await api.later(3 * HOUR).make_contact(
        "+254 20 555 0100", name="Dalia", email="dalia@example.com", ownerId=None, tags=["VIP"]
    )
    esi = await api.later(4 * HOUR).make_contact(
        "0722 000 005", name="Esi", tags=["vip"], listIds=[lists["Farmers"]], ownerId=None
    )
    await change("contact", amina, verified_at=MONDAY, last_inbound_at=MONDAY, last_outbound_at=TUESDAY)
    await change("contact", brian, last_inbound_at=TUESDAY)
    await change("contact", chidi, imported_by_job_id=uuid_of(job))
    await add_to_campaign(api, campaigns["Spring"], amina)
    await add_to_campaign(api, campaigns["Spring"], chidi)
    await add_to_campaign(api, campaigns["Autumn"], chidi)
    await api.run(OPT_OUT, phone="0733 123 456")
    await insert(
        "opt_out",
        account_id=api.account_id,
        phone="+2348031234567",
        is_opted_out=False,
        source="API",
        changed_at=MONDAY,
    )
    await api.later(DAY).run(TRASH, ids=[esi])
    return SampleContacts(
        {"Amina": amina, "Brian": brian, "Chidi": chidi, "Dalia": dalia, "Esi": esi},
        lists,
        campaigns,
        {"Ada": api.user_id, "Bob": bob},
        job,
    )
