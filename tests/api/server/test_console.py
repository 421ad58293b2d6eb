"""The console's page and files, as a browser gets them."""

import json
import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import httpx2
import pytest

from server import create_app
from settings import Settings
from web.console import assets

GZIP = {"Accept-Encoding": "gzip"}


def client(**settings: object) -> httpx2.AsyncClient:
    app = create_app(Settings(**settings))  # type: ignore[arg-type]
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://muster.test")


async def test_every_address_of_the_console_is_its_page_and_the_root_leads_to_it() -> None:
    async with client() as browser:
        root, page, screen = [await browser.get(path) for path in ("/", "/console", "/console/contacts/cnt_1")]
        again = await browser.get("/console", headers={"If-None-Match": page.headers["etag"]})

    assert (root.status_code, root.headers["location"]) == (307, "/console")
    assert (page.status_code, page.text == screen.text, again.status_code) == (200, True, 304)
    assert page.headers["cache-control"] == "no-cache"


async def test_the_policy_of_the_page_allows_its_own_scripts_and_no_other() -> None:
    async with client() as browser:
        page = await browser.get("/console")

    policy = dict(each.split(" ", 1) for each in page.headers["content-security-policy"].split("; "))
    [inline] = re.findall(r'<script type="importmap">(.*?)</script>', page.text)
    hashed = b64encode(sha256(inline.encode()).digest()).decode()
    assert policy["default-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["script-src"].removesuffix(" https://unpkg.com") == f"'self' 'sha256-{hashed}'"
    assert {name for name, value in policy.items() if value == "'none'"} == {
        "object-src",
        "frame-ancestors",
        "base-uri",
        "form-action",
    }
    scripts = re.findall(r"<script (?!id=\"settings\" type=\"application/json\"|type=\"importmap\")([^>]*)>", page.text)
    assert [script.split('src="')[0] for script in scripts] == ['type="module" ']
    assert " style=" not in page.text
    assert "<style" not in page.text


async def test_until_the_packages_are_fetched_browsers_load_them_from_a_cdn_by_their_hashes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "DIRECTORY", tmp_path)
    async with client() as browser:
        page = await browser.get("/console")

    [inline] = re.findall(r'<script type="importmap">(.*?)</script>', page.text)
    used = json.loads(inline)
    assert used["imports"].keys() == assets.SPECIFIERS.keys()
    assert used["integrity"] == {each.cdn_url: each.integrity for each in assets.ASSETS}
    assert set(used["imports"].values()) == used["integrity"].keys()
    assert " https://unpkg.com;" in page.headers["content-security-policy"]


async def test_browsers_keep_the_files_of_this_version_forever_and_get_them_compressed() -> None:
    async with client() as browser:
        page = await browser.get("/console")
        [address] = re.findall(r'href="([^"]*style\.css)"', page.text)
        file = await browser.get(address, headers=GZIP)
        again = await browser.get(address, headers={"If-None-Match": file.headers["etag"]})
        older = await browser.get(re.sub(r"files/\w+/", "files/0123456789abcdef/", address))
        missing = await browser.get(address.replace("style.css", "../../settings.py"))

    assert (file.status_code, file.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert (file.headers["content-encoding"], again.status_code) == ("gzip", 304)
    assert file.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert (older.text == file.text, older.headers["cache-control"]) == (True, "no-cache")
    assert missing.status_code == 404 or "text/html" in missing.headers["content-type"]


async def test_without_the_console_there_is_no_page_and_the_root_leads_to_graphiql() -> None:
    async with client(console="false") as browser:
        root, page = await browser.get("/"), await browser.get("/console")

    assert (root.headers["location"], page.status_code) == ("/graphql", 404)


async def test_the_page_knows_the_identity_provider_and_may_call_it() -> None:
    settings = {
        "jwt_jwks_url": "https://login.example.com/keys",
        "jwt_issuer": "https://login.example.com/realms/acme",
        "jwt_audience": "muster",
        "console_oidc_client_id": "muster-<console>",
    }
    async with client(**settings) as browser:
        page = await browser.get("/console")

    assert "connect-src 'self' https://login.example.com;" in page.headers["content-security-policy"]
    assert '"client_id":"muster-\\u003cconsole>"' in page.text
    assert '"issuer":"https://login.example.com/realms/acme"' in page.text
