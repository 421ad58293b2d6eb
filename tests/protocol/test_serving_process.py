"""The serving process and its workers."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from tests.protocol.test_stopping import connected, is_refused, run
from tests.support.servers.processes import children
from tests.support.servers.timeouts import TIMEOUT
from tests.unit.commands.test_command_line import ROOT, served

_CHILDREN = Path("/proc/self/task").exists()


def test_a_bad_setting_stops_it_with_one_line() -> None:
    done = subprocess.run(
        [sys.executable, "serving.py"],
        cwd=ROOT,
        env={**os.environ, "MUSTER_PORT": "http"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "muster: MUSTER_PORT must be a whole number from 0 to 65535, not 'http'\n"


@pytest.mark.skipif(not _CHILDREN, reason="needs /proc")
def test_a_worker_that_dies_is_replaced_while_another_serves(tmp_path: Path) -> None:
    path = tmp_path / "muster.db"
    run(path, "migrate")
    with served(path, "serve", "--workers", "2") as (port, process):
        connected(port).close()
        first = _until_there_are(2, process.pid, but=set())

        os.kill(min(first), signal.SIGKILL)
        answers = {_request_id(port) for _ in range(5)}
        second = _until_there_are(2, process.pid, but={min(first)})

    assert max(first) in second
    assert len(answers) == 5


@pytest.mark.skipif(not _CHILDREN, reason="needs /proc")
def test_each_worker_makes_its_own_request_ids(tmp_path: Path) -> None:
    path = tmp_path / "muster.db"
    run(path, "migrate")
    with served(path, "serve", "--workers", "3") as (port, process):
        connected(port).close()
        _until_there_are(3, process.pid, but=set())

        ids = [_request_id(port) for _ in range(60)]

    assert len(set(ids)) == 60


@pytest.mark.skipif(not _CHILDREN, reason="needs /proc")
def test_a_frozen_worker_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "muster.db"
    run(path, "migrate")
    with served(path, "serve", "--workers", "2") as (port, process):
        connected(port).close()
        first = _until_there_are(2, process.pid, but=set())

        os.kill(min(first), signal.SIGSTOP)
        second = _until_there_are(2, process.pid, but={min(first)})

    assert max(first) in second


@pytest.mark.skipif(not _CHILDREN, reason="needs /proc")
def test_sighup_replaces_all_workers_while_the_server_answers(tmp_path: Path) -> None:
    path = tmp_path / "muster.db"
    run(path, "migrate")
    with served(path, "serve", "--workers", "2") as (port, process):
        connected(port).close()
        first = _until_there_are(2, process.pid, but=set())

        process.send_signal(signal.SIGHUP)
        until = time.monotonic() + TIMEOUT
        answers = 0
        while (now := set(children(process.pid))) & first or len(now) < 2:
            assert time.monotonic() < until
            with suppress(ConnectionResetError):  # from a worker that stops before it has read the request
                answers += bool(_request_id(port))
        process.send_signal(signal.SIGTERM)
        status = process.wait(TIMEOUT)

    assert answers > 0
    assert status == 0


@pytest.mark.skipif(not _CHILDREN, reason="needs /proc")
def test_workers_end_when_the_process_that_started_them_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "muster.db"
    run(path, "migrate")
    with served(path, "serve", "--workers", "2") as (port, process):
        connected(port).close()
        _until_there_are(2, process.pid, but=set())

        process.kill()
        process.wait(TIMEOUT)

        assert is_refused(port)


def _request_id(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=TIMEOUT) as response:
        return str(response.headers["x-request-id"])


def _until_there_are(count: int, parent: int, *, but: set[int]) -> set[int]:
    until = time.monotonic() + TIMEOUT
    while time.monotonic() < until:
        found = set(children(parent)) - but
        if len(found) == count:
            return found
        time.sleep(0.05)
    raise AssertionError(f"there are not {count} workers")
