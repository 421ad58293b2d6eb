"""The documentation agrees with the code: links, settings, error codes and code samples."""

import base64
import json
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import fields
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
import typer
from graphql import NoUnusedFragmentsRule, is_abstract_type, parse, specified_rules, validate

import muster
from schema.errors import ErrorCode
from schema.root import schema
from services.consent.keyword_table import OPT_IN, OPT_OUT
from services.events.recording import EventKind
from services.imports.headers import FIELDS
from settings import PREFIX, Settings
from tests.docs.markdown import DOCS, ROOT, Block, anchors, blocks, coded, links, name_of, pages, prose, rows
from tests.support.servers import given
from web.http.errors import CODES
from web.http.graphql_errors import STATUSES
from web.webhooks.signatures import signature

SETTINGS = DOCS / "settings.md"
ERRORS = DOCS / "errors.md"
INDEX = DOCS / "README.md"
EVERY_PAGE = pytest.mark.parametrize("page", pages(), ids=name_of)
EVERY_PAGE_OF_DOCS = pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=name_of)

_RULES = [rule for rule in specified_rules if rule is not NoUnusedFragmentsRule]
_CODE = re.compile(r"""(?:code=|["']code["']: )["']([A-Z][A-Z_]+)["']""")


# ------------------------------------------------------------------ pages


@EVERY_PAGE
def test_every_relative_link_leads_to_a_file_and_to_one_of_its_headings(page: Path) -> None:
    broken = [target for target in links(page) if not _leads_somewhere(page, target)]

    assert broken == []


def _leads_somewhere(page: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    there = (page.parent / path).resolve() if path else page
    if not there.exists() or not there.is_relative_to(ROOT):
        return False
    return not anchor or (there.suffix == ".md" and anchor in anchors(there))


@EVERY_PAGE_OF_DOCS
def test_every_page_of_docs_starts_with_a_title_and_a_paragraph(page: Path) -> None:
    title, paragraph = prose(page).split("\n\n")[:2]

    assert re.fullmatch(r"# [A-Z].*", title)
    assert re.fullmatch(r"[A-Z][a-z].*\.", " ".join(paragraph.split()))


def test_the_index_links_every_page_of_docs() -> None:
    linked = {(DOCS / target.partition("#")[0]).resolve() for target in links(INDEX)}

    assert {page for page in pages() if page.is_relative_to(DOCS)} - linked == {INDEX}


# ------------------------------------------------------------------ facts


def documented_settings() -> dict[str, str]:
    """The names of the settings in the tables of the page, and their defaults."""
    return {name: cells[1] for cells in rows(SETTINGS) for name in coded(cells[0]) if name.startswith(PREFIX)}


def test_every_setting_is_documented() -> None:
    names = {PREFIX + each.name.upper() for each in fields(Settings)}

    assert names - documented_settings().keys() == set()


def test_every_documented_default_is_the_setting_s() -> None:
    documented = documented_settings()
    known = {name: each for each in fields(Settings) if (name := PREFIX + each.name.upper()) in documented}
    wrong = {
        name: documented[name]
        for name, each in known.items()
        if each.default not in (None, ()) and documented[name].strip("`").replace(",", "") != _written(each.default)
    }

    assert wrong == {}


def _written(default: Any) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, Enum):
        return str(default.value)
    return f"{default:g}" if isinstance(default, float) else str(default)


@EVERY_PAGE
def test_every_variable_that_a_page_names_exists(page: Path) -> None:
    known = {given.VARIABLE} | {PREFIX + each.name.upper() for each in fields(Settings)}
    for path in (ROOT / "compose.yaml", *(ROOT / "examples").glob("*.py")):
        known |= set(re.findall(r"MUSTER_[A-Z_]+", path.read_text(encoding="utf-8")))

    assert set(re.findall(r"MUSTER_[A-Z_]*[A-Z]", page.read_text(encoding="utf-8"))) - known == set()


def top_level_codes() -> dict[str, str]:
    """The codes of top-level errors as the page has them, each with its status."""
    return {code: cells[1] for cells in rows(ERRORS, under="HTTP statuses") for code in coded(cells[0])}


def test_every_top_level_error_code_is_documented() -> None:
    used = set(STATUSES) | set(CODES.values())
    for room in ("schema", "resolvers", "web"):
        for path in (ROOT / room).rglob("*.py"):
            used |= set(_CODE.findall(path.read_text(encoding="utf-8")))

    assert used - top_level_codes().keys() == set()


def test_every_documented_status_is_that_of_the_code() -> None:
    documented = top_level_codes()

    assert {code: documented.get(code) for code in STATUSES} == {code: str(status) for code, status in STATUSES.items()}


def test_every_error_code_of_a_payload_is_documented() -> None:
    documented = [code for cells in rows(ERRORS, under="Codes of payloads") for code in coded(cells[0])]

    assert documented == [code.name for code in ErrorCode]


def test_every_field_of_an_import_mapping_is_documented() -> None:
    found = {name for cells in rows(DOCS / "imports.md") for name in coded(cells[0])}

    assert set(FIELDS) - found == set()


def test_every_event_and_every_keyword_is_documented() -> None:
    events = {name for cells in rows(DOCS / "webhooks.md") for name in coded(cells[0])}
    text = (DOCS / "keywords.md").read_text(encoding="utf-8")
    words = {word.strip() for line in (*OPT_OUT, *OPT_IN) for word in line.split(",")}

    assert {kind.value for kind in EventKind} - events == set()
    assert {word for word in words if word not in text} == set()


def test_every_event_of_the_log_that_operators_watch_exists() -> None:
    watched = [event for cells in rows(DOCS / "operating.md", under="Monitoring") for event in coded(cells[0])]
    events = {event for event in watched if " " in event and not event.startswith("GET ")}
    code = [
        ROOT / "server.py",
        *(path for room in ("web", "services", "models") for path in (ROOT / room).rglob("*.py")),
    ]
    written = {event for path in code for event in re.findall(r'log\.\w+\(\s*"([^"]+)"', path.read_text("utf-8"))}

    assert len(events) > 5
    assert events - written == set()


@EVERY_PAGE
def test_every_command_that_a_page_names_exists(page: Path) -> None:
    commands: Any = typer.main.get_command(muster.app)
    named = set(re.findall(r"python -m muster ([a-z-]+)", page.read_text(encoding="utf-8")))

    assert named - commands.commands.keys() == set()


# ------------------------------------------------------------------ samples


def operations(page: Path) -> Iterator[tuple[int, str]]:
    """Yields the GraphQL documents of a page: blocks, those inside JavaScript, and those in JSON bodies."""
    for block in blocks(page):
        if block.language == "graphql" and not block.text.lstrip().startswith(("type ", "extend ")):
            yield block.line, block.text
        for text in re.findall(r"(?:gql|graphql)(?:`|\(`)([^`]*)`", block.text):
            yield block.line, text
        for body in bodies(block):
            if isinstance(body, dict) and isinstance(body.get("query"), str):
                yield block.line, body["query"]


def bodies(block: Block) -> Iterator[Any]:
    """Yields the JSON of a block: all of it, or what a shell command sends."""
    if block.language == "json":
        yield json.loads(block.text)
    elif block.language == "sh":
        for text in re.findall(r"(?:-d |--data |operations=)'?(\{.*?\})'", block.text, re.DOTALL):
            yield json.loads(text)


@EVERY_PAGE
def test_every_graphql_sample_is_valid(page: Path) -> None:
    wrong = [
        (line, error.message)
        for line, text in operations(page)
        for error in validate(schema._schema, parse(text), _RULES)
    ]

    assert wrong == []


@EVERY_PAGE
def test_every_json_sample_can_be_read(page: Path) -> None:
    for block in blocks(page, "json", "sh"):
        assert list(bodies(block)) is not None  # raises on the first that is not JSON


@EVERY_PAGE
def test_every_python_sample_compiles(page: Path) -> None:
    for block in blocks(page, "python"):
        compile(block.text, f"{name_of(page)}:{block.line}", "exec")


def test_the_possible_types_for_caches_are_those_of_the_schema() -> None:
    [documented] = [
        found for block in blocks(DOCS / "clients.md", "json") if "possibleTypes" in (found := json.loads(block.text))
    ]
    types = schema._schema
    abstract = [each for each in types.type_map.values() if is_abstract_type(each)]

    assert documented["possibleTypes"] == {
        each.name: sorted(of.name for of in types.get_possible_types(each)) for each in abstract
    }


def test_the_python_sample_of_webhooks_accepts_what_the_server_signs_and_nothing_else() -> None:
    sample: dict[str, Any] = {}
    exec(next(blocks(DOCS / "webhooks.md", "python")).text, sample)
    key, now, body = bytes(range(32)), int(time.time()), b'{"type": "job.finished"}'
    secret = "whsec_" + base64.b64encode(key).decode()
    signed = "v1,other " + signature(key, "evt_1", now, body)
    headers = {"webhook-id": "evt_1", "webhook-timestamp": str(now), "webhook-signature": signed}

    assert sample["is_genuine"](headers, body, secret)
    assert not sample["is_genuine"](headers, body + b" ", secret)
    assert not sample["is_genuine"]({**headers, "webhook-id": "evt_2"}, body, secret)
    assert not sample["is_genuine"]({**headers, "webhook-timestamp": str(now - 1000)}, body, secret)


@EVERY_PAGE
def test_every_shell_sample_is_shell(page: Path) -> None:
    for block in blocks(page, "sh"):
        told = subprocess.run(["bash", "-n"], input=block.text, capture_output=True, text=True, check=False)
        assert told.stderr == "", f"{name_of(page)}:{block.line}"
