"""`python -m web.graphiql.fetching` fetches GraphiQL's files from npm once, so that GraphiQL works without a network.

The files must have the same checksums as those of the CDN.
"""

import base64
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from web.graphiql.assets import ASSETS, DIRECTORY, Asset, are_present

_SECONDS = 120


class NotFetched(Exception):
    """The files could not be fetched. The text gives the reason in one line."""


def fetch() -> None:
    """Writes all files to static/graphiql/, or none. Raises NotFetched."""
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
    """Downloads the packages, and returns their archives by package@version. Runs no code of the packages."""
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
        raise NotFetched(f"{asset.path} of {asset.package}@{asset.version} has a wrong checksum")
    return content


if __name__ == "__main__":
    if not are_present():
        try:
            fetch()
        except NotFetched as why:
            sys.exit(f"GraphiQL's files were not fetched, so GraphiQL needs a network: {why}.")
