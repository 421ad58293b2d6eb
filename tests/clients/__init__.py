"""Scripts of real clients, which run against a demo server and print one line each."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.unit.commands.test_command_line import served

HERE = Path(__file__).parent
DIRECTORY = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "muster-clients"
PACKAGES = "@apollo/client@4 @urql/core graphql@16 graphql-http graphql-ws@6 relay-compiler rxjs ws".split()
CLIENTS = "fetch.mjs urql.mjs apollo.mjs graphql_ws.mjs graphql_http.mjs relay.mjs Client.java".split()


@contextmanager
def demo(path: Path) -> Iterator[tuple[str, str]]:
    """Runs a demo server. Yields the URL of its API and a token."""
    with served(path / "demo.db", "demo-serve") as (_, process):
        assert process.stdout is not None
        yield process.stdout.readline().strip(), process.stdout.readline().strip()


def run(name: str, url: str, token: str) -> subprocess.CompletedProcess[str]:
    """Runs a script. Node finds packages beside the script, so a copy of it runs in DIRECTORY."""
    script = HERE / name
    if name.endswith(".mjs"):
        DIRECTORY.mkdir(parents=True, exist_ok=True)
        script = Path(shutil.copy(script, DIRECTORY))
    command = "java" if name.endswith(".java") else "node"
    return subprocess.run(
        [command, str(script)],
        env={**os.environ, "URL": url, "TOKEN": token},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
