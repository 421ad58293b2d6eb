"""GraphiQL's files: fetched once from npm packages, so that it works without a network, else from a public CDN.

`python -m web.graphiql_assets` fetches them into static/graphiql/. What npm gives has to be what the CDN would: the
same checksums are demanded of both.
"""

import base64
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import NamedTuple

DIRECTORY = Path(__file__).parent.parent / "static" / "graphiql"
_CDN = "https://unpkg.com"
_SECONDS = 120


class Asset(NamedTuple):
    """A file of an npm package, the name we keep it under, and its SHA-384 as browsers check it."""

    package: str
    version: str
    path: str
    name: str
    checksum: str

    @property
    def cdn_url(self) -> str:
        return f"{_CDN}/{self.package}@{self.version}/{self.path}"

    @property
    def integrity(self) -> str:
        return f"sha384-{self.checksum}"

    @property
    def is_script(self) -> bool:
        return self.name.endswith(".js")


# In the order in which a page has to load them.
ASSETS = (
    Asset(
        "react",
        "18.2.0",
        "umd/react.production.min.js",
        "react.js",
        "tMH8h3BGESGckSAVGZ82T9n90ztNXxvdwvdM6UoR56cYcf+0iGXBliJ29D+wZ/x8",
    ),
    Asset(
        "react-dom",
        "18.2.0",
        "umd/react-dom.production.min.js",
        "react-dom.js",
        "bm7MnzvK++ykSwVJ2tynSE5TRdN+xL418osEVF2DE/L/gfWHj91J2Sphe582B1Bh",
    ),
    Asset(
        "graphiql",
        "3.8.3",
        "graphiql.min.js",
        "graphiql.js",
        "HbRVEFG0JGJZeAHCJ9Xm2+tpknBQ7QZmNlO/DgZtkZ0aJSypT96YYGRNod99l9Ie",
    ),
    Asset(
        "graphiql",
        "3.8.3",
        "graphiql.min.css",
        "graphiql.css",
        "Mq3vbRBY71jfjQAt/DcjxUIYY33ksal4cgdRt9U/hNPvHBCaT2JfJ/PTRiPKf0aM",
    ),
    Asset(
        "@graphiql/plugin-explorer",
        "1.0.2",
        "dist/index.umd.js",
        "explorer.js",
        "2oonKe47vfHIZnmB6ZZ10vl7T0Y+qrHQF2cmNTaFDuPshpKqpUMGMc9jgj9MLDZ9",
    ),
    Asset(
        "@graphiql/plugin-explorer",
        "1.0.2",
        "dist/style.css",
        "explorer.css",
        "5DFJlDPW2tSATRbM8kzoP1j194jexLswuNmClWoRr2Q0x7R68JIQzPHZ02Faktwi",
    ),
)


def are_here() -> bool:
    return all((DIRECTORY / asset.name).is_file() for asset in ASSETS)


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
