"""The container's image, built by hand from the Dockerfile, contains everything that serving needs."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

import pytest

from tests.support.servers.cluster import free_port
from tests.support.servers.server_process import ROOT
from tests.support.servers.timeouts import TIMEOUT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", "").splitlines()
IGNORED = [line for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.strip()]


def instruction(name: str) -> str:
    """Returns the last instruction of this kind, which is the one in effect."""
    return [line.removeprefix(name).strip() for line in DOCKERFILE if line.startswith(f"{name} ")][-1]


def command(text: str) -> list[str]:
    """Returns a CMD in JSON form, with this Python instead of the image's."""
    words: list[str] = json.loads(text.partition("CMD")[2] or text)
    return [sys.executable if word == "python" else word for word in words]


def is_copied(path: PurePosixPath) -> bool:
    """Returns whether Docker copies a path. The last pattern that matches it or a parent decides."""
    decided = [line.startswith("!") for line in IGNORED if any(fits(each, line) for each in (path, *path.parents))]
    return decided[-1] if decided else True


def fits(path: PurePosixPath, line: str) -> bool:
    pattern = PurePosixPath(line.removeprefix("!"))
    if pattern.parts[0] == "**":
        return fnmatchcase(path.name, pattern.name)
    return len(path.parts) == len(pattern.parts) and all(map(fnmatchcase, path.parts, pattern.parts))


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copies and compiles the files that `COPY . .` copies."""
    assert "COPY . ." in DOCKERFILE
    root = tmp_path_factory.mktemp("image") / "muster"
    for top in ROOT.iterdir():
        for path in () if top.name in (".git", ".venv") else (top, *top.rglob("*")):
            name = path.relative_to(ROOT)
            if path.is_file() and is_copied(PurePosixPath(name)):
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, root / name)
    compiling = instruction("RUN").replace("/venv/bin/python", sys.executable)
    assert "compileall" in compiling
    subprocess.run(compiling, cwd=root, shell=True, check=True, timeout=TIMEOUT)
    return root


@pytest.fixture
def port(image: Path) -> Iterator[int]:
    """Runs the container's command with MUSTER_PORT as the only setting, and yields the port."""
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MUSTER_")}
    path = f"{Path(sys.executable).parent}:{environment['PATH']}"
    process = subprocess.Popen(
        command(instruction("CMD")),
        cwd=image,
        env=environment | {"PATH": path, "MUSTER_PORT": str(port), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield port
    finally:
        process.terminate()
        process.wait(timeout=TIMEOUT)


def is_healthy(image: Path, port: int) -> bool:
    environment = os.environ | {"MUSTER_PORT": str(port)}
    check = command(instruction("HEALTHCHECK"))
    return subprocess.run(check, cwd=image, env=environment, capture_output=True, check=False).returncode == 0


def test_a_container_migrates_its_database_serves_and_is_healthy(image: Path, port: int) -> None:
    until = time.monotonic() + TIMEOUT
    while not is_healthy(image, port):
        assert time.monotonic() < until
        time.sleep(0.2)

    assert (image / "var" / "muster.db").is_file()


def test_every_command_can_be_run_in_the_image(image: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "muster", "schema"],
        cwd=image,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=True,
    )

    assert done.stdout == (ROOT / "schema" / "schema.graphql").read_text(encoding="utf-8")


def test_all_that_runs_in_the_image_is_compiled_and_nothing_else_is_copied(image: Path) -> None:
    sources = {path.relative_to(image) for path in image.rglob("*.py")}
    compiled = {
        path.parent.parent.relative_to(image) / f"{path.name.partition('.')[0]}.py" for path in image.rglob("*.pyc")
    }

    assert sources == compiled
    assert {path.parts[0] for path in sources} == {
        *("commands", "models", "resolvers", "schema", "services", "web"),
        *("lifespan.py", "muster.py", "search_key.py", "server.py", "serving.py"),
        *("setting_readers.py", "settings.py"),
    }
    assert not (image / "tests").exists()
    assert not (image / ".git").exists()
