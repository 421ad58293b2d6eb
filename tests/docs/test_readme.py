"""The README is short, and its commands print what it shows."""

import json
import os
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.docs.markdown import ROOT, Block, blocks
from tests.unit.commands.test_command_line import served

README = ROOT / "README.md"
TAB = ROOT / "examples" / "operations" / "04-create-contact.graphql"
_ID = re.compile(r"[a-z]{3}_[0-9a-z]{26}")


def calls() -> Iterator[tuple[Block, Any]]:
    """Yields the shell blocks that call the server, each with the answer that the next block shows."""
    found = list(blocks(README))
    for command, answer in pairwise(found):
        if command.text.startswith("curl "):
            assert answer.language == "json", f"line {command.line} shows no answer"
            yield command, json.loads(answer.text)


def test_the_readme_has_at_most_150_lines() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 150


@pytest.mark.skipif(shutil.which("curl") is None, reason="the commands need curl")
def test_every_command_prints_the_answer_that_the_readme_shows_and_leaves_the_tabs_of_graphiql_working(
    tmp_path: Path,
) -> None:
    with served(tmp_path / "demo.db", "demo-serve") as (port, process):
        assert process.stdout is not None
        _, _, token = (process.stdout.readline().strip() for _ in range(3))
        shown, printed = [], []
        for command, answer in calls():
            shown.append(without_ids(answer))
            printed.append(without_ids(printed_by(command.text, port=port, token=token)))
        created = printed_by(tab(), port=port, token=token)

    assert len(shown) >= 4
    assert printed == shown
    assert created["data"]["createContact"]["errors"] == []


def printed_by(command: str, *, port: int, token: str) -> Any:
    done = subprocess.run(
        ["bash", "-ec", command.replace(":8000/", f":{port}/")],
        cwd=ROOT,
        env=os.environ | {"TOKEN": token},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout)


def tab() -> str:
    """A command that runs GraphiQL's tab which creates a contact."""
    variables = json.loads(TAB.with_suffix(".json").read_text(encoding="utf-8"))
    body = json.dumps({"query": TAB.read_text(encoding="utf-8"), "variables": variables})
    headers = "-H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json'"
    return f"curl -s http://127.0.0.1:8000/graphql {headers} -d {shlex.quote(body)}"


def without_ids(value: Any) -> Any:
    """The value with each id replaced: ids differ from database to database."""
    return json.loads(_ID.sub("id", json.dumps(value)))


def test_the_changelog_has_a_heading_for_the_present_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

    assert f"\n## {version}\n" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
