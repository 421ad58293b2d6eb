"""`python -m muster import` does what importContacts does, on the terminal."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import muster
from tests.imports import EXPORTS


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
    assert "MISSING_CONTACT" in taken.stderr
    assert counts(again) == expected | {"imported": 0, "valid": 0, "created": 0, "skipped": 94}


def test_a_file_that_cant_be_read_is_one_line_on_standard_error(account: str, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("Name,Age\nAmina,33\n")

    unreadable = command("import", str(file), "--account", account)
    missing = command("import", str(tmp_path / "none.csv"), "--account", account)
    wrong = command("import", str(file), "--account", account, "--map", "Age")
    field = command("import", str(file), "--account", account, "--map", "Age=age")

    assert (unreadable.exit_code, unreadable.stdout) == (1, "")
    assert unreadable.stderr.endswith(
        "muster: No column is known to hold phone numbers. The columns are: Name, Age. Name the one that does in "
        "mapping.\n"
    )
    assert (missing.exit_code, wrong.exit_code, field.exit_code) == (2, 2, 1)
    assert "'Age' is not HEADER=FIELD" in wrong.stderr
    assert "mapping.0.field: 'age' is not a field" in field.stderr
