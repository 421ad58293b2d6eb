"""The fixture of all tests of commands."""

import pytest
from typer.testing import CliRunner

import muster
from tests.support.commands import Command


@pytest.fixture
def command(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Returns a function that runs a command on a migrated, empty database."""
    monkeypatch.setenv("MUSTER_DATABASE_URL", database_url)
    return lambda *arguments: CliRunner().invoke(muster.app, arguments)
