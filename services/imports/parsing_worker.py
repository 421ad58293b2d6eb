"""`python -m services.imports.parsing_worker`: scans files and parses blocks for `parsers`.

The worker reads requests from standard input and writes answers to standard output. Each frame is a pickle with its
length in front. The worker exits at the end of its input, so it never outlives the process that started it. It ignores
Ctrl-C; the parent process handles it.
"""

import os
import pickle
import signal
import sys
import traceback
from pathlib import Path
from typing import Any, BinaryIO

from services.imports.block_parsing import ParsingOptions, parse_block
from services.imports.columns import count_known
from services.imports.decoding import LookOptions, to_utf8
from services.imports.errors import FileUnreadable, ParsingFailed
from services.imports.record_splitting import Records, scan


def read_frame(source: BinaryIO) -> bytes | None:
    head = source.read(8)
    return source.read(int.from_bytes(head, "big")) if len(head) == 8 else None


def frame(value: Any) -> bytes:
    data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    return len(data).to_bytes(8, "big") + data


def look(source: str, scratch: str, options: LookOptions, block_rows: int) -> Records:
    text = to_utf8(Path(source), Path(scratch), options)
    return scan(text, options, block_rows=block_rows, count_known=count_known)


def main() -> None:
    options: ParsingOptions | None = None
    while (data := read_frame(sys.stdin.buffer)) is not None:
        name, *arguments = pickle.loads(data)
        answer: Any = None
        try:
            if name == "look":
                answer = look(*arguments)
            elif name == "open":
                (options,) = arguments
            else:
                assert options is not None
                answer = parse_block(options, *arguments)
        except FileUnreadable as unreadable:
            answer = unreadable
        except Exception as error:  # noqa: BLE001  # reported without its text, which may contain a phone number
            place = traceback.extract_tb(error.__traceback__)[-1]
            answer = ParsingFailed(f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}")
        sys.stdout.buffer.write(frame(answer))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        main()
    except BrokenPipeError:  # the parent was killed, so nothing reads the answer
        os._exit(0)
