"""The console's page: the same short HTML file for every screen."""

import base64
from dataclasses import asdict, dataclass
from hashlib import sha256
from string import Template
from urllib.parse import urlsplit

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from web.console import assets
from web.console.files import FOLDER, PATH, ConsoleFiles
from web.http.responses import etag, is_current
from web.npm.files import CDN

_POLICY = (
    "default-src 'self'; script-src 'self' 'sha256-{importmap}'{cdn}; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'{provider}; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


@dataclass(frozen=True, kw_only=True)
class Provider:
    """The identity provider by which users sign in to the console. `audience` is that of its JWTs."""

    issuer: str
    client_id: str
    audience: str
    scope: str

    @property
    def origin(self) -> str:
        parts = urlsplit(self.issuer)
        return f"{parts.scheme}://{parts.netloc}"


def routes(provider: Provider | None, *, is_demo: bool) -> list[Route]:
    """Returns the routes of the console."""
    files = ConsoleFiles()
    importmap = orjson.dumps(files.import_map()).decode()
    settings = {"provider": provider and asdict(provider), "isDemo": is_demo}
    page = Template((FOLDER / "index.html").read_text(encoding="utf-8")).substitute(
        base=files.base,
        importmap=importmap,
        preloads="\n    ".join(f'<link rel="modulepreload" href="{url}">' for url in files.preloaded()),
        settings=orjson.dumps(settings).decode().replace("<", "\\u003c"),
    )
    tag = etag(page.encode())
    headers = {
        "Cache-Control": "no-cache",
        "Content-Security-Policy": _POLICY.format(
            importmap=base64.b64encode(sha256(importmap.encode()).digest()).decode(),
            cdn="" if assets.are_present() else f" {CDN}",
            provider=f" {provider.origin}" if provider else "",
        ),
        "ETag": tag.decode(),
        "Referrer-Policy": "no-referrer",
    }

    async def console(request: Request) -> Response:
        if is_current(tag, request.headers.get("if-none-match", "").encode("latin-1")):
            return Response(status_code=304, headers=headers)
        return HTMLResponse(page, headers=headers)

    return [
        Route(f"{PATH}/{{version}}/{{path:path}}", files.answer),
        Route("/console", console),
        Route("/console/{path:path}", console),
    ]
