"""`python -m web.graphiql_fetching` fetches GraphiQL's files from npm, once, so that it works without a network.

What npm gives has to be what the CDN would: the same checksums are demanded of both.
"""

import base64
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from web.graphiql_assets import ASSETS, DIRECTORY, Asset, are_here

_SECONDS = 120


class NotFetched(Exception):
    """Its text says why, in one line."""


def fetch() -> None:
    """Puts every file into static/graphiql/, or none. Raises NotFetched."""
    npm = shutil.which("npm")
    if npm is None:
        raise NotFetched("npm was not found")
    with tempfile.TemporaryDirectory() as temporary:
        packed = _pack(npm, Path(temporary))
        fetched = {asset.name: _file_of(packed[f"{asset.package}@{asset.version}"], asset) for asset in ASSETS}
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    for name, content in fetched.items():
        (DIRECTORY / name).write_bytes(content)


def _pack(npm: str, directory: Path) -> dict[str, Path]:
    """The packages' archives, by package@version. Nothing in them is run."""
    archives = {}
    for package in dict.fromkeys(f"{asset.package}@{asset.version}" for asset in ASSETS):
        command = [npm, "pack", package, "--silent", "--ignore-scripts", "--fetch-retries=1", "--fetch-timeout=30000"]
        try:
            done = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=_SECONDS, check=True)
        except (OSError, subprocess.SubprocessError):
            raise NotFetched(f"npm could not fetch {package}") from None
        archives[package] = directory / done.stdout.split()[-1]
    return archives


def _file_of(archive: Path, asset: Asset) -> bytes:
    try:
        with tarfile.open(archive) as opened:
            member = opened.extractfile(f"package/{asset.path}")
            content = member.read() if member else b""
    except (OSError, KeyError, tarfile.TarError):
        content = b""
    if base64.b64encode(hashlib.sha384(content).digest()).decode() != asset.checksum:
        raise NotFetched(f"{asset.path} of {asset.package}@{asset.version} is not what it should be")
    return content


if __name__ == "__main__":
    if not are_here():
        try:
            fetch()
        except NotFetched as why:
            sys.exit(f"GraphiQL will need a network: {why}.")
