"""Rewrites text in any encoding as UTF-8, line by line, so that one unreadable line does not spoil the others."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from services.imports.encodings import likelihood
from services.imports.encodings.guess import guess, label_of
from services.imports.errors import FileUnreadable
from services.imports.warnings import WarningCode, Warnings

_CHUNK: Final = 1 << 20
_LONGEST_LINE: Final = 1 << 23
_CELL_ENDS: Final = re.compile(rb'[,;\t"]+')
_CELLS: Final = 300
_CELLS_OF_CHUNK: Final = 60
_SHOWN_CELLS: Final = 5
_LOST_BYTE: Final = -9.0
"""Log-likelihood of a byte of UTF-8 that belongs to no character."""
_TOLERATED_LINES: Final = 3
_TOLERATED_SHARE: Final = 0.2


@dataclass(frozen=True, slots=True)
class Reading:
    """The codec of a file that is not UTF-8. If `is_mixed`, lines that are UTF-8 are read as UTF-8."""

    codec: str
    is_mixed: bool = False


@dataclass(slots=True)
class _Sample:
    """Lines with bytes beyond ASCII: their number, the first one, and some of their cells."""

    count: int = 0
    first_line: int | None = None
    cells: dict[bytes, None] = field(default_factory=dict)

    def take(self, line: bytes, number: int, room: int) -> None:
        self.count += 1
        if self.first_line is None:
            self.first_line = number
        if len(self.cells) < min(_CELLS, room):
            self.cells.update((cell.strip(), None) for cell in _CELL_ENDS.split(line) if not cell.isascii())


def reading(source: Path, start: int, warnings: Warnings, *, is_marked: bool) -> Reading:
    """Guesses how to read a file that is not entirely UTF-8, and warns if the guess is uncertain.

    `is_marked`: the client or a byte order mark says that the file is UTF-8. Raises Unreadable if no encoding makes the
    file plausible.
    """
    good, bad = _samples(source, start)
    found = guess([*bad.cells, *good.cells])
    is_mixed = is_marked or bool(good.cells and (found is None or _is_rather_utf8(good.cells, found.codec)))
    if is_mixed:
        found = guess(list(bad.cells))
        return Reading("cp1252" if found is None else found.codec, is_mixed=True)
    if found is None:
        raise FileUnreadable(
            "The character encoding of the file is unknown. Name it in encoding, or save the file as UTF-8."
        )
    if not found.is_sure:
        label, shown = label_of(found.codec), list(bad.cells)[:_SHOWN_CELLS]
        warnings.add(
            WarningCode.ENCODING_GUESSED,
            f"The file does not name its character encoding. It was read as {label}. If the sample is wrong, name the "
            "encoding in encoding.",
            line=bad.first_line,
            value="; ".join(cell.decode(found.codec, "ignore") for cell in shown),
            count=bad.count,
        )
    return Reading(found.codec)


def write(source: Path, start: int, scratch: Path, how: Reading, warnings: Warnings) -> None:
    """Writes the file as UTF-8 with \\n, and warns about each line that is not valid in its encoding.

    Raises Unreadable if many lines are not valid.
    """
    count = unreadable = 0
    with source.open("rb") as file, scratch.open("wb") as written:
        file.seek(start)
        for number, chunk in _numbered_chunks(file):
            if (text := _decoded(chunk, "utf-8" if how.is_mixed else how.codec)) is not None:
                written.write(text.encode())
                continue
            lines = chunk.split(b"\n")
            for place, line in enumerate(lines):
                if line.isascii() and b"\x1b" not in line:
                    continue
                count += 1
                text = _decoded(line, "utf-8" if how.is_mixed else how.codec)
                if text is None:
                    unreadable += 1
                    text = _repaired(line, how)
                    warnings.add(WarningCode.UNREADABLE_BYTES, _message(how), line=number + place, value=text)
                lines[place] = text.encode()
            written.write(b"\n".join(lines))
    if not how.is_mixed and unreadable > max(_TOLERATED_LINES, count * _TOLERATED_SHARE):
        raise FileUnreadable(
            f"{unreadable:,} lines of the file are not valid {label_of(how.codec)}. Name another encoding in encoding, "
            "or save the file as UTF-8.",
            path=("input", "encoding"),
        )


def _repaired(line: bytes, how: Reading) -> str:
    """Returns a line that is not valid. A line of a mixed file may also be UTF-8 with a cut-off character."""
    text = line.decode(how.codec, "ignore")
    if how.is_mixed:
        shortened = line.decode("utf-8", "ignore")
        lost = len(line) - len(shortened.encode())
        if likelihood.score([shortened]) + lost * _LOST_BYTE > likelihood.score([text]):
            return shortened
    return text


def _message(how: Reading) -> str:
    if how.is_mixed:
        return (
            f"The file is UTF-8, but this line is not. Its bytes were read as {label_of(how.codec)}, or left out. "
            "Check the value, and correct the file if it is wrong."
        )
    return f"The line has bytes that are not valid {label_of(how.codec)}. They were left out. Check the line."


def _samples(source: Path, start: int) -> tuple[_Sample, _Sample]:
    """Returns samples of the lines that are UTF-8 and of those that are not."""
    good, bad = _Sample(), _Sample()
    with source.open("rb") as file:
        file.seek(start)
        for first, chunk in _numbered_chunks(file):
            room = {id(sample): len(sample.cells) + _CELLS_OF_CHUNK for sample in (good, bad)}
            for number, line in enumerate(chunk.split(b"\n"), first):
                if not line.isascii():
                    sample = bad if _decoded(line, "utf-8") is None else good
                    sample.take(line, number, room[id(sample)])
    return good, bad


def _is_rather_utf8(cells: Iterable[bytes], codec: str) -> bool:
    """Returns whether cells that are valid UTF-8 are more likely as UTF-8 than in another encoding."""
    others = [cell.decode(codec, "replace") for cell in cells]
    return likelihood.score(cell.decode() for cell in cells) > likelihood.score(others)


def _decoded(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return None


def _numbered_chunks(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yields chunks of whole lines with \\n, each with the number of its first line."""
    number, rest = 1, b""
    while data := file.read(_CHUNK):
        data = rest + data
        end = max(data.rfind(b"\n"), data.rfind(b"\r", 0, -1)) + 1 or (len(data) if len(data) > _LONGEST_LINE else 0)
        chunk, rest = _with_plain_ends(data[:end]), data[end:]
        if chunk:
            yield number, chunk
            number += chunk.count(b"\n")
    if rest:
        yield number, _with_plain_ends(rest)


def _with_plain_ends(lines: bytes) -> bytes:
    return lines.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
