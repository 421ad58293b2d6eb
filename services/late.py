"""Modules that few servers need and that cost each process memory: loaded when something of theirs is first used.

if TYPE_CHECKING:
    import xlsxwriter
else:
    xlsxwriter = Late("xlsxwriter")
"""

from importlib import import_module
from typing import Any


class Late:
    """Stands for a module. Any thread may be the first to use it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(self._name), attribute)
