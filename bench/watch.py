"""A process that cleans up after the bench if the bench is killed.

It receives JSON lines on stdin about the started processes and directories. If stdin ends without "done", it ends and
deletes them.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.data import ROOT

GROUP, POSTMASTER, DIRECTORY = "group", "postmaster", "directory"
_START_SECONDS = 3.0
_PROC = Path("/proc")


class Watch:
    """`with Watch() as watch: with watch.over(GROUP, pid): …`"""

    def __enter__(self) -> "Watch":
        # A separate session, so that a signal to the bench's session does not end the watch.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.watch"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(BrokenPipeError):
            self._tell("done", "", "")
        self._process.communicate()

    @contextmanager
    def over(self, kind: str, name: object) -> Iterator[None]:
        """Registers something to clean up if the bench is killed before the block ends.

        A kind and a name: a process group by its id, PostgreSQL by its directory, or a directory.
        """
        self._tell("begin", kind, str(name))
        try:
            yield
        finally:
            self._tell("end", kind, str(name))

    def _tell(self, what: str, kind: str, name: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([what, kind, name]).encode() + b"\n")
        self._process.stdin.flush()


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    watched: dict[tuple[str, str], None] = {}
    for line in sys.stdin:
        what, kind, name = json.loads(line)
        if what == "done":
            return
        if what == "begin":
            watched[(kind, name)] = None
        else:
            watched.pop((kind, name), None)
    for kind, name in reversed(watched):
        _end(kind, name)


def _end(kind: str, name: str) -> None:
    with suppress(OSError, ValueError):
        if kind == GROUP:
            os.killpg(int(name), signal.SIGKILL)
        elif kind == POSTMASTER:
            _end_postgres(Path(name))
        elif kind == DIRECTORY:
            shutil.rmtree(name, ignore_errors=True)


def _end_postgres(directory: Path) -> None:
    """Shuts PostgreSQL down immediately; it recovers at its next start. Waits for one that is just starting."""
    until = time.monotonic() + _START_SECONDS
    while (pid := postmaster(directory)) is None:
        if time.monotonic() > until:
            return
        time.sleep(0.1)
    os.kill(pid, signal.SIGQUIT)


def postmaster(directory: Path) -> int | None:
    """Returns the process id of the PostgreSQL that runs in a directory; None if there is none."""
    try:
        pid = int((directory / "postmaster.pid").read_text().split("\n", 1)[0])
        is_it = not _PROC.exists() or str(directory).encode() in (_PROC / str(pid) / "cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return pid if is_it else None


if __name__ == "__main__":
    main()
