"""Signals to a server started by hand, with one process and with several."""

import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.protocol.test_same_bytes import asks
from tests.protocol.wire import request
from tests.support.servers.cluster import free_port
from tests.support.servers.timeouts import TIMEOUT
from tests.unit.commands.test_command_line import ROOT, served

OPT_OUT = request(asks('mutation { optOut(input: {phone: "+254712345678"}) { optOut { isOptedOut } } }'))
ANSWER = re.compile(
    rb"HTTP/1\.1 200 OK\r\ndate: [^\r]+\r\ncontent-type: application/json; charset=utf-8\r\n"
    rb"content-length: 50\r\ncache-control: no-store\r\nx-content-type-options: nosniff\r\n"
    rb"x-request-id: [0-9a-f]{32}\r\nconnection: close\r\n\r\n"
    rb'{"data":{"optOut":{"optOut":{"isOptedOut":true}}}}'
)
SLEEPER = """
import asyncio, sys, uvicorn
from web import shutdown as stopping

async def app(scope, receive, send):
    print("asked", flush=True)
    await asyncio.sleep(60)

config = uvicorn.Config(app, port=int(sys.argv[1]), lifespan="off", timeout_graceful_shutdown=1)
sys.exit(stopping.run(stopping.GracefulServer(config)))
"""


@dataclass
class Busy:
    """A server with one running request, which waits for the database's writer."""

    port: int
    process: subprocess.Popen[str]
    client: socket.socket
    writer: sqlite3.Connection

    def stop(self) -> None:
        """Returns when a process has begun to shut down."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.stderr is not None
        assert next(line for line in self.process.stderr if "Shutting down" in line)

    def answer(self) -> bytes:
        self.writer.execute("ROLLBACK")
        return b"".join(iter(lambda: self.client.recv(10_000), b""))


def run(path: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "muster", *arguments],
        cwd=ROOT,
        env={"MUSTER_DATABASE_URL": f"sqlite:///{path}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.strip()


def connected(port: int) -> socket.socket:
    """Connects as soon as the server listens."""
    until = time.monotonic() + TIMEOUT
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def is_refused(port: int) -> bool:
    """Returns whether new connections are refused within the patience of a test; none may hang."""
    until = time.monotonic() + TIMEOUT
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT).close()
        except ConnectionRefusedError:
            return True
        except ConnectionResetError:
            pass  # the listening socket closed while the connection was in its queue
        time.sleep(0.02)
    return False


@contextmanager
def busy(path: Path, workers: int) -> Iterator[Busy]:
    run(path, "migrate")
    secret = run(path, "token", "create", "--account", run(path, "account", "create", "--name", "Acme"))
    asked = OPT_OUT.replace(b"SECRET", secret.encode())
    with served(path, "serve", "--workers", str(workers)) as (port, process), connected(port) as client:
        client.sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
        received = b""
        while b'"status":"ready"' not in received:
            received += client.recv(10_000)
        writer = sqlite3.connect(path, isolation_level=None)
        writer.execute("BEGIN IMMEDIATE")
        client.sendall(asked)
        for _ in range(2 * workers):  # a worker that has answered later requests has read the earlier one
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=TIMEOUT) as response:
                assert response.status == 200
        time.sleep(1)  # in this time the request reaches the writer
        yield Busy(port, process, client, writer)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_stopped_server_answers_the_request_that_runs_and_refuses_connections_meanwhile(
    tmp_path: Path, workers: int
) -> None:
    with busy(tmp_path / "muster.db", workers) as server:
        server.stop()
        refused = is_refused(server.port)
        is_running = server.process.poll() is None
        received = server.answer()
        status = server.process.wait(TIMEOUT)

    assert refused
    assert is_running, "it was refused because the server had ended"
    assert ANSWER.fullmatch(received)
    assert status == 0


def test_a_server_that_is_stopped_while_its_workers_are_replaced_refuses_connections(tmp_path: Path) -> None:
    with busy(tmp_path / "muster.db", 2) as server:
        server.process.send_signal(signal.SIGHUP)
        time.sleep(1)  # in this time the supervisor starts a new worker
        server.stop()
        refused = is_refused(server.port)
        is_running = server.process.poll() is None
        received = server.answer()
        status = server.process.wait(TIMEOUT)

    assert refused
    assert is_running, "it was refused because the server had ended"
    assert ANSWER.fullmatch(received)
    assert status == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("workers", [1, 2])
def test_an_idle_server_ends_with_status_0(tmp_path: Path, workers: int, number: signal.Signals) -> None:
    run(tmp_path / "muster.db", "migrate")
    with served(tmp_path / "muster.db", "serve", "--workers", str(workers)) as (port, process):
        connected(port).close()
        process.send_signal(number)

        assert process.wait(TIMEOUT) == 0


def test_a_server_that_had_to_cut_off_a_request_ends_with_status_1() -> None:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", SLEEPER, str(port)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    with connected(port) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert process.stdout is not None
        assert process.stdout.readline() == b"asked\n"
        process.send_signal(signal.SIGTERM)
        status = process.wait(TIMEOUT)
    process.stdout.close()

    assert status == 1
