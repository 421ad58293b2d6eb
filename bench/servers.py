"""Runs the measured servers as separate processes, reads their CPU time and memory, and ends them by process id."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.data import ROOT, Facts
from bench.watch import GROUP, Watch
from tests.support.servers.cluster import free_port

_START_SECONDS = 60
_STOP_SECONDS = 10
_PROC = Path("/proc")


class Server:
    """A running server. CPU time and memory include its child processes; both are None without /proc."""

    def __init__(self, kind: "Kind", port: int, tokens: Sequence[str], process: "subprocess.Popen[bytes]") -> None:
        self.kind = kind
        self.port = port
        self.pid = process.pid
        self._tokens = tokens
        self._process = process

    def request(self, path: str, body: Any, token: int = 0) -> str:
        """Returns a complete HTTP request for the client. `token` is the index of the token."""
        text = json.dumps(body, ensure_ascii=True)
        return (
            f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1:{self.port}\r\nauthorization: Bearer {self._tokens[token]}\r\n"
            f"content-type: application/json\r\naccept: application/json\r\ncontent-length: {len(text)}\r\n\r\n{text}"
        )

    def ask(self, path: str, body: Any, token: int = 0) -> Any:
        """Sends one request and returns the decoded answer."""
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            data=json.dumps(body).encode(),
            headers={
                "authorization": f"Bearer {self._tokens[token]}",
                "content-type": "application/json",
                "accept": "application/json",
            },
        )
        with urllib.request.urlopen(asked, timeout=60) as response:
            return json.load(response)

    def with_tokens(self, tokens: Sequence[str]) -> "Server":
        """Returns the same server with other tokens."""
        return Server(self.kind, self.port, tokens, self._process)

    def cpu_seconds(self) -> float | None:
        if not _PROC.exists():
            return None
        ticks = 0
        for pid in self._pids():
            fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def rss_mib(self) -> float | None:
        if not _PROC.exists():
            return None
        pages = sum(int((_PROC / str(pid) / "statm").read_text().split()[1]) for pid in self._pids())
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def _pids(self) -> list[int]:
        found, waiting = [], [self._process.pid]
        while waiting:
            pid = waiting.pop()
            found.append(pid)
            for children in (_PROC / str(pid) / "task").glob("*/children"):
                waiting += map(int, children.read_text().split())
        return found


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
        environment = {**kept, "MUSTER_DATABASE_URL": url, **self.settings}
        with tempfile.TemporaryFile() as log:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
            )
            with watch.over(GROUP, process.pid):
                try:
                    _wait(process, f"http://127.0.0.1:{port}/healthz")
                    yield Server(self, port, facts.secrets, process)
                except Exception:
                    log.seek(0)
                    if said := log.read()[-3000:].decode(errors="replace").strip():
                        print(f"bench: output of {self.name}:\n{said}", file=sys.stderr)
                    raise
                finally:
                    _stop(process)


def _serve(url: str, facts: Facts) -> list[str]:
    return ["muster", "serve", "--host", "127.0.0.1"]


def _floor(url: str, facts: Facts) -> list[str]:
    return ["bench.floor", "--url", url, "--tokens", *facts.secrets, "--account", facts.account_id]


FLOOR = Kind("floor", _floor, path="")
FLOOR_THAT_WRITES = Kind("floor", lambda url, facts: [*_floor(url, facts), "--that", "writes"], path="")
ON_STARLETTE = Kind("starlette", lambda url, facts: [*_floor(url, facts), "--on", "starlette"], path="")
"""The floor on a framework."""
PLAIN_SQL = Kind("plain SQL", lambda url, facts: [*_floor(url, facts), "--that", "searches plainly"], path="")
"""The floor with the obvious single statement for a search."""
MUSTER = Kind("muster", _serve)
"""Muster with its default settings and one process."""
UNCOMPILED = Kind("graphql-core", _serve, {"MUSTER_COMPILED": "false"})
"""Muster with graphql-core as the executor, without compiled plans."""
STRAWBERRY = Kind("strawberry", lambda url, facts: ["bench.plain_strawberry", url])
"""Strawberry's own ASGI application on the same schema, resolvers and loaders."""


def with_workers(count: int) -> Kind:
    return Kind(f"muster x{count}", lambda url, facts: [*_serve(url, facts), "--workers", str(count)])


def _wait(process: "subprocess.Popen[bytes]", url: str) -> None:
    """Waits until the server answers, with any status."""
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended during startup with exit code {process.returncode}")
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"{process.args!r} did not answer within {_START_SECONDS} seconds")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
