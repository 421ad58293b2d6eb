"""A process that ends the servers of a bench that is killed. Its stdin ends when the bench ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from bench.data import ROOT


class Watch:
    """`with Watch() as watch: with watch.over(pid): …`"""

    def __enter__(self) -> "Watch":
        # A separate session, so that a signal to the bench's session does not end the watch.
        command = [sys.executable, "-m", "bench.watch"]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, text=True, start_new_session=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    @contextmanager
    def over(self, group: int) -> Iterator[None]:
        """Ends a process group if the bench is killed before the block ends."""
        self._tell(group)
        try:
            yield
        finally:
            self._tell(-group)

    def _tell(self, group: int) -> None:
        assert self._process.stdin is not None
        print(group, file=self._process.stdin, flush=True)


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line)
        (groups.add if group > 0 else groups.discard)(abs(group))
    for group in groups:
        with suppress(OSError):
            os.killpg(group, signal.SIGQUIT)  # PostgreSQL shuts down at once, and recovers at its next start


if __name__ == "__main__":
    main()
