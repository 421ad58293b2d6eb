"""The migration converts stored numbers to the form that comparisons use now."""

from types import SimpleNamespace
from typing import Any

import pytest

from models.db import database
from models.migrations._tables import RunScript
from tests.support.api_client import Api
from tests.support.mutations import contacts, mutate
from tests.support.snapshot import stored_counts, true_counts

pytestmark = pytest.mark.plain_postgres  # the migration runs before the tables of a cluster are distributed

NOW_AND_BEFORE = {
    "+541151234503": "+5491151234503",
    "+2290197123401": "+22997123401",
    "+24177456701": "+24107456701",
}


async def set_phone(table: str, phone: str, old: str) -> None:
    others = ", search_text = replace(search_text, $1, $2)" if table == "contact" else ""
    await database.execute(f"UPDATE {table} SET phone = $2{others} WHERE phone = $1", phone, old)


async def migrate() -> None:
    client = SimpleNamespace(capabilities=database.connection().capabilities, execute_query=database.execute)
    editor: Any = SimpleNamespace(client=client)
    async with database.transaction():
        await RunScript("0021_renumbering.sql").database_forward("models", editor, editor, editor)


async def test_a_stored_number_gets_its_present_form_and_its_consent(api: Api) -> None:
    for phone, old in NOW_AND_BEFORE.items():
        await api.make_contact(phone)
        await mutate(api, "optOut", "optOut { phone }", phone=phone)
        await set_phone("contact", phone, old)
        await set_phone("opt_out", phone, old)

    await migrate()

    found = {one["phone"]: one["isOptedOut"] for one in await contacts(api, "phone isOptedOut")}
    assert found == {"+5491151234503": True, "+2290197123401": True, "+24177456701": True}
    for phone in NOW_AND_BEFORE:
        assert len(await contacts(api, "id", phones=[phone])) == 1
        assert len(await contacts(api, "id", search=phone)) == 1


async def test_of_two_contacts_of_one_person_one_goes_to_the_trash_and_the_opt_out_stays(api: Api) -> None:
    clients = await api.make_list("Clients")
    stays = await api.make_contact("+541151234501", tags=["a"], listIds=[clients])
    goes = await api.make_contact("+541151234502", tags=["a", "b"], listIds=[clients])
    for phone in ("+541151234501", "+541151234502"):
        await mutate(api, "optOut", "optOut { phone }", phone=phone)
    await mutate(api, "optIn", "optOut { phone }", phone="+541151234501")
    for table in ("contact", "opt_out"):
        await set_phone(table, "+541151234502", "+5491151234501")

    await migrate()

    assert [(one["id"], one["isOptedOut"]) for one in await contacts(api, "id isOptedOut")] == [(stays, True)]
    assert [one["id"] for one in await contacts(api, "id", state="TRASHED")] == [goes]
    assert await stored_counts(api) == await true_counts(api)
