"""Rules for every module outside the tests."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from services.contacts.table import SIMPLE_COLUMNS
from tests.support.change_watch import TABLES

ROOT = Path(__file__).parent.parent.parent
EXECUTING = {"exec", "eval", "compile", "__import__"}
RUNS_SQL = {"fetch", "fetch_one", "fetch_reserved", "execute"}
CHANGES_CONTACTS = re.compile(r"UPDATE contact\b|(INSERT INTO|DELETE FROM) contact_assignee\b")
LEAVES_VERSION = {
    # changes no value that updateContact can set
    "_set_verified",
    "_set_deleted",
    "change_number",
    "update_contacts",
    "_checked",
    # another statement of the transaction raises it
    "release_external_ids",
    "assign",
    "unassign",
    "unassign_others",
    "_set_owner",
    # the transaction made the contacts
    "set_owners",
}
"""The functions that change contacts, or their assignees, without their version."""
RECORDS_CHANGES = {"note_changed", "note_opt_outs", "noting", "_note", "_noted", "_by_list"}
CALLER_RECORDS = {"_insert", "_insertion", "_assignment"}
"""The functions that write a tracked table whose ids only their callers know."""
TRACKED_MODEL = re.compile(
    r"(User|ContactList|Campaign|CampaignList)\.(create\(|filter\(.*\)\.(update|delete)\()", re.DOTALL
)
WRITES_INSTANCES = {"save", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}


def test_only_the_module_of_row_loops_executes_code() -> None:
    found = {
        path
        for path, tree in _modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id in EXECUTING
    }

    assert found == {"schema/execution/plan/codegen.py"}


def test_no_module_replaces_loaded_modules() -> None:
    found = {
        path
        for path, tree in _modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "modules" and _is_name(node.value, "sys")
    }

    assert found == set()


def test_no_module_reads_the_files_of_a_library() -> None:
    found = {
        path
        for path, tree in _modules()
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and node.attr == "__file__")
        or (isinstance(node, ast.Import) and {"inspect", "linecache"} & {alias.name for alias in node.names})
    }

    assert found == set()


def test_a_module_of_services_uses_models_or_sql_text() -> None:
    ours = [(path, tree) for path, tree in _modules() if path.startswith(("services/", "commands/"))]
    of_models = {path for path, tree in ours if _imports_models(tree)}
    of_sql = {path for path, tree in ours if _calls(tree) & RUNS_SQL}

    assert len(of_models) >= 10
    assert len(of_sql) >= 10
    assert of_models & of_sql == set()


def test_no_module_writes_the_instance_of_a_model() -> None:
    """Tortoise finds the row of an instance by its id, without the account."""
    found = {path for path, tree in _modules() if _imports_models(tree) and _calls(tree) & WRITES_INSTANCES}

    assert found == set()


def test_every_statement_that_changes_a_contact_raises_its_version() -> None:
    texts = [
        (function.name, _text(node))
        for path, tree in _modules()
        if path.startswith(("services/", "resolvers/", "commands/"))
        for function in ast.walk(tree)
        if isinstance(function, ast.AsyncFunctionDef | ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.JoinedStr | ast.Constant)
    ]

    changing = {(name, "version + 1" in text) for name, text in texts if CHANGES_CONTACTS.search(text)}
    assert {name for name, raises in changing if not raises} == LEAVES_VERSION | {"_assignment", "update"}
    assert {name for name, raises in changing if raises} == {"tag", "touch"}
    assert "version" in SIMPLE_COLUMNS  # `_assignment` and `update` write all columns


def test_every_function_that_changes_a_tracked_table_records_the_change() -> None:
    writes = re.compile(rf"(?:INSERT INTO|UPDATE|DELETE FROM) (?:{'|'.join(TABLES)})\b")
    forgetful = set()
    for path, tree in _modules():
        if not path.startswith(("services/", "resolvers/", "commands/")):
            continue
        for function in ast.walk(tree):
            if not isinstance(function, ast.AsyncFunctionDef | ast.FunctionDef):
                continue
            texts = [_text(node) for node in ast.walk(function) if isinstance(node, ast.JoinedStr | ast.Constant)]
            is_writing = any(map(writes.search, texts)) or any(map(_writes_tracked_model, ast.walk(function)))
            if is_writing and not RECORDS_CHANGES & {*_calls(function), *_called_names(function)}:
                forgetful.add(function.name)

    assert forgetful == CALLER_RECORDS


def _writes_tracked_model(node: ast.AST) -> bool:
    """Returns whether the node is `Model.create(…)`, or `Model.filter(…).update(…)` or `.delete()`."""
    text = ast.unparse(node) if isinstance(node, ast.Call) else ""
    return bool(TRACKED_MODEL.match(text))


def _text(node: ast.JoinedStr | ast.Constant) -> str:
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return "".join(part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str))


def _imports_models(tree: ast.Module) -> bool:
    return any(isinstance(node, ast.ImportFrom) and node.module == "models" for node in ast.walk(tree))


def _calls(tree: ast.AST) -> set[str]:
    """Returns the attributes that the module calls, such as `fetch`."""
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {call.attr for call in calls if isinstance(call, ast.Attribute)}


def _called_names(tree: ast.AST) -> set[str]:
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {call.id for call in calls if isinstance(call, ast.Name)}


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _modules() -> Iterator[tuple[str, ast.Module]]:
    paths = [path.relative_to(ROOT) for path in ROOT.rglob("*.py")]
    ours = [path for path in paths if not path.parts[0].startswith(".") and path.parts[0] not in ("tests", "var")]
    assert len(ours) > 200
    for path in ours:
        yield path.as_posix(), ast.parse((ROOT / path).read_text(encoding="utf-8"))
