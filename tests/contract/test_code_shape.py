"""The limits of files and functions, and of state outside an application."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("bench", "commands", "examples", "models", "resolvers", "schema", "services", "web")
MAX_FILE_LINES = 450
MAX_FUNCTION_LINES = 60


def modules() -> Iterator[tuple[Path, str]]:
    """Yields each module outside the tests, with its text."""
    for path in (*ROOT.glob("*.py"), *(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))):
        yield path.relative_to(ROOT), path.read_text()


def test_files_and_functions_are_short_and_no_module_changes_a_global() -> None:
    long_files, long_functions, changed_globals = [], [], []
    for path, text in modules():
        if len(text.splitlines()) > MAX_FILE_LINES:
            long_files.append(str(path))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Global):
                changed_globals.append(f"{path}:{node.lineno}")
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                if node.end_lineno - node.lineno >= MAX_FUNCTION_LINES:
                    long_functions.append(f"{path}:{node.name}")

    assert (long_files, long_functions, changed_globals) == ([], [], [])
