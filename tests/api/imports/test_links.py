"""A file names lists, owners, assignees and tags, and matches contacts by external id."""

from typing import Any

from tests.support.api_client import Api
from tests.support.imports import JOB, import_content, summary
from tests.support.mutations import contacts
from tests.support.snapshot import stored_counts, true_counts

SEEN = "phone name externalId tags owner { name } assignees { name } lists { name }"
TOLD = JOB + " warnings { code column line }"


def errors(ended: Any) -> list[tuple[Any, ...]]:
    keys = ("line", "code", "column", "value", "isRejected")
    return [tuple(error[key] for key in keys) for error in ended["rowErrors"]["nodes"]]


async def by_phone(api: Api) -> dict[str, Any]:
    return {one.pop("phone"): one for one in await contacts(api, SEEN)}


def names(values: list[Any]) -> list[str]:
    return [value["name"] for value in values]


async def test_rows_name_their_lists_owner_and_assignee(api: Api) -> None:
    await api.make_user("Ben")
    await api.make_list("Clients")
    there = await api.make_contact("0712000004")
    content = (
        "Phone,Lists,Owner email,Assignee email\n"
        "0712000001,clients;News,ben@example.com,BEN@example.com\n"
        '0712000002,"News, weekly",nobody@example.com,\n'
        "0712000003,,,\n"
        "0712000004,Clients,ben@example.com,ben@example.com\n"
    )

    refused = await import_content(api, content, dryRun=True)
    skipped = await import_content(api, content.split("\n")[0] + "\n0712000004,Clients,ben@example.com,\n")
    ended = await import_content(api, content, createLists=True, ifExists="UPDATE")

    assert errors(refused) == [
        (2, "NOT_FOUND", "Lists", "News", False),
        (3, "NOT_FOUND", "Lists", "News, weekly", False),
        (3, "NOT_FOUND", "Owner email", "nobody@example.com", False),
    ]
    assert skipped["summary"] == summary(total=1, skipped=1)
    assert ended["summary"] == summary(total=4, imported=4, valid=4, created=3, updated=1)
    assert errors(ended) == [(3, "NOT_FOUND", "Owner email", "nobody@example.com", False)]
    found = await by_phone(api)
    assert {phone: names(one["lists"]) for phone, one in found.items()} == {
        "+254712000001": ["Clients", "News"],
        "+254712000002": ["News, weekly"],
        "+254712000003": [],
        "+254712000004": ["Clients"],
    }
    assert {phone: one["owner"]["name"] for phone, one in found.items()} == {
        "+254712000001": "Ben",
        "+254712000002": "Ada",
        "+254712000003": "Ada",
        "+254712000004": "Ben",
    }
    assert [names(one["assignees"]) for _, one in sorted(found.items())] == [["Ben"], [], [], ["Ben"]]
    assert [one["id"] for one in await contacts(api, "id", phones=["0712000004"])] == [there]
    assert await stored_counts(api) == await true_counts(api)


async def test_existing_contacts_come_onto_the_lists_that_rows_name_if_wanted(api: Api) -> None:
    await api.make_list("Clients")
    await api.make_contact("0712000001")

    await import_content(api, "Phone,Lists\n0712000001,Clients\n", addExistingToList=True)

    assert names((await by_phone(api))["+254712000001"]["lists"]) == ["Clients"]
    assert await stored_counts(api) == await true_counts(api)


async def test_a_known_external_id_finds_the_contact_whose_number_changed(api: Api) -> None:
    for number, external_id in (("0712000001", "x1"), ("0712000002", "x2"), ("0712000003", None)):
        await api.make_contact(number, externalId=external_id, tags=["old"])
    content = (
        "Phone,External id,Name,Tags\n"
        "0712000011,x1,Moved,new\n"
        "0712000001,x2,Took over,\n"
        "0712000003,,By phone,\n"
        "0712000003,x3,Taken,\n"
        "0712000012,x4,New,\n"
    )
    matched = {"matchOn": "EXTERNAL_ID"}

    by_phone_alone = await import_content(api, content, ifExists="UPDATE", dryRun=True)
    skipping = await import_content(api, content, dryRun=True, **matched)
    refusing = await import_content(api, content, ifExists="ERROR", dryRun=True, **matched)
    rehearsed = await import_content(api, content, ifExists="UPDATE", dryRun=True, **matched)
    ended = await import_content(api, content, ifExists="UPDATE", **matched)

    assert [error[1] for error in errors(by_phone_alone)] == [
        "DUPLICATE_EXTERNAL_ID",
        "DUPLICATE_EXTERNAL_ID",
        "DUPLICATE_IN_FILE",
    ]
    assert skipping["summary"] == summary(total=5, imported=1, valid=1, skipped=4, rejected=1, created=1)
    assert [error[1] for error in errors(refusing)] == [
        "DUPLICATE_EXTERNAL_ID",
        "DUPLICATE_EXTERNAL_ID",
        "DUPLICATE_PHONE",
        "DUPLICATE_IN_FILE",
    ]
    assert ended["summary"] == rehearsed["summary"]
    assert ended["summary"] == summary(total=5, imported=4, valid=4, skipped=1, rejected=1, created=1, updated=3)
    found = await by_phone(api)
    assert {phone: (one["name"], one["externalId"], one["tags"]) for phone, one in found.items()} == {
        "+254712000011": ("Moved", "x1", ["new", "old"]),
        "+254712000001": ("Took over", "x2", ["old"]),
        "+254712000003": ("By phone", None, ["old"]),
        "+254712000012": ("New", "x4", []),
    }


async def test_a_number_of_another_contact_is_not_taken_over(api: Api) -> None:
    await api.make_contact("0712000001", externalId="x1")
    await api.make_contact("0712000002", externalId="x2")
    content = "Phone,External id\n0712000002,x1\n0712000001,new\n"

    ended = await import_content(api, content, ifExists="UPDATE", matchOn="EXTERNAL_ID")

    assert [error[:2] for error in errors(ended)] == [(2, "DUPLICATE_PHONE"), (3, "DUPLICATE_PHONE")]
    assert ended["summary"] == summary(total=2, skipped=2, rejected=2)


async def test_commas_separate_tags_where_no_cell_has_another_separator(api: Api) -> None:
    await import_content(api, 'Phone,Tags\n0712000001,"vip, nairobi, donor"\n0712000002,vip\n')
    await import_content(api, 'Phone,Tags\n0712000003,"Smith, family"\n0712000004,vip;donor\n')
    await import_content(api, 'Phone,Tags\n0712000005,"Smith, family;"\n')

    found = await by_phone(api)
    assert [one["tags"] for _, one in sorted(found.items())] == [
        ["donor", "nairobi", "vip"],
        ["vip"],
        ["Smith, family"],
        ["donor", "vip"],
        ["Smith, family"],
    ]


async def test_invisible_characters_and_spreadsheet_quotes_are_no_part_of_a_cell(api: Api) -> None:
    content = (
        "Phone,Name,External id,Tags,Company,custom:zip\n"
        '"=""0712000001""","=""Ann""","=""00042""","=""vip""","=""A """"B""""""","=""00100"""\n'
        "\u202a0712000002,\u202eevil\u200b,\ufeffA1\u200b,vip\u200b;\u2060,\u200b,\u200b100\u200b\n"
        "0712000003,\U0001f469\u200d\U0001f467 Ann \u2764\ufe0f,A1,,=SUM(1),\n"
    )

    ended = await import_content(api, content)

    assert errors(ended) == [(4, "DUPLICATE_EXTERNAL_ID", "External id", "A1", True)]
    found = {
        one.pop("phone"): one for one in await contacts(api, "phone name externalId tags companyName customVariables")
    }
    assert found == {
        "+254712000001": {
            "name": "Ann",
            "externalId": "00042",
            "tags": ["vip"],
            "companyName": 'A "B"',
            "customVariables": {"zip": "00100"},
        },
        "+254712000002": {
            "name": "evil",
            "externalId": "A1",
            "tags": ["vip"],
            "companyName": None,
            "customVariables": {"zip": "100"},
        },
    }
