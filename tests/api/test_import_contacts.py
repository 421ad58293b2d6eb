"""A file of contacts is taken in: what is new, what was there already, and what can't be read."""

from tests.api.mutations import contacts, tag_counts
from tests.api_client import Api
from tests.imports import imported, summary


async def test_a_small_file_comes_in(api: Api) -> None:
    ended = await imported(
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
