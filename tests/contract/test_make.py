"""The Makefile installs what running needs for running, and the extras of development for all other targets."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")


@pytest.mark.parametrize("target", ["setup", "run", "pages"])
def test_what_running_takes_installs_no_extras(target: str) -> None:
    commands = _commands(target)

    assert "pip install --disable-pip-version-check -e . " in commands
    assert "[dev]" not in commands


@pytest.mark.parametrize("target", ["test", "faults", "clients", "check", "format", "schema", "bench"])
def test_work_on_the_code_installs_the_extras(target: str) -> None:
    assert "pip install --disable-pip-version-check -e '.[dev]'" in _commands(target)


def test_pip_shows_its_progress() -> None:
    assert "quiet" not in "".join(line for line in _commands("test").splitlines() if "pip install" in line)


def _commands(target: str) -> str:
    """Returns what `make` would run in a fresh clone."""
    command = ["make", "--dry-run", "--always-make", "VENV=.no-such-venv", target]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
