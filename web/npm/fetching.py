"""`python -m web.npm.fetching` fetches the files of npm packages once, so that the pages work without a network.

It needs Python alone. The files must have the same checksums as those of the CDN.
"""

import base64
import hashlib
import io
import os
import sys
import tarfile
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from web.console import assets as console
from web.graphiql import assets as graphiql
from web.npm.files import PackageFile, are_present

PAGES = (("GraphiQL", graphiql.ASSETS, graphiql.DIRECTORY), ("The console", console.ASSETS, console.DIRECTORY))
_SECONDS = 60
_MOST_BYTES = 50_000_000


class NotFetched(Exception):
    """The files could not be fetched. The text gives the reason in one line."""


def fetch(files: Sequence[PackageFile], directory: Path) -> None:
    """Writes all files to the directory, or none. Raises NotFetched."""
    packed = {package: _packed(*package) for package in dict.fromkeys((file.package, file.version) for file in files)}
    fetched = {file.name: _content(packed[file.package, file.version], file) for file in files}
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in fetched.items():
        (directory / name).write_bytes(content)


def _packed(package: str, version: str) -> bytes:
    """Downloads the archive of a package. NPM_CONFIG_REGISTRY names another registry than npm's."""
    registry = os.environ.get("NPM_CONFIG_REGISTRY") or "https://registry.npmjs.org"
    url = f"{registry.rstrip('/')}/{package}/-/{package.rpartition('/')[2]}-{version}.tgz"
    try:
        with urllib.request.urlopen(url, timeout=_SECONDS) as response:
            content: bytes = response.read(_MOST_BYTES)
    except (OSError, ValueError, urllib.error.URLError) as error:
        raise NotFetched(f"{url} can't be read ({error})") from None
    return content


def _content(archive: bytes, file: PackageFile) -> bytes:
    try:
        with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
            member = opened.extractfile(f"package/{file.path}")
            content = member.read() if member else b""
    except (OSError, KeyError, tarfile.TarError):
        content = b""
    if base64.b64encode(hashlib.sha384(content).digest()).decode() != file.checksum:
        raise NotFetched(f"{file.path} of {file.package}@{file.version} has a wrong checksum")
    return content


def main() -> None:
    for page, files, directory in PAGES:
        if not are_present(files, directory):
            try:
                fetch(files, directory)
            except NotFetched as why:
                sys.exit(f"{page} needs a network, because its files were not fetched: {why}.")


if __name__ == "__main__":
    main()
