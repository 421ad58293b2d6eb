"""Serves examples/import in the demo: a page that uploads a file and shows the progress of the import."""

import html
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from web.graphiql.page import is_local_request

_FILES = Path(__file__).parent.parent / "examples" / "import"
_NO_TOKEN = 'id="token" type="password" value=""'
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}


def routes(token: str) -> list[Route | Mount]:
    """Returns the routes of the page. It contains the demo's token if the request's Host is a loopback name."""
    page = (_FILES / "index.html").read_text(encoding="utf-8")
    assert _NO_TOKEN in page
    with_token = page.replace(_NO_TOKEN, _NO_TOKEN.replace('""', f'"{html.escape(token)}"'))

    async def import_page(request: Request) -> Response:
        return HTMLResponse(with_token if is_local_request(request.scope) else page, headers=_HEADERS)

    pages = [Route(path, import_page) for path in ("/examples/import", "/examples/import/index.html")]
    return [*pages, Mount("/examples/import", StaticFiles(directory=_FILES))]
