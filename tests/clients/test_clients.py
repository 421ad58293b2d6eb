"""A fast subset of `make clients`: the scripts whose packages are installed."""

import shutil
from collections.abc import Iterator

import pytest

from tests.clients import DIRECTORY, demo, run

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    with demo(tmp_path_factory.mktemp("clients")) as server:
        yield server


@pytest.mark.parametrize(
    ("name", "package"), [("fetch.mjs", ""), ("urql.mjs", "@urql/core"), ("graphql_http.mjs", "graphql-http")]
)
def test_a_real_client_works(server: tuple[str, str], name: str, package: str) -> None:
    if package and not (DIRECTORY / "node_modules" / package).exists():
        pytest.skip("needs the packages of make clients")

    done = run(name, *server)

    assert done.returncode == 0, done.stdout + done.stderr
