"""A fast subset of `make clients`: the scripts whose packages are installed."""

import shutil
from collections.abc import Iterator

import pytest

from tests.clients import PACKAGES, demo, run

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    with demo(tmp_path_factory.mktemp("clients")) as server:
        yield server


@pytest.mark.parametrize("name", ["fetch.mjs", "urql.mjs", "graphql_http.mjs"])
def test_a_real_client_works(server: tuple[str, str], name: str) -> None:
    if name != "fetch.mjs" and not PACKAGES.exists():
        pytest.skip("needs the packages that make clients installs")

    done = run(name, *server)

    assert done.returncode == 0, done.stdout + done.stderr
