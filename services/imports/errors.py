"""Exceptions for files that cannot be imported."""

from typing import NamedTuple

from services.refusal import Code


class Sheet(NamedTuple):
    """A sheet of a workbook."""

    name: str
    is_hidden: bool


class FileUnreadable(Exception):
    """The file cannot be imported, and nothing of it was imported. The message is written for the client.

    `sheets` are the sheets of a workbook, so that the client can choose another one.
    """

    def __init__(
        self,
        message: str,
        code: Code = Code.FILE_UNREADABLE,
        path: tuple[str, ...] = ("input", "file"),
        sheets: tuple[Sheet, ...] = (),
    ) -> None:
        super().__init__(message, code, path, sheets)
        self.message = message
        self.code = code
        self.path = path
        self.sheets = sheets


class ParsingFailed(Exception):
    """A parsing process raised an unexpected exception. The text has its type and location, but no cell content."""
