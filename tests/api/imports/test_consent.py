"""An imported file can only opt numbers out."""

from tests.support.api_client import MONDAY, TUESDAY, Api, iso
from tests.support.imports import import_content, summary
from tests.support.mutations import contacts, mutate

FILE = """Phone,SMS_BLACKLISTED,EMAIL_BLACKLISTED,UNSUB_TIME
0712000001,Yes,No,
0712000002,true,No,
0712000003,1,No,
0712000004,No,Yes,2026-01-01
0712000005,,,
0712000006,0,Yes,
"""
REGISTER = "{ optOuts(first: 100) { nodes { phone isOptedOut source reason changedAt changedBy { name } } } }"


async def opted_out(api: Api) -> list[str]:
    return [one["phone"] for one in await contacts(api, "phone", isOptedOut=True)]


async def test_columns_that_mean_a_stop_of_text_messages_opt_out_and_those_about_email_do_not(api: Api) -> None:
    ended = await import_content(api.at(TUESDAY), FILE)

    assert ended["summary"] == summary(total=6, imported=6, valid=6, created=6, optedOut=3)
    assert await opted_out(api) == ["+254712000001", "+254712000002", "+254712000003"]
    register = (await api.run(REGISTER))["optOuts"]["nodes"]
    assert register[0] == {
        "phone": "+254712000003",
        "isOptedOut": True,
        "source": "IMPORT",
        "reason": None,
        "changedAt": iso(TUESDAY),
        "changedBy": {"name": "Ada"},
    }


async def test_a_file_lifts_no_opt_out(api: Api) -> None:
    await mutate(api, "optOut", "optOut { phone }", phone="0712000004", reason="said so")

    ended = await import_content(api.at(TUESDAY), FILE, ifExists="UPDATE")

    assert ended["summary"]["optedOut"] == 3
    assert await opted_out(api) == ["+254712000001", "+254712000002", "+254712000003", "+254712000004"]
    [theirs] = [one for one in (await api.run(REGISTER))["optOuts"]["nodes"] if one["phone"] == "+254712000004"]
    assert (theirs["source"], theirs["reason"], theirs["changedAt"]) == ("API", "said so", iso(MONDAY))


async def test_who_said_no_is_opted_out_though_the_row_is_not_taken(api: Api) -> None:
    await api.make_contact("0712000001")
    content = "Phone,opt_out\n0712000001,yes\n0712000002,\n0712000002,yes\n,yes\n"

    ended = await import_content(api, content)

    assert ended["summary"] == summary(total=4, imported=1, valid=1, skipped=3, rejected=2, created=1, optedOut=2)
    assert await opted_out(api) == ["+254712000001", "+254712000002"]


async def test_a_column_that_is_mapped_opts_out(api: Api) -> None:
    mapping = [{"header": "Gesperrt", "field": "opt_out"}]

    ended = await import_content(
        api, "Phone,Gesperrt,Unsubscribed\n0712000001,yes,\n0712000002,,yes\n", mapping=mapping
    )

    assert ended["summary"]["optedOut"] == 1
    assert await opted_out(api) == ["+254712000001"]
