"""The console's own files and those of its npm packages, under an address that changes with their content."""

from hashlib import sha256
from pathlib import Path, PurePosixPath

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from web.console import assets
from web.http.responses import etag, is_current

FOLDER = Path(__file__).parent.parent.parent / "console"
PATH = "/console/files"
_PACKAGES = "packages"
_SCREENLESS = ("base", "components", "shell")
_MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_FOREVER = "public, max-age=31536000, immutable"


def documents() -> dict[str, str]:
    """Returns the texts of the console's documents by their ids, such as console/contacts/page."""
    return {
        f"console/{path.relative_to(FOLDER).with_suffix('').as_posix()}": path.read_text(encoding="utf-8")
        for path in sorted(FOLDER.rglob("*.graphql"))
    }


class ConsoleFiles:
    """Serves the files from memory. `base` is the path of the present version; browsers keep its files forever."""

    def __init__(self) -> None:
        self._files = {
            path.relative_to(FOLDER).as_posix(): path.read_bytes()
            for path in sorted(FOLDER.rglob("*"))
            if path.suffix in _MEDIA_TYPES
        }
        if assets.are_present():
            for each in assets.ASSETS:
                self._files[f"{_PACKAGES}/{each.name}"] = (assets.DIRECTORY / each.name).read_bytes()
        content = b"".join(name.encode() + sha256(content).digest() for name, content in self._files.items())
        self._version = sha256(content).hexdigest()[:16]
        self.base = f"{PATH}/{self._version}"

    def import_map(self) -> dict[str, dict[str, str]]:
        """Returns the addresses of the packages' modules. A browser checks the files of the CDN by their checksums."""
        by_name = {each.name: each for each in assets.ASSETS}
        if assets.are_present():
            return {"imports": {name: f"{self.base}/{_PACKAGES}/{file}" for name, file in assets.SPECIFIERS.items()}}
        return {
            "imports": {name: by_name[file].cdn_url for name, file in assets.SPECIFIERS.items()},
            "integrity": {each.cdn_url: each.integrity for each in assets.ASSETS},
        }

    def preloaded(self) -> list[str]:
        """Returns the addresses of the modules that every screen needs, so that a browser fetches them at once."""
        parts = (PurePosixPath(name) for name in self._files if name.endswith(".js"))
        return [f"{self.base}/{path}" for path in parts if path.parts[0] in (*_SCREENLESS, _PACKAGES, path.name)]

    async def answer(self, request: Request) -> Response:
        """Answers `/console/files/{version}/{path}`. A tab of an older version gets the present file."""
        name = request.path_params["path"]
        if (content := self._files.get(name)) is None:
            raise HTTPException(404)
        is_present = request.path_params["version"] == self._version
        tag = etag(content)
        headers = {"Cache-Control": _FOREVER if is_present else "no-cache", "ETag": tag.decode()}
        if is_current(tag, request.headers.get("if-none-match", "").encode("latin-1")):
            return Response(status_code=304, headers=headers)
        return Response(content, media_type=_MEDIA_TYPES[PurePosixPath(name).suffix], headers=headers)
