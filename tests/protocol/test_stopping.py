"""SIGTERM to a server as it is started by hand, with one process and with several."""

import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from tests.protocol.test_same_bytes import asks
from tests.protocol.wire import request
from tests.unit.test_command_line import ROOT, served

OPT_OUT = request(asks('mutation { optOut(input: {phone: "+254712345678"}) { optOut { isOptedOut } } }'))


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
    """As soon as somebody listens."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_request_that_runs_when_the_server_is_stopped_is_answered(tmp_path: Path, workers: int) -> None:
    path = tmp_path / "muster.db"
    run(path, "migrate")
    secret = run(path, "token", "create", "--account", run(path, "account", "create", "--name", "Acme"))
    asked = OPT_OUT.replace(b"SECRET", secret.encode())
    with served(path, "serve", "--workers", str(workers)) as (port, process), connected(port) as client:
        client.sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
        received = b""
        while b'{"status":"ready"}' not in received:
            received += client.recv(10_000)
        writer = sqlite3.connect(path, isolation_level=None)
        writer.execute("BEGIN IMMEDIATE")
        client.sendall(asked)
        for _ in range(2 * workers):  # a worker that has answered what came later has read what came before
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=PATIENCE) as response:
                assert response.status == 200
        time.sleep(1)  # in which it comes to wait for the writer

        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        told = next(line for line in process.stderr if "Shutting down" in line)
        time.sleep(0.2)
        is_running = process.poll() is None
        writer.execute("ROLLBACK")
        received = b"".join(iter(lambda: client.recv(10_000), b""))
        status = process.wait(PATIENCE)

    assert told
    assert is_running
    assert re.fullmatch(
        rb"HTTP/1\.1 200 OK\r\ndate: [^\r]+\r\ncontent-type: application/json; charset=utf-8\r\n"
        rb"content-length: 50\r\ncache-control: no-store\r\nx-request-id: [0-9a-f]{32}\r\nconnection: close\r\n\r\n"
        rb'{"data":{"optOut":{"optOut":{"isOptedOut":true}}}}',
        received,
    )
    assert status in (0, -signal.SIGTERM)
