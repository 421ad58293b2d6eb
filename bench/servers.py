"""Runs the measured servers as separate processes, reads their CPU time and memory, and ends them by process id."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.data import ROOT, Facts
from bench.databases import run
from bench.watch import Watch
from tests.support.servers.cluster import free_port

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True, eq=False)
class Server:
    """A running server. CPU time and memory include its child processes; both are 0 without /proc."""

    kind: "Kind"
    port: int
    pid: int
    tokens: Sequence[str]
    postmaster: int | None = None

    def request(self, path: str, body: Any, token: int = 0) -> str:
        """Returns a complete HTTP request for the client. `token` is the index of the token."""
        text = json.dumps(body, ensure_ascii=True)
        lines = [f"POST {path} HTTP/1.1", f"host: 127.0.0.1:{self.port}", f"content-length: {len(text)}"]
        lines += [f"{name}: {value}" for name, value in self._headers(token).items()]
        return "\r\n".join([*lines, "", text])

    def ask(self, path: str, body: Any, token: int = 0) -> Any:
        """Sends one request and returns the decoded answer."""
        url = f"http://127.0.0.1:{self.port}{path}"
        asked = urllib.request.Request(url, data=json.dumps(body).encode(), headers=self._headers(token))
        with urllib.request.urlopen(asked, timeout=60) as response:
            return json.load(response)

    def _headers(self, token: int) -> dict[str, str]:
        types = dict.fromkeys(("content-type", "accept"), "application/json")
        return {"authorization": f"Bearer {self.tokens[token]}", **types}

    def cpu_seconds(self) -> float:
        """Returns the CPU time of the server's processes."""
        return sum(_cpu_seconds(pid) for pid in self.pids())

    def database_cpu_seconds(self) -> float:
        """Returns the CPU time of all processes of PostgreSQL, ended ones included; 0 on SQLite."""
        if self.postmaster is None:
            return 0.0
        _, *backends = descendants(self.postmaster)
        return _cpu_seconds(self.postmaster, with_ended=True) + sum(map(_cpu_seconds, backends))

    def rss_mib(self) -> float:
        return sum(map(resident_mib, self.pids()))

    def pids(self) -> list[int]:
        """Returns the server's process and, after it, all its child processes."""
        return descendants(self.pid)


def descendants(pid: int) -> list[int]:
    """Returns a process and, after it, all its child processes; none where the system has no /proc."""
    found, waiting = [], [pid] if _PROC.exists() else []
    while waiting:
        found.append(pid := waiting.pop())
        for children in (_PROC / str(pid) / "task").glob("*/children"):
            with suppress(OSError):
                waiting += map(int, children.read_text().split())
    return found


def _cpu_seconds(pid: int, *, with_ended: bool = False) -> float:
    """Returns the CPU time of a process, and of its child processes that have ended; 0 if it has ended."""
    try:
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11 : 15 if with_ended else 13])) / os.sysconf("SC_CLK_TCK")


def _postmaster(url: str) -> int | None:
    """Returns PostgreSQL's main process, the parent of all its others; None on SQLite."""
    if url.startswith("sqlite:"):
        return None
    return int((Path(run(url, "SHOW data_directory")[0][0]) / "postmaster.pid").read_text().split()[0])


def resident_mib(pid: int) -> float:
    try:
        pages = int((_PROC / str(pid) / "statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """A way to run a server: settings, and a command to which `--port` is appended."""

    name: str
    command: Callable[[str, Facts], list[str]]
    settings: Mapping[str, str] = field(default_factory=dict)
    path: str = "/graphql"
    """The path of operations; empty for the floor, whose cases have their own paths."""

    @contextmanager
    def serve(self, url: str, facts: Facts, watch: Watch) -> Iterator[Server]:
        """Starts the server on a database and waits until it answers."""
        port = free_port()
        command = [sys.executable, "-m", *self.command(url, facts), "--port", str(port)]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MUSTER_")}
        # Without bytecode files, the server compiles all modules at startup and keeps more memory.
        kept.pop("PYTHONDONTWRITEBYTECODE", None)
        environment = {**kept, "MUSTER_DATABASE_URL": url, "MUSTER_LOG_LEVEL": "warning", **self.settings}
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, process_group=0)
        with watch.over(process.pid):
            try:
                _wait(process, port)
                yield Server(self, port, process.pid, facts.secrets, _postmaster(url))
            finally:
                _stop(process)


def _serve(url: str, facts: Facts) -> list[str]:
    return ["muster", "serve", "--host", "127.0.0.1"]


def _floor(url: str, facts: Facts) -> list[str]:
    return ["bench.floor", "--url", url, "--account", facts.account_id, "--tokens", *facts.secrets]


FLOOR = Kind("floor", _floor, path="")
ON_STARLETTE = Kind("starlette", lambda url, facts: [*_floor(url, facts), "--starlette"], path="")
"""The floor on a framework."""
MUSTER = Kind("muster", _serve)
"""Muster with one process and its default settings, except that it logs only warnings."""
UNCOMPILED = Kind("graphql-core", _serve, {"MUSTER_COMPILED": "false"})
"""Muster with graphql-core as the executor, without compiled plans."""
STRAWBERRY = Kind("strawberry", lambda url, facts: ["bench.plain_strawberry", url])
"""Strawberry's own ASGI application on the same schema, resolvers and loaders."""


def with_workers(count: int) -> Kind:
    return Kind(f"muster x{count}", lambda url, facts: [*_serve(url, facts), "--workers", str(count)])


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    until = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"{process.args!r} does not answer; its exit code is {process.returncode}")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(10)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
