"""importContacts: new rows, existing contacts, and unreadable rows."""

import csv
import io
from typing import Any

from tests.support.api_client import MONDAY, Api
from tests.support.imports import enqueue_import, import_content, summary
from tests.support.mutations import contacts, list_counts, purge, refusal, tag_counts, trash
from tests.support.rows import insert, make_message
from tests.support.snapshot import stored_counts, stored_rows, true_counts


async def test_a_small_file_comes_in(api: Api) -> None:
    ended = await import_content(
        api,
        "First name;Nom;Mobile;Email;Tags;Notes;Age\n"
        "Amina;Otieno;0712 345 678;amina@example.com;vip;Met at the fair;33\n"
        "Brian;;+254 712 345 679;not an email;a|b;;\n"
        "Chidi;;12;;;;\n"
        ";;;;;;\n"
        "Double;;254712345678;;;;\n"
        "Nobody;;;;;;\n"
        "Unknown;;+254990000000;;;;\n",
    )

    id = ended.pop("id")
    assert ended == {
        "status": "COMPLETED",
        "rowCount": 6,
        "doneRowCount": 6,
        "isDryRun": False,
        "fileName": "people.csv",
        "summary": summary(total=6, imported=3, valid=2, invalid=1, skipped=3, rejected=3, created=3),
        "error": None,
        "rowErrors": {"nodes": []},
    } | {"rowErrors": ended["rowErrors"]}
    assert [(e["line"], e["code"], e["column"], e["value"], e["isRejected"]) for e in ended["rowErrors"]["nodes"]] == [
        (3, "INVALID_EMAIL", "Email", "not an email", False),
        (4, "INVALID_PHONE_NUMBER", "Mobile", "12", True),
        (6, "DUPLICATE_IN_FILE", "Mobile", "254712345678", True),
        (7, "MISSING_CONTACT", "Mobile", None, True),
        (8, "UNKNOWN_NETWORK", "Mobile", "+254990000000", False),
    ]
    found = await contacts(api, "phone firstName lastName email tags notes status owner { name }")
    assert found[0] == {
        "phone": "+254712345678",
        "firstName": "Amina",
        "lastName": "Otieno",
        "email": "amina@example.com",
        "tags": ["vip"],
        "notes": "Met at the fair",
        "status": "VALID",
        "owner": {"name": "Ada"},
    }
    assert [(one["phone"], one["tags"], one["status"]) for one in found[1:]] == [
        ("+254712345679", ["a", "b"], "VALID"),
        ("+254990000000", [], "INVALID"),
    ]
    assert await tag_counts(api) == {"a": 1, "b": 1, "vip": 1}
    assert len(await contacts(api, "id", importedByJobId=id)) == 3


async def known(api: Api) -> str:
    """Creates a list, and the contact Amina before the import. Returns the list's id."""
    clients = await api.make_list("Clients")
    await api.make_contact(
        "0712345678", firstName="Amina", email="a@example.com", tags=["old"], customVariables={"Age": "33"}
    )
    return clients


FILE = "Phone,First name,Email,Tags,custom:Town\n0712345678,Fatou,,new,Thika\n0712345679,Brian,b@example.com,new,\n"
SHOWN = "phone firstName email tags customVariables lists { name } owner { name }"
BRIAN = {
    "phone": "+254712345679",
    "firstName": "Brian",
    "email": "b@example.com",
    "tags": ["new"],
    "customVariables": {},
    "lists": [{"name": "Clients"}],
    "owner": {"name": "Bob"},
}
AMINA = {
    "phone": "+254712345678",
    "firstName": "Amina",
    "email": "a@example.com",
    "tags": ["old"],
    "customVariables": {"Age": "33"},
    "lists": [],
    "owner": {"name": "Ada"},
}


async def test_with_skip_a_contact_that_was_there_stays_as_it_is(api: Api) -> None:
    clients = await known(api)
    _, bob = await api.make_user("Bob")

    ended = await import_content(bob, FILE, listId=clients)

    assert ended["summary"] == summary(total=2, imported=1, valid=1, skipped=1, created=1, addedToList=1)
    assert ended["rowErrors"]["nodes"] == []
    assert await contacts(api, SHOWN) == [AMINA, BRIAN]
    assert await stored_counts(api) == await true_counts(api)


async def test_with_skip_a_contact_that_was_there_can_come_onto_the_list(api: Api) -> None:
    clients = await known(api)
    _, bob = await api.make_user("Bob")

    ended = await import_content(bob, FILE, listId=clients, addExistingToList=True)

    assert ended["summary"] == summary(total=2, imported=1, valid=1, skipped=1, created=1, addedToList=2)
    assert await contacts(api, SHOWN) == [AMINA | {"lists": [{"name": "Clients"}]}, BRIAN]
    assert await list_counts(api) == {"Clients": 2}


async def test_with_update_the_file_adds_and_changes_and_empties_nothing(api: Api) -> None:
    clients = await known(api)
    _, bob = await api.make_user("Bob")

    ended = await import_content(bob, FILE, listId=clients, ifExists="UPDATE", addExistingToList=True, tags=["fair"])

    assert ended["summary"] == summary(total=2, imported=2, valid=2, created=1, updated=1, addedToList=2)
    changed = {
        "firstName": "Fatou",
        "tags": ["fair", "new", "old"],
        "customVariables": {"Age": "33", "Town": "Thika"},
        "lists": [{"name": "Clients"}],
    }
    assert await contacts(api, SHOWN) == [AMINA | changed, BRIAN | {"tags": ["fair", "new"]}]
    assert await stored_counts(api) == await true_counts(api)


async def test_with_error_a_contact_that_was_there_rejects_its_row(api: Api) -> None:
    await known(api)

    ended = await import_content(api, FILE, ifExists="ERROR")

    assert ended["summary"] == summary(total=2, imported=1, valid=1, skipped=1, rejected=1, created=1)
    assert ended["rowErrors"]["nodes"] == [
        {
            "line": 2,
            "code": "DUPLICATE_PHONE",
            "column": "Phone",
            "value": "0712345678",
            "message": "Another contact has this number.",
            "suggestion": None,
            "isRejected": True,
        }
    ]
    assert (await contacts(api, SHOWN))[0] == AMINA


async def test_a_number_in_the_trash_makes_a_new_contact(api: Api) -> None:
    old = await api.make_contact("0712345678")
    await trash(api, [old])

    ended = await import_content(api, FILE, ifExists="UPDATE")

    assert ended["summary"]["created"] == 2
    assert old not in [one["id"] for one in await contacts(api, "id")]
    assert len(await contacts(api, "id", state="ANY")) == 3


async def test_a_new_contact_is_as_one_that_was_made_by_hand(api: Api) -> None:
    shown = (
        "phone firstName lastName name email companyName notes tags customVariables externalId senderNumber "
        "status invalidReason operator { name country } country timeZones isOptedOut owner { name } ownedAt createdAt "
        "updatedAt lastInboundAt lastOutboundAt"
    )
    given = {
        "phone": "0712345678",
        "firstName": " Zo\u00eb ",
        "lastName": "O'Neill",
        "email": "Info@Example.com",
        "companyName": 'Ash "n" \\ Co',
        "notes": "two\nlines\tand \\N",
        "tags": ["b\\", 'a"b', "{c}"],
        "customVariables": {"T\u00f6wn": "x\ny", "b": '"'},
        "externalId": "x-1",
        "senderNumber": "0700000001",
    }
    history = {"account_id": api.account_id, "phone": "+254712345678", "last_inbound_at": MONDAY}
    await make_message(api, "+254712345678", direction="INBOUND", status="RECEIVED")
    await insert("phone_history", **history)
    by_hand = await api.make_contact(**given)  # type: ignore[arg-type]
    [expected] = await contacts(api, shown)
    await purge(api, [by_hand])
    await insert("phone_history", **history)  # a purge deletes it
    written = io.StringIO(newline="")
    header = (
        "phone first_name last_name email company_name notes tags external_id sender_number custom:T\u00f6wn custom:b"
    )
    csv.writer(written).writerows(
        [
            header.split(),
            [
                "0712345678", " Zo\u00eb ", "O'Neill", "Info@Example.com", 'Ash "n" \\ Co', "two\nlines\tand \\N",
                'b\\;a"b;{c}', "x-1", "0700000001", "x\ny", '"',
            ],
        ]
    )  # fmt: skip

    ended = await import_content(api, written.getvalue())

    assert ended["rowErrors"]["nodes"] == []
    assert await contacts(api, shown) == [expected]
    assert [one["phone"] for one in await contacts(api, "phone", search="neill")] == ["+254712345678"]


async def test_what_a_cell_cant_hold_is_left_out_and_told(api: Api) -> None:
    ended = await import_content(
        api,
        f"Phone,First name,Tags,Notes\n0712345678,{'x' * 201},a;{'t' * 65};b,\x07\n0712345679,a,b,c,d,e\n",
    )

    assert ended["summary"] == summary(total=2, imported=2, valid=2, created=2)
    assert [(one["line"], one["code"], one["column"], one["isRejected"]) for one in ended["rowErrors"]["nodes"]] == [
        (2, "TOO_LONG", "First name", False),
        (2, "INVALID", "Notes", False),
        (2, "TOO_LONG", "Tags", False),
        (3, "UNREADABLE", None, False),
    ]
    assert await contacts(api, "firstName tags notes") == [
        {"firstName": None, "tags": ["a", "b"], "notes": None},
        {"firstName": "a", "tags": ["b"], "notes": "c"},
    ]


async def test_a_column_is_what_the_mapping_says(api: Api) -> None:
    content = "Contact,Cell,Age,Notes\nAmina,0712345678,33,secret\n"
    mapping = [
        {"header": "contact", "field": "first_name"},
        {"header": "Age", "field": "custom:How old"},
        {"header": "Notes", "field": "ignore"},
    ]

    ended = await import_content(
        api, content, mapping=mapping, selected="columns { header field sample } error { message }"
    )

    assert ended == {
        "columns": [
            {"header": "Contact", "field": "first_name", "sample": ["Amina"]},
            {"header": "Cell", "field": "phone", "sample": ["0712345678"]},
            {"header": "Age", "field": "custom:How old", "sample": ["33"]},
            {"header": "Notes", "field": None, "sample": ["secret"]},
        ],
        "error": None,
    }
    assert await contacts(api, "firstName customVariables notes") == [
        {"firstName": "Amina", "customVariables": {"How old": "33"}, "notes": None}
    ]


async def test_the_first_phone_column_that_is_not_blank_counts(api: Api) -> None:
    content = (
        "Home Phone,Phone,Mobile,Business Fax\n0712000001,0712000002,0712000003,1\n0712000004,,,1\n,0712000005,,1\n"
    )

    await import_content(api, content)

    assert [one["phone"] for one in await contacts(api, "phone")] == ["+254712000003", "+254712000004", "+254712000005"]


async def test_a_file_that_cant_be_read_fails_its_job_and_writes_nothing(api: Api) -> None:
    cases: list[tuple[str, dict[str, Any], str, str, list[str]]] = [
        (
            "Name,Age\nAmina,33\n",
            {},
            "FILE_UNREADABLE",
            "No column is recognized as phone numbers. The columns are: Name, Age. "
            "Name the column with phone numbers in mapping.",
            ["input", "file"],
        ),
        (
            "Phone,Age\n0712345678,33\n",
            {"mapping": [{"header": "Town", "field": "notes"}]},
            "NOT_FOUND",
            "The file has no column 'Town'. The columns are: Phone, Age.",
            ["input", "mapping", "0", "header"],
        ),
        ("", {}, "FILE_UNREADABLE", "The file is empty.", ["input", "file"]),
        (
            "Phone,Age\n0712345678,33\n",
            {"sheet": "Clients"},
            "FILE_UNREADABLE",
            "This file is not an XLSX file and has no sheets. Omit sheet.",
            ["input", "sheet"],
        ),
    ]
    for content, options, code, message, path in cases:
        ended = await import_content(api, content, **options)

        assert (ended["status"], ended["error"]) == ("FAILED", {"code": code, "message": message, "path": path})
        assert await contacts(api, "id", state="ANY") == []


async def test_a_file_without_a_phone_column_shows_what_its_columns_are(api: Api) -> None:
    ended = await import_content(
        api, "Name,Reach at\nAmina,0712345678\n", selected="status columns { header field sample }"
    )

    assert ended == {
        "status": "FAILED",
        "columns": [
            {"header": "Name", "field": "name", "sample": ["Amina"]},
            {"header": "Reach at", "field": None, "sample": ["0712345678"]},
        ],
    }


async def test_what_is_wrong_with_the_request_makes_no_job(api: Api) -> None:
    before = await stored_rows(api)

    payload = await enqueue_import(
        api,
        FILE,
        mapping=[{"header": "Phone", "field": "fax"}, {"header": "Age", "field": "custom: "}],
        region="QQ",
        tags=["a;b"],
    )
    unknown = await enqueue_import(api, FILE, listId="lst_01jd8vq0c5fj2v7wq1x3ynm8za")
    long = await enqueue_import(api, FILE, waitSeconds=31)

    assert [(one["code"], one["path"]) for one in payload["errors"]] == [
        ("INVALID", ["input", "mapping", "0", "field"]),
        ("INVALID", ["input", "mapping", "1", "field"]),
        ("INVALID", ["input", "region"]),
        ("INVALID", ["input", "tags", "0"]),
    ]
    assert unknown == {"job": None, "errors": [refusal("NOT_FOUND", "There is no such list.", "listId")]}
    assert long == {"job": None, "errors": [refusal("INVALID", "waitSeconds must be 0 to 30, not 31.", "waitSeconds")]}
    assert await stored_rows(api) == before


async def test_a_mapping_that_contradicts_itself_makes_no_job(api: Api) -> None:
    before = await stored_rows(api)

    def mapped(*pairs: tuple[str, str]) -> list[dict[str, str]]:
        return [{"header": header, "field": field} for header, field in pairs]

    twice = await enqueue_import(
        api, FILE, mapping=mapped(("First name", "name"), ("Email", "ignore"), (" First name", "notes"))
    )
    both = await enqueue_import(
        api, FILE, mapping=mapped(("Phone", "phone"), ("First name", "custom:Town"), ("Email", "custom: Town "))
    )

    message = "The mapping already has a header for custom:Town; only one is allowed. Map this header to ignore."
    assert twice["errors"] == [
        refusal("INVALID", "The mapping names this header twice. Map it once.", "mapping", "2", "header")
    ]
    assert both["errors"] == [refusal("INVALID", message, "mapping", "2", "field")]
    assert await stored_rows(api) == before


async def test_a_mapping_that_names_one_column_in_two_ways_fails_the_job(api: Api) -> None:
    ended = await import_content(
        api,
        FILE,
        mapping=[{"header": "first name", "field": "name"}, {"header": "FIRST NAME", "field": "ignore"}],
        selected="status error { code message path }",
    )

    message = "The mapping names the column 'First name' twice. Map it once."
    error = {"code": "INVALID", "message": message, "path": ["input", "mapping", "1", "header"]}
    assert ended == {"status": "FAILED", "error": error}
    assert await contacts(api, "id") == []


async def test_several_columns_may_be_phones_emails_or_tags(api: Api) -> None:
    fields = {"Home": "phone", "Work": "phone", "A": "email", "B": "email", "C": "tags", "D": "tags"}

    await import_content(
        api,
        "Home,Work,A,B,C,D\n,0712345678,,b@example.com,x,y\n",
        mapping=[{"header": header, "field": field} for header, field in fields.items()],
    )

    [found] = await contacts(api, "phone email tags")
    assert found == {"phone": "+254712345678", "email": "b@example.com", "tags": ["x", "y"]}


async def test_a_header_without_a_letter_is_not_another_one(api: Api) -> None:
    ended = await import_content(
        api, "Phone,\n0712345678,x\n", mapping=[{"header": "#", "field": "notes"}], selected="error { code message }"
    )

    assert ended["error"] == {
        "code": "NOT_FOUND",
        "message": "The file has no column '#'. The columns are: Phone, (blank).",
    }
