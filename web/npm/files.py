"""A file of an npm package that a page loads: from a directory of static/, or from a public CDN until it is fetched."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

STATIC = Path(__file__).parent.parent.parent / "static"
CDN = "https://unpkg.com"


class PackageFile(NamedTuple):
    """A file of an npm package, its local name, and its SHA-384 in the form that browsers check."""

    package: str
    version: str
    path: str
    name: str
    checksum: str

    @property
    def cdn_url(self) -> str:
        return f"{CDN}/{self.package}@{self.version}/{self.path}"

    @property
    def integrity(self) -> str:
        return f"sha384-{self.checksum}"

    @property
    def is_script(self) -> bool:
        return self.name.endswith(".js")


def are_present(files: Iterable[PackageFile], directory: Path) -> bool:
    return all((directory / file.name).is_file() for file in files)
