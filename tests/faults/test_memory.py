"""The memory of a process that serves has a bound, however many different operations it is sent."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
COUNT = int(os.environ.get("MUSTER_TEST_OPERATIONS", "1500"))
"""20000 takes some minutes."""

pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")


@pytest.fixture(params=["sqlite"])
def database_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def grown(database_url: str, kind: str, count: int) -> float:
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.servers.process_growth", database_url, kind, str(count)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout.splitlines()[-1])  # warnings of slow operations come before


def test_distinct_operations_grow_a_process_by_less_than_40_megabytes(database_url: str) -> None:
    assert grown(database_url, "small", COUNT) < 40


def test_documents_of_60_kilobytes_grow_a_process_by_less_than_60_megabytes(database_url: str) -> None:
    assert grown(database_url, "long", 52) < 60
