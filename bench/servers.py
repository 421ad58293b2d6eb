"""Runs the measured servers as separate processes, reads their CPU time and memory, and ends them by process id."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx2

from bench import processes
from bench.data import SECRETS
from bench.databases import Copies
from tests.support.servers.cluster import free_port
from tests.support.servers.processes import cpu_seconds, descendants, resident_mib

_CLIENT = httpx2.Client(timeout=120)


class Failed(Exception):
    """A server reported an error, or the servers' results differ, so a comparison would be meaningless."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `path` is the case's path on the floor, which receives the variables alone."""

    query: str
    variables: dict[str, Any] = field(default_factory=dict)
    path: str = ""
    token: int = 0
    """The index of the account's token that the request uses."""


@dataclass(frozen=True, slots=True, eq=False)
class Server:
    """A running server. CPU time and memory include its child processes; both are 0 without /proc."""

    kind: "Kind"
    port: int
    pid: int
    tokens: Sequence[str]
    postmaster: int | None = None

    def text(self, request: Request) -> bytes:
        """Returns the complete HTTP request for the client."""
        path, headers, content = self._sent(request)
        headers |= {"host": f"127.0.0.1:{self.port}", "content-length": str(len(content))}
        lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join([*lines, "", content]).encode()

    def ask(self, request: Request) -> Any:
        """Sends one request and returns the data of the answer. Raises Failed."""
        path, headers, content = self._sent(request)
        return self.post(path, headers=headers, content=content)

    def post(self, path: str, **options: Any) -> Any:
        answer = _CLIENT.post(f"http://127.0.0.1:{self.port}{path}", **options)
        if answer.status_code != 200 or answer.json().get("errors"):
            raise Failed(f"{self.kind.name} answered {answer.text[:1000]} to {str(options)[:1000]}")
        return answer.json()["data"]

    def _sent(self, request: Request) -> tuple[str, dict[str, str], str]:
        """Returns the path, the headers and the body, which is ASCII."""
        headers = dict.fromkeys(("content-type", "accept"), "application/json")
        headers["authorization"] = f"Bearer {self.tokens[request.token]}"
        if not self.kind.path:
            return request.path, headers, json.dumps(request.variables)
        return self.kind.path, headers, json.dumps({"query": request.query, "variables": request.variables})

    def cpu_seconds(self) -> tuple[float, float]:
        """Returns the CPU time of the server, and of PostgreSQL with its ended processes; 0 on SQLite."""
        own = sum(map(cpu_seconds, self.pids()))
        if self.postmaster is None:
            return own, 0.0
        return own, cpu_seconds(self.postmaster, with_ended=True) + sum(map(cpu_seconds, descendants(self.postmaster)))

    def rss_mib(self) -> float:
        return sum(map(resident_mib, self.pids()))

    def pids(self) -> list[int]:
        """Returns the server's process and, after it, all its child processes."""
        return [self.pid, *descendants(self.pid)]


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """A way to run a server: settings, and a Python module with arguments, to which `--port` is appended.

    MUSTER_DATABASE_URL is the database, and BENCH_ACCOUNT the id of the large account.
    """

    name: str
    command: Sequence[str]
    settings: Mapping[str, str] = field(default_factory=dict)
    path: str = "/graphql"
    """The path of operations; empty for the floor, whose cases have their own paths."""

    @contextmanager
    def serve(self, url: str, copies: Copies) -> Iterator[Server]:
        """Starts the server on a database and waits until it answers."""
        port = free_port()
        command = [sys.executable, "-m", *self.command, "--port", str(port)]
        # Without bytecode files, the server compiles all modules at startup and keeps more memory.
        dropped = ("MUSTER_", "PYTHONDONTWRITEBYTECODE")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
        environment |= {"MUSTER_DATABASE_URL": url, "MUSTER_LOG_LEVEL": "warning", **self.settings}
        environment["BENCH_ACCOUNT"] = copies.facts.account_id
        with processes.running(command, env=environment, stdin=subprocess.DEVNULL) as process:
            _wait(process, port)
            yield Server(self, port, process.pid, SECRETS, copies.postmaster)


_SERVE = ("muster", "serve", "--host", "127.0.0.1")
FLOOR = Kind("floor", ("bench.floor", "floor"), path="")
ON_STARLETTE = Kind("starlette", ("bench.floor", "starlette"), path="")
MUSTER = Kind("muster", _SERVE)
"""Muster with one process and its default settings, except that it logs only warnings."""
UNCOMPILED = Kind("graphql-core", _SERVE, {"MUSTER_COMPILED": "false"})
"""Muster with graphql-core as the executor, without compiled plans."""
STRAWBERRY = Kind("strawberry", ("bench.plain_strawberry",))
"""Strawberry's own ASGI application on the same schema, resolvers and loaders."""


def with_workers(count: int) -> Kind:
    return Kind(f"muster x{count}", (*_SERVE, "--workers", str(count)))


def _wait(process: "subprocess.Popen[str]", port: int) -> None:
    until = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < until:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port)).close()
            return
        time.sleep(0.1)
    raise Failed(f"{process.args!r} does not answer; its exit code is {process.returncode}")
