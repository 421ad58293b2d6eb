"""Why a file as a whole can't be taken in."""

from services.refusal import Code


class Unreadable(Exception):
    """The file can't be read; the message is a sentence for whoever sent it. Nothing of it was taken in."""

    def __init__(
        self, message: str, code: Code = Code.FILE_UNREADABLE, path: tuple[str, ...] = ("input", "file")
    ) -> None:
        super().__init__(message, code, path)
        self.message = message
        self.code = code
        self.path = path


class ParsingFailed(Exception):
    """Something that should not happen went wrong in a parsing process; the text says what and where, and no cell."""
