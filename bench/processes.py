"""Processes that the bench starts. They end with it, even if it is killed."""

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from bench.data import ROOT


@contextmanager
def running(command: Sequence[str], **options: Any) -> Iterator["subprocess.Popen[str]"]:
    """Runs a command during the block."""
    with (
        subprocess.Popen(command, cwd=ROOT, text=True, process_group=0, **options) as process,
        ending_with_the_bench(process.pid),
    ):
        try:
            yield process
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def ending_with_the_bench(group: int) -> Iterator[None]:
    """Ends a process group if the bench is killed before the block ends.

    A shell in another session waits for the end of its input, which is the end of the bench. At SIGQUIT, PostgreSQL
    shuts down at once, and recovers at its next start. Some shells start programs that ignore SIGQUIT, but not SIGTERM.
    """
    command = ["sh", "-c", f"read line || {{ kill -s QUIT -- -{group}; kill -- -{group}; }} 2>/dev/null"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True, start_new_session=True) as shell:
        try:
            yield
        finally:
            shell.communicate("\n")
