"""Real clients, which run against a server: scripts that print one line each, and an app for the browser."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.unit.commands.test_command_line import served

HERE = Path(__file__).parent
APP = HERE / "app"
PACKAGES = HERE / "node_modules"
CLIENTS = (
    "fetch.mjs",
    "urql.mjs",
    "urql_cache.mjs",
    "apollo.mjs",
    "apollo_cache.mjs",
    "apollo_persisted.mjs",
    "live.mjs",
    "graphql_ws.mjs",
    "graphql_http.mjs",
    "relay.mjs",
    "webhooks.mjs",
    "Client.java",
)


@contextmanager
def demo(path: Path) -> Iterator[tuple[str, str]]:
    """Runs a demo server. Yields the URL of its API and a token."""
    settings = {"MUSTER_WEBHOOK_ALLOW_PRIVATE": "true", "MUSTER_DOCUMENTS_PATH": str(HERE / "documents")}
    with served(path / "demo.db", "demo-serve", **settings) as (_, process):
        assert process.stdout is not None
        _link, url, token = (process.stdout.readline().strip() for _ in range(3))
        yield url, token


def run(name: str, url: str, token: str) -> subprocess.CompletedProcess[str]:
    """Runs a script."""
    return subprocess.run(
        ["java" if name.endswith(".java") else "node", str(HERE / name)],
        env={**os.environ, "URL": url, "TOKEN": token},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
