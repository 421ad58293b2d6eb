"""Uploaded files, spooled to disk as they arrive, and deleted after the request unless they are stored elsewhere."""

import hashlib
import re
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

_START = "muster-upload-"
_ABANDONED_AFTER_SECONDS = 3600
_MAX_NAME = 255
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True, repr=False)
class UploadedFile:
    """A file on this machine's disk that is deleted after the response to the request."""

    file_name: str
    """The client's file name, without a directory or control characters; at most 255 characters, may be empty."""
    content_type: str
    """The content type that the client declares; empty if it declares none."""
    size: int
    """In bytes."""
    sha256: str
    """SHA-256 of the content, in hexadecimal."""
    path: Path

    def remove(self) -> None:
        """Deletes the file. Idempotent."""
        self.path.unlink(missing_ok=True)

    def __repr__(self) -> str:
        return "<an uploaded file>"  # clients see it in the error if they use a file where another type is required


class Spool:
    """A file while it is received. Create, write and close it in threads, because a disk can be slow."""

    def __init__(self, directory: Path | None) -> None:
        """Creates a temporary file in `directory`, by default the system's temporary directory. Raises OSError."""
        self._file = tempfile.NamedTemporaryFile(prefix=_START, dir=directory, delete=False)  # noqa: SIM115
        self._hash = hashlib.sha256()
        self._size = 0

    def write(self, parts: Iterable[bytes]) -> None:
        for part in parts:
            self._file.write(part)
            self._hash.update(part)
            self._size += len(part)

    def finish(self, *, file_name: str, content_type: str) -> UploadedFile:
        self._file.close()
        return UploadedFile(
            file_name=_bare(file_name),
            content_type=content_type,
            size=self._size,
            sha256=self._hash.hexdigest(),
            path=Path(self._file.name),
        )

    def remove(self) -> None:
        with suppress(OSError):
            self._file.close()
        Path(self._file.name).unlink(missing_ok=True)


def remove_abandoned(directory: Path | None, *, now: datetime) -> int:
    """Deletes the files of killed processes, which have not changed for an hour. Returns their number."""
    count = 0
    for path in Path(directory or tempfile.gettempdir()).glob(f"{_START}*"):
        with suppress(OSError):
            if now.timestamp() - path.stat().st_mtime > _ABANDONED_AFTER_SECONDS:
                path.unlink()
                count += 1
    return count


def _bare(name: str) -> str:
    return _CONTROL.sub("", re.split(r"[/\\]", name)[-1])[-_MAX_NAME:]
