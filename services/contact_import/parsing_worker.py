"""`python -m services.contact_import.parsing_worker`: looks through files and parses blocks for `workers`.

Requests come on standard input and answers go to standard output, each pickled, behind its length. It ends when its
input does, so it never outlives whoever started it; a Ctrl-C on the terminal is for that one alone.
"""

import os
import pickle
import signal
import sys
import traceback
from pathlib import Path
from typing import Any, BinaryIO

from services.contact_import.blocks import Job, parse_block
from services.contact_import.columns import count_known
from services.contact_import.records import Records, look_through
from services.contact_import.text import as_text
from services.contact_import.unreadable import ParsingFailed, Unreadable


def read_frame(source: BinaryIO) -> bytes | None:
    head = source.read(8)
    return source.read(int.from_bytes(head, "big")) if len(head) == 8 else None


def frame(value: Any) -> bytes:
    data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    return len(data).to_bytes(8, "big") + data


def look(source: str, scratch: str, sheet: str | None, block_rows: int) -> Records:
    text = as_text(Path(source), Path(scratch), sheet=sheet)
    return look_through(text, block_rows=block_rows, count_known=count_known)


def main() -> None:
    job: Job | None = None
    while (data := read_frame(sys.stdin.buffer)) is not None:
        name, *arguments = pickle.loads(data)
        answer: Any = None
        try:
            if name == "look":
                answer = look(*arguments)
            elif name == "open":
                (job,) = arguments
            else:
                assert job is not None
                answer = parse_block(job, *arguments)
        except Unreadable as unreadable:
            answer = unreadable
        except Exception as error:  # noqa: BLE001  # told without its text, which may be somebody's number
            place = traceback.extract_tb(error.__traceback__)[-1]
            answer = ParsingFailed(f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}")
        sys.stdout.buffer.write(frame(answer))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        main()
    except BrokenPipeError:  # whoever asked was killed: nobody waits for the answer
        os._exit(0)
