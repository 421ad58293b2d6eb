"""Rules that hold for every module outside the tests."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
EXECUTING = {"exec", "eval", "compile", "__import__"}
RUNS_SQL = {"fetch", "fetch_one", "fetch_reserved", "execute"}
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


def _imports_models(tree: ast.Module) -> bool:
    return any(isinstance(node, ast.ImportFrom) and node.module == "models" for node in ast.walk(tree))


def _calls(tree: ast.Module) -> set[str]:
    """Returns the attributes that the module calls, such as `fetch`."""
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {call.attr for call in calls if isinstance(call, ast.Attribute)}


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _modules() -> Iterator[tuple[str, ast.Module]]:
    paths = [path.relative_to(ROOT) for path in ROOT.rglob("*.py")]
    ours = [path for path in paths if not path.parts[0].startswith(".") and path.parts[0] not in ("tests", "var")]
    assert len(ours) > 200
    for path in ours:
        yield path.as_posix(), ast.parse((ROOT / path).read_text(encoding="utf-8"))
