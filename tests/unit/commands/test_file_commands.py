"""`python -m muster import` and `export` do the same as importContacts and exportContacts, on the terminal."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import muster
from models.db import database
from schema.ids import IdPrefix, decode_as, encode
from services.lists import management
from tests.support.imports import EXPORTS


@pytest.fixture
def account(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("MUSTER_DATABASE_URL", database_url)
    return command("account", "create", "--name", "Acme", "--region", "KE").stdout.strip()


def command(*arguments: str) -> Result:
    return CliRunner().invoke(muster.app, arguments)


def counts(result: Result) -> dict[str, int]:
    assert result.exit_code == 0, result.output
    return {name: int(count) for name, count in (line.split("\t") for line in result.stdout.splitlines())}


def test_a_file_comes_in_and_its_counts_are_printed(account: str) -> None:
    file = str(EXPORTS / "semalink_mixed.csv")

    rehearsed = command("import", file, "--account", account, "--dry-run")
    taken = command("import", file, "--account", account, "--tag", "fair")
    again = command("import", file, "--account", account)

    expected = {
        "total": 94,
        "imported": 82,
        "valid": 82,
        "invalid": 0,
        "skipped": 12,
        "rejected": 12,
        "created": 82,
        "updated": 0,
        "opted out": 0,
        "added to list": 0,
    }
    assert counts(rehearsed) == counts(taken) == expected
    assert "Nothing was written: this was a dry run." in rehearsed.stderr
    assert (
        "line 39, phone: INVALID_PHONE_NUMBER: A spreadsheet shortened the number to scientific notation"
        in taken.stderr
    )
    assert "its last digits are lost. Format the column as text and export it again.\n" in taken.stderr
    assert counts(again) == expected | {"imported": 0, "valid": 0, "created": 0, "skipped": 94}


def test_a_file_that_cant_be_read_is_one_line_on_standard_error(account: str, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("Name,Age\nAmina,33\n")

    unreadable = command("import", str(file), "--account", account)
    missing = command("import", str(tmp_path / "none.csv"), "--account", account)
    wrong = command("import", str(file), "--account", account, "--map", "Age")
    field = command("import", str(file), "--account", account, "--map", "Age=age")
    sheet = command("import", str(file), "--account", account, "--map", "Age=phone", "--sheet", "People")

    assert (unreadable.exit_code, unreadable.stdout) == (1, "")
    assert unreadable.stderr.splitlines()[0].startswith("warning: Age: COLUMN_LEFT_OUT: No field takes this column")
    assert "2 Age - 33" in " ".join(unreadable.stderr.split())
    assert unreadable.stderr.endswith(
        "muster: No column is recognized as phone numbers. The columns are: Name, Age. Name the column with phone "
        "numbers in mapping.\n"
    )
    assert (missing.exit_code, wrong.exit_code, field.exit_code) == (2, 2, 1)
    assert "'Age' is not HEADER=FIELD" in wrong.stderr
    assert "mapping.0.field: 'age' is not a field" in field.stderr
    assert (sheet.exit_code, sheet.stdout) == (1, "")
    assert sheet.stderr == "muster: This file is not an XLSX file and has no sheets. Omit sheet.\n"


def test_an_option_that_says_nothing_as_it_is_given_is_refused(account: str, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("Phone\n0712345678\n")

    without = command("import", str(file), "--account", account, "--add-existing-to-list")
    no_list = command("import", str(file), "--account", account, "--list", "")
    nobody = command("import", str(file), "--account", account, "--user", "")
    everything = command("export", str(tmp_path / "all.csv"), "--account", account, "--list", "")

    assert (without.exit_code, without.output) == (2, "muster: --add-existing-to-list needs --list\n")
    assert (no_list.exit_code, no_list.output) == (2, "muster: '' is not an id.\n")
    assert (nobody.exit_code, nobody.output) == (1, "muster: the account has no user ''\n")
    assert (everything.exit_code, everything.output) == (2, "muster: '' is not an id.\n")
    assert list(tmp_path.glob("all*")) == []
    assert counts(command("import", str(file), "--account", account))["created"] == 1


async def make_lists(database_url: str, account: str) -> list[str]:
    await database.connect(database_url)
    try:
        account_id = decode_as(IdPrefix.ACCOUNT, account)
        return [
            encode(
                IdPrefix.CONTACT_LIST,
                await management.create(
                    account_id=account_id, list_name=name, list_description=None, now=datetime.now(UTC)
                ),
            )
            for name in ("Clients", "Others")
        ]
    finally:
        await database.disconnect()


def test_warnings_come_first_and_existing_contacts_come_onto_the_list(
    account: str, database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "people.csv"
    file.write_text("Phone,Town\n0712345678,Nairobi\n0712345679,\n12,\n")
    clients = asyncio.run(make_lists(database_url, account))
    command("import", str(file), "--account", account)

    left = command("import", str(file), "--account", account, "--list", clients[0], "--no-add-existing")
    added = command("import", str(file), "--account", account, "--list", clients[1])
    mapped = command("import", str(file), "--account", account, "--map", "Town=custom:Town", "--dry-run")

    assert [line.split(": ")[:2] for line in left.stderr.splitlines()[:4]] == [
        ["warning", "Town"],
        ["warning", "EXISTING_SKIPPED"],
        ["warning", "EXISTING_NOT_ADDED_TO_LIST"],
        ["line 4, Phone", "INVALID_PHONE_NUMBER"],
    ]
    assert left.stderr.splitlines()[1].endswith("(2 rows, from line 2)")
    assert (counts(left)["added to list"], counts(added)["added to list"]) == (0, 2)
    assert "EXISTING_NOT_ADDED_TO_LIST" not in added.stderr
    assert "COLUMN_LEFT_OUT" not in mapped.stderr
    assert "2 Town custom:Town Nairobi" in " ".join(mapped.stderr.split())


def test_contacts_are_written_to_a_file_that_takes_them_in_again_unchanged(account: str, tmp_path: Path) -> None:
    command("import", str(EXPORTS / "google_2024.csv"), "--account", account, "--tag", "fair")
    first, second = tmp_path / "contacts.csv", tmp_path / "again.csv"

    written = command("export", str(first), "--account", account)
    again = command("import", str(first), "--account", account, "--if-exists", "update")
    command("export", str(second), "--account", account)
    sheet = command("export", str(tmp_path / "contacts.xlsx"), "--account", account)

    assert written.exit_code == sheet.exit_code == 0, written.output
    assert first.read_text().count("+") >= 120
    assert (counts(again)["created"], counts(again)["rejected"]) == (0, 0)
    assert second.read_bytes() == first.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir() if "contacts" in path.name) == [
        "contacts.csv",
        "contacts.xlsx",
    ]


def test_what_can_not_be_exported_is_one_line_on_standard_error(account: str, tmp_path: Path) -> None:
    nobody = "lst_01jd8vq0c5fj2v7wq1x3ynm8za"

    wrong = command("export", str(tmp_path / "contacts.pdf"), "--account", account)
    gone = command("export", str(tmp_path / "contacts.csv"), "--account", account, "--list", nobody)
    nowhere = command("export", str(tmp_path / "none" / "contacts.csv"), "--account", account)

    assert (wrong.exit_code, wrong.stderr) == (2, "muster: 'contacts.pdf' must end in .csv, .xlsx or .json\n")
    assert (gone.exit_code, gone.stderr) == (1, "muster: listId: There is no such list.\n")
    assert (nowhere.exit_code, nowhere.stdout) == (1, "")
    assert nowhere.stderr == f"muster: '{tmp_path}/none/contacts.csv' can't be written: No such file or directory\n"
    assert list(tmp_path.glob("contacts*")) == []
