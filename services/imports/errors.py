"""Exceptions for files that cannot be imported."""

from services.refusal import Code


class FileUnreadable(Exception):
    """The file cannot be imported, and nothing of it was imported. The message is written for the client."""

    def __init__(
        self, message: str, code: Code = Code.FILE_UNREADABLE, path: tuple[str, ...] = ("input", "file")
    ) -> None:
        super().__init__(message, code, path)
        self.message = message
        self.code = code
        self.path = path


class ParsingFailed(Exception):
    """A parsing process raised an unexpected exception. The text has its type and location, but no cell content."""
