"""Sign-in by a token, by a link and at an identity provider, and what a session shows."""

import asyncio
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from hashlib import sha256
from urllib.parse import parse_qs, urlencode

import pytest
import uvicorn
from joserfc.jwk import RSAKey
from playwright.async_api import expect
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from schema.ids import IdPrefix, encode
from services.accounts import tokens
from services.accounts.authentication import Scope
from tests.browser.console.conftest import Console, opened
from tests.support.api_client import DAY, MONDAY
from tests.support.servers.cluster import free_port
from tests.support.servers.identity_provider import AUDIENCE, provider as providing
from tests.support.servers.running_server import RunningServer, running_server

CLIENT = "muster-console"


@pytest.fixture
def database_kind() -> str:
    """The database makes no difference here."""
    return "sqlite"


async def test_a_token_signs_in_until_the_user_signs_out_in_any_tab(served: RunningServer) -> None:
    async with opened(served, "/contacts?search=zuri") as console:
        page = console.page
        await page.get_by_label("Token").fill("nonsense")
        await page.keyboard.press("Enter")
        await expect(page.locator(".field-error")).to_contain_text("doesn't know this token")
        await page.get_by_label("Token").fill(served.secret)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1, name="Contacts")).to_be_visible()
        await expect(page.get_by_role("searchbox")).to_have_value("zuri")

        other = await page.context.new_page()
        await other.goto(console.url)
        await expect(other.get_by_role("heading", level=1, name="Contacts")).to_be_visible()
        assert other.url == f"{console.url}/contacts"
        await other.get_by_role("button", name="Sign out").click()

        for tab in (page, other):
            await expect(tab.get_by_role("heading", name="Sign in")).to_be_visible()
            assert await tab.evaluate("sessionStorage.length") == 0

        await page.get_by_label("Token").fill(served.secret)
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("No contact matches")).to_be_visible()
        await revoke(served)
        await expect(page.get_by_text("Your session has ended. Sign in again.")).to_be_visible()
        console.problems.clear()  # Chromium reports the status 401


async def revoke(served: RunningServer) -> None:
    id = encode(IdPrefix.API_TOKEN, served.token_id)
    await served.api.run("mutation ($id: ID!) { revokeToken(input: {id: $id}) { errors { code } } }", id=id)


async def test_a_link_signs_in_and_leaves_no_secret_in_the_address(console: Console) -> None:
    await expect(console.page.get_by_role("heading", level=1, name="Contacts")).to_be_visible()

    assert console.page.url == f"{console.url}/contacts"


async def test_a_user_sees_only_what_they_may_do(served: RunningServer) -> None:
    await served.api.make_contact("0712345678", firstName="Zuri")
    _, secret = await tokens.create(
        account_id=served.api.account_id,
        name="reader",
        user_id=None,
        scopes=[Scope.CONTACTS_READ],
        expires_at=MONDAY + DAY,
        now=MONDAY,
    )
    async with opened(served, f"#token={secret}") as console:
        await console.page.get_by_role("link", name="Zuri").click()
        await expect(console.page.get_by_role("heading", name="Details")).to_be_visible()

        shown = await console.page.get_by_role("button").all_inner_texts()
        tabs = await console.page.get_by_role("tab").all_inner_texts()
        await console.open("/contacts")
        await expect(console.page.get_by_role("row")).to_have_count(2)
        await expect(console.button("New contact")).to_have_count(0)
        await console.page.get_by_role("checkbox", name="Select Zuri").check()
        actions = await console.page.locator(".action-buttons button").all_inner_texts()

    assert [text for text in shown if text] == []
    assert (tabs, actions) == (["History", "Consent"], ["Export"])


async def test_an_identity_provider_signs_in_by_a_code_and_refreshes_the_session(database_url: str) -> None:
    async with identity_provider() as issuer, providing() as keys:
        key = RSAKey.generate_key(2048)
        keys.published = {"k": key}
        issuer.sign = lambda: keys.issue("RS256", key, key_id="k", iss=issuer.url)
        rules = {"jwt_jwks_url": keys.url, "jwt_issuer": issuer.url, "jwt_audience": AUDIENCE}
        async with (
            running_server(database_url, jobs=0, console_oidc_client_id=CLIENT, **rules) as served,
            opened(served, "/contacts?search=zuri") as console,
        ):
            await console.page.get_by_role("button", name="Sign in with your organization").click()
            await expect(console.page.get_by_role("heading", level=1, name="Contacts")).to_be_visible()
            await expect(console.page.get_by_role("searchbox")).to_have_value("zuri")
            user = await console.page.locator(".side .viewer").inner_text()
            await console.page.get_by_role("searchbox").fill("ana")
            await expect(console.page.get_by_text("No contact matches")).to_be_visible()

    assert "Ada" in user
    assert issuer.grants[0] == "authorization_code"
    assert set(issuer.grants[1:]) == {"refresh_token"}


class Issuer:
    """A provider whose access tokens expire at once, so that a client refreshes them before each use."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.grants: list[str] = []
        self.sign: Callable[[], str] = str
        self._challenge = ""

    async def discovery(self, request: Request) -> Response:
        names = {"authorization_endpoint": f"{self.url}/authorize", "token_endpoint": f"{self.url}/token"}
        return JSONResponse(names)

    async def authorize(self, request: Request) -> Response:
        asked = request.query_params
        assert (asked["client_id"], asked["response_type"], asked["audience"]) == (CLIENT, "code", AUDIENCE)
        assert (asked["code_challenge_method"], asked["scope"]) == ("S256", "openid email")
        self._challenge = asked["code_challenge"]
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({'code': 'c', 'state': asked['state']})}")

    async def token(self, request: Request) -> Response:
        given = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        self.grants.append(given["grant_type"])
        if given["grant_type"] == "authorization_code":
            hashed = sha256(given["code_verifier"].encode()).digest()
            assert urlsafe_b64encode(hashed).rstrip(b"=").decode() == self._challenge
        return JSONResponse({"access_token": self.sign(), "expires_in": 30, "refresh_token": "r"})


@asynccontextmanager
async def identity_provider() -> AsyncIterator[Issuer]:
    port = free_port()
    issuer = Issuer(port)
    app = Starlette(
        routes=[
            Route("/.well-known/openid-configuration", issuer.discovery),
            Route("/authorize", issuer.authorize),
            Route("/token", issuer.token, methods=["POST"]),
        ],
        middleware=[Middleware(CORSMiddleware, allow_origins=["*"])],
    )
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None))
    running = asyncio.create_task(server._serve())
    try:
        while not server.started:  # noqa: ASYNC110  # uvicorn has no event for it
            await asyncio.sleep(0.01)
        yield issuer
    finally:
        server.should_exit = True
        await running
