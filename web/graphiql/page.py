"""GraphiQL's page: one HTML file, with scripts from static/ or, if those are missing, from a CDN."""

import html
from pathlib import Path
from string import Template

import orjson
from starlette.datastructures import Headers
from starlette.responses import HTMLResponse
from starlette.types import Receive, Scope, Send

from web.graphiql import assets as graphiql_assets
from web.graphiql.assets import ASSETS
from web.npm.files import CDN, PackageFile

_ROOT = Path(__file__).parent.parent.parent
_PAGE = Template((Path(__file__).parent / "page.html").read_text(encoding="utf-8"))
_OPERATIONS = _ROOT / "examples" / "operations"
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_POLICY = (
    "default-src 'self'; script-src 'self'{cdn}; style-src 'self' 'unsafe-inline'{cdn}; font-src 'self' data:; "
    "img-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'none'"
)


def example_operations() -> list[dict[str, str]]:
    """Returns the operations of examples/operations with their variables, in the order of the file names."""
    return [
        {
            "query": path.read_text(encoding="utf-8"),
            "variables": variables.read_text(encoding="utf-8") if variables.exists() else "",
        }
        for path in sorted(_OPERATIONS.glob("*.graphql"))
        for variables in [path.with_suffix(".json")]
    ]


def is_local_request(scope: Scope) -> bool:
    """Returns whether the request's Host is a loopback name. Any other name could belong to an attacker."""
    host = Headers(scope=scope).get("host", "")
    return (host if host.endswith("]") else host.rpartition(":")[0] or host) in _LOOPBACK


class GraphiQL:
    """ASGI application that answers with the page.

    The page's headers editor contains `token`, which is only for the demo. It is left out if the request's Host is not
    a loopback name: another name that resolves to this machine is an attempt to read the token.
    """

    def __init__(self, *, token: str | None = None) -> None:
        is_local = graphiql_assets.are_present()
        tabs = example_operations()
        self._token = token
        self._policy = _POLICY.format(cdn="" if is_local else f" {CDN}")
        self._open = _page(tabs, None, is_local)
        self._with_token = _page(tabs, token, is_local)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        page = self._with_token if is_local_request(scope) else self._open
        headers = {
            "Content-Security-Policy": self._policy,
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "Vary": "Accept",
        }
        await HTMLResponse(page, headers=headers)(scope, receive, send)


def _page(tabs: list[dict[str, str]], token: str | None, is_local: bool) -> str:
    settings = orjson.dumps({"tabs": tabs, "token": token}).decode().replace("<", "\\u003c")
    styles = "\n    ".join(_style(asset, is_local) for asset in ASSETS if not asset.is_script)
    scripts = "\n    ".join(_script(asset, is_local) for asset in ASSETS if asset.is_script)
    return _PAGE.substitute(styles=styles, scripts=scripts, settings=settings)


def _style(asset: PackageFile, is_local: bool) -> str:
    return f'<link rel="stylesheet" {_source("href", asset, is_local)}>'


def _script(asset: PackageFile, is_local: bool) -> str:
    return f"<script {_source('src', asset, is_local)}></script>"


def _source(attribute: str, asset: PackageFile, is_local: bool) -> str:
    if is_local:
        return f'{attribute}="/static/graphiql/{asset.name}"'
    return f'{attribute}="{html.escape(asset.cdn_url)}" integrity="{asset.integrity}" crossorigin'
