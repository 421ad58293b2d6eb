"""Child processes, CPU time and memory of running processes, from /proc. Without /proc, all of it is empty or 0."""

import os
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")


def children(pid: int) -> list[int]:
    """Returns the running child processes of a process."""
    found: list[int] = []
    for file in (_PROC / str(pid) / "task").glob("*/children"):
        with suppress(OSError):
            found += map(int, file.read_text().split())
    return list(filter(is_running, found))


def descendants(pid: int) -> list[int]:
    """Returns the running child processes of a process, and theirs."""
    return [each for child in children(pid) for each in (child, *descendants(child))]


def is_running(pid: int) -> bool:
    return _stat(pid)[:1] not in ([], ["Z"])


def cpu_seconds(pid: int, *, with_ended: bool = False) -> float:
    """Returns the CPU time of a process, and of its child processes that have ended; 0 if it has ended."""
    return sum(map(int, _stat(pid)[11 : 15 if with_ended else 13])) / os.sysconf("SC_CLK_TCK")


def resident_mib(pid: int) -> float:
    try:
        pages = int((_PROC / str(pid) / "statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _stat(pid: int) -> list[str]:
    """Returns the fields of a process from its state on; none if it has ended."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
