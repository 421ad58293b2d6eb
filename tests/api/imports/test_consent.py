"""An imported file can only opt numbers out."""

from typing import Any

from tests.support.api_client import MONDAY, TUESDAY, Api, iso
from tests.support.imports import JOB, enqueue_import, import_content, summary
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

    assert ended["summary"]["optedOut"] == 2
    assert await opted_out(api) == ["+254712000001", "+254712000002"]


SELECTED = f"{JOB} warnings {{ code column line value count }} columns {{ field }}"


async def register(api: Api) -> list[str]:
    nodes = (await api.run(REGISTER))["optOuts"]["nodes"]
    return sorted(node["phone"] for node in nodes if node["isOptedOut"])


async def test_a_row_that_opts_out_counts_for_all_its_numbers_whatever_becomes_of_the_row(api: Api) -> None:
    content = (
        "Name,Mobile,Home Phone,Opt out\n"
        "Two columns,0712000001,0712000002,yes\n"
        "Two in a cell,0712000003 / 0733000003,,x\n"
        "Google,0712000004 ::: 0733000004,,Unsubscribed\n"
        "Extension,0712000005 ext 5,,2026-01-05\n"
        "No number,none,,yes\n"
        'Broken "quotes,0712000006,,yes\n'
        "Not out,0712000007,0712000008,no\n"
    )

    ended = await import_content(api, content)

    assert await register(api) == sorted(
        [
            *(f"+25471200000{number}" for number in (1, 2, 3, 4, 5, 6)),
            *("+254733000003", "+254733000004"),
        ]
    )
    assert ended["summary"]["optedOut"] == 8
    assert ended["summary"]["total"] == 7


async def test_the_import_tells_what_it_does_not_know_of_consent_in_a_dry_run_too(api: Api) -> None:
    content = (
        "Phone,Opt out,Status,Email Opt Out,SMS Consent,Subscription status\n"
        "0712000001,maybe,Unsubscribed,yes,,\n"
        "0712000002,maybe,Lead,,no,Subscribed\n"
        "0712000003,,Unsubscribed,,yes,Pending\n"
        "12,perhaps,,,UNSUBSCRIBED,\n"
        "0712000004,,,,,unsubscribed\n"
    )

    rehearsed = await import_content(api, content, selected=SELECTED, dryRun=True)
    assert await register(api) == []
    ended = await import_content(api, content, selected=SELECTED)

    def warning(code: str, column: str, line: int | None, value: str | None, count: int = 1) -> dict[str, Any]:
        return {"code": code, "column": column, "line": line, "value": value, "count": count}

    assert ended["warnings"] == rehearsed["warnings"]
    assert sorted(ended["warnings"], key=str) == sorted(
        [
            warning("CONSENT_COLUMN_LEFT_OUT", "Status", None, None),
            warning("CONSENT_COLUMN_LEFT_OUT", "Status", 2, "Unsubscribed", 2),
            warning("CONSENT_COLUMN_LEFT_OUT", "Status", 3, "Lead"),
            warning("CONSENT_COLUMN_LEFT_OUT", "Email Opt Out", None, None),
            warning("CONSENT_COLUMN_LEFT_OUT", "Email Opt Out", 2, "yes"),
            warning("CONSENT_VALUE_UNKNOWN", "Opt out", 2, "maybe", 2),
            warning("CONSENT_VALUE_UNKNOWN", "Opt out", 5, "perhaps"),
            warning("CONSENT_VALUE_UNKNOWN", "Subscription status", 4, "Pending"),
            warning("COLUMN_GUESSED", "SMS Consent", None, None),
        ],
        key=str,
    )
    assert await register(api) == ["+254712000002", "+254712000004"]
    assert [column["field"] for column in ended["columns"]] == ["phone", "opt_out", None, None, "opt_out", "opt_out"]
    told = [(row["line"], row["code"], row["value"], row["isRejected"]) for row in ended["rowErrors"]["nodes"]]
    assert told == [
        (2, "UNKNOWN_VALUE", "maybe", False),
        (3, "UNKNOWN_VALUE", "maybe", False),
        (5, "INVALID_PHONE_NUMBER", "12", True),
    ]


async def test_a_file_of_opt_outs_makes_no_contacts(api: Api) -> None:
    amina = await api.make_contact("0712000001")
    await mutate(api, "optOut", "optOut { phone }", phone="0712000002")
    content = (
        "Phone Number,Date,Opt out\n"
        "0712000001,2024-03-01,\n"
        "0712000002,,yes\n"
        "0712000003 / 0733000003,,\n"
        "not a number,,yes\n"
        "0712000003,,no\n"
    )

    rehearsed = await import_content(api, content, optOutsOnly=True, dryRun=True)
    assert await register(api) == ["+254712000002"]
    ended = await import_content(api, content, selected=SELECTED, optOutsOnly=True, ifExists="UPDATE")

    assert ended["summary"] == rehearsed["summary"] == summary(total=5, skipped=5, rejected=1, optedOut=3)
    assert await register(api) == ["+254712000001", "+254712000002", "+254712000003", "+254733000003"]
    assert [(row["line"], row["code"]) for row in ended["rowErrors"]["nodes"]] == [(5, "INVALID_PHONE_NUMBER")]
    told = {(each["code"], each["column"], each["line"], each["value"]) for each in ended["warnings"]}
    assert ("CONSENT_VALUE_UNKNOWN", "Opt out", 6, "no") in told
    assert [one["id"] for one in await contacts(api, "id isOptedOut")] == [amina]


async def test_a_file_of_opt_outs_takes_neither_a_list_nor_tags(api: Api) -> None:
    clients = await api.make_list("Clients")

    strange: list[dict[str, Any]] = [{"listId": clients}, {"tags": ["vip"]}]
    for more in strange:
        refused = await enqueue_import(api, "Phone\n0712000001\n", optOutsOnly=True, **more)
        assert [(error["code"], error["path"]) for error in refused["errors"]] == [
            ("INVALID", ["input", "optOutsOnly"])
        ]
    assert await register(api) == []
