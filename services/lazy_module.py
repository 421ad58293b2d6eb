"""Lazy imports of large libraries for features that many servers do not use.

if TYPE_CHECKING:
    import xlsxwriter
else:
    xlsxwriter = Late("xlsxwriter")
"""

from importlib import import_module
from typing import Any


class LazyModule:
    """Proxy that imports the module on first attribute access. Thread-safe."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(self._name), attribute)
