"""JWTs of an identity provider work like tokens of their user. Most tests need a server with one account."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from joserfc.jwk import Key, RSAKey

from models.db import database
from schema.ids import IdPrefix, encode
from services.accounts import management as accounts, users
from services.accounts.authentication import SCOPES_OF_ROLE, Role, Scope
from tests.support.api_client import HOUR, MONDAY, iso
from tests.support.job_progress import PROGRESS, waiting_job
from tests.support.servers.http_client import HttpServer, code_of, running_http_server
from tests.support.servers.identity_provider import (
    AUDIENCE,
    ISSUER,
    Provider,
    new_keys,
    provider as providing,
    public_pem,
    signed_with_text,
    unsigned,
)
from tests.support.servers.running_server import running_server
from web.credentials import jwt_keys
from web.realtime import token_watch

SECOND = timedelta(seconds=1)
VIEWER = "{ viewer { user { email } scopes } }"
RULES = {"jwt_issuer": ISSUER, "jwt_audience": AUDIENCE}


@pytest.fixture(scope="module")
def keys() -> dict[str, Key]:
    return new_keys()


@pytest.fixture
async def provider(keys: dict[str, Key]) -> AsyncIterator[Provider]:
    async with providing() as made:
        made.published = dict(keys)
        yield made


@pytest.fixture
async def site(database_url: str, provider: Provider) -> AsyncIterator[HttpServer]:
    async with running_http_server(database_url, jwt_jwks_url=provider.url, **RULES) as site:
        yield site


def stamp(span: timedelta) -> int:
    return int((MONDAY + span).timestamp())


async def viewer(site: HttpServer, token: str) -> Any:
    """Returns the viewer of a JWT, or the status and the message of the refusal."""
    response = await site.post(query=VIEWER, Authorization=f"Bearer {token}")
    if response.status_code != 200:
        return response.status_code, response.json()["errors"][0]["message"]
    return response.json()["data"]["viewer"]


ADA = {"user": {"email": "ada@example.com"}, "scopes": sorted(Scope)}


@pytest.mark.plain_postgres
async def test_a_jwt_of_every_asymmetric_algorithm_speaks_for_its_user(
    site: HttpServer, provider: Provider, keys: dict[str, Key]
) -> None:
    found = {name: await viewer(site, provider.issue(name, key, key_id=name)) for name, key in keys.items()}
    again = await viewer(site, provider.issue("RS256", keys["RS256"], key_id="RS256", email="ADA@example.com"))
    by_secret = await viewer(site, site.secret)

    assert found == dict.fromkeys(keys, ADA)
    assert again == by_secret == ADA
    assert provider.fetches == 1


@pytest.mark.plain_postgres
async def test_a_jwt_that_is_not_the_providers_is_refused(
    site: HttpServer, provider: Provider, keys: dict[str, Key]
) -> None:
    def issue(**claims: Any) -> str:
        return provider.issue("ES256", keys["ES256"], key_id="ES256", **claims)

    good, stranger = issue(), RSAKey.generate_key(2048)
    header, payload, signature = good.split(".")
    await users.create(account_id=site.account_id, email="gone@example.com", name="G", role=Role.AGENT, now=MONDAY)
    await database.execute("UPDATE account_user SET is_active = $1 WHERE email_key = 'gone@example.com'", False)
    refused = {
        "none": unsigned(good),
        "HS256 with the public key": signed_with_text(public_pem(keys["RS256"]), payload, key_id="RS256"),
        "another key": provider.issue("RS256", stranger, key_id="RS256"),
        "another key's ID": provider.issue("RS256", stranger, key_id="unknown"),
        "no key ID": provider.issue("ES256", keys["ES256"], key_id=None),
        "another algorithm than the key's": provider.issue("PS256", stranger, key_id="ES256"),
        "other claims": f"{header}.{issue(email='bob@example.com').split('.')[1]}.{signature}",
        "cut": f"{header}.{payload}.{signature[:-4]}",
        "no JWT": "a.b.c",
        "no exp": issue(exp=None),
        "exp as a text": issue(exp="tomorrow"),
        "exp without end": issue(exp=10**30),
        "expired": issue(exp=stamp(-61 * SECOND)),
        "not yet valid": issue(nbf=stamp(61 * SECOND)),
        "issued later": issue(iat=stamp(61 * SECOND)),
        "another issuer": issue(iss="https://login.example.com"),
        "no issuer": issue(iss=None),
        "another audience": issue(aud=["other", "muster2"]),
        "no audience": issue(aud=None),
        "unverified": issue(email_verified=False),
        "nobody": issue(sub=None, email=None),
        "unknown": issue(email="eve@example.com"),
        "inactive": issue(email="gone@example.com"),
    }

    answers = {name: await viewer(site, token) for name, token in refused.items()}

    assert [name for name, answer in answers.items() if answer[0] != 401] == []
    assert await viewer(site, good) == ADA
    assert answers["expired"][1] == "The JWT's claim 'exp' is missing, expired or not accepted."
    by_other_scheme = await site.post(Authorization=f"api-key {good}")
    assert (by_other_scheme.status_code, code_of(by_other_scheme)) == (401, "UNAUTHENTICATED")


@pytest.mark.plain_postgres
async def test_clocks_may_differ_by_a_minute(site: HttpServer, provider: Provider, keys: dict[str, Key]) -> None:
    near: list[dict[str, Any]] = [
        {"exp": stamp(-59 * SECOND)},
        {"nbf": stamp(59 * SECOND)},
        {"iat": stamp(59 * SECOND)},
    ]

    found = [await viewer(site, provider.issue("ES256", keys["ES256"], key_id="ES256", **claims)) for claims in near]

    assert found == [ADA] * 3


@pytest.mark.plain_postgres
async def test_roles_are_as_stored_and_a_scope_claim_narrows_the_scopes(
    site: HttpServer, provider: Provider, keys: dict[str, Key]
) -> None:
    bob = await users.create(
        account_id=site.account_id, email="bob@example.com", name="Bob", role=Role.AGENT, now=MONDAY
    )

    async def scopes(**claims: Any) -> Any:
        token = provider.issue("ES256", keys["ES256"], key_id="ES256", email="bob@example.com", **claims)
        return (await viewer(site, token))["scopes"]

    assert await scopes() == await scopes(scope="openid email") == sorted(SCOPES_OF_ROLE[Role.AGENT])
    assert await scopes(scope="openid CONTACTS_READ ADMIN") == ["CONTACTS_READ"]
    assert await scopes(scope=["CAMPAIGNS_READ"]) == ["CAMPAIGNS_READ"]
    await users.update(account_id=site.account_id, user_id=bob, changes={"role": Role.ADMIN}, now=MONDAY)
    assert await scopes() == sorted(Scope)


@pytest.mark.plain_postgres
async def test_a_jwt_cannot_make_a_token_that_outlives_it(
    site: HttpServer, provider: Provider, keys: dict[str, Key]
) -> None:
    token = provider.issue("ES256", keys["ES256"], key_id="ES256")

    async def created(expires_at: str) -> Any:
        query = (
            f'mutation {{ createToken(input: {{name: "x", scopes: [ADMIN], {expires_at}}}) {{ errors {{ code }} }} }}'
        )
        return (await site.post(query=query, Authorization=f"Bearer {token}")).json()["data"]["createToken"]["errors"]

    assert await created("") == await created(f'expiresAt: "{iso(MONDAY + 2 * HOUR)}"') == [{"code": "FORBIDDEN"}]
    assert await created(f'expiresAt: "{iso(MONDAY + HOUR)}"') == []


@pytest.mark.plain_postgres
async def test_a_user_with_a_stored_subject_is_found_by_it_alone(
    site: HttpServer, provider: Provider, keys: dict[str, Key]
) -> None:
    await users.create(
        account_id=site.account_id, email="bob@example.com", name="Bob", role=Role.ADMIN, subject="bob-1", now=MONDAY
    )

    async def found(**claims: Any) -> Any:
        return await viewer(site, provider.issue("ES256", keys["ES256"], key_id="ES256", **claims))

    bob = {"user": {"email": "bob@example.com"}, "scopes": sorted(Scope)}
    assert await found(sub="bob-1", email=None) == bob
    assert await found(sub="bob-1", email="ada@example.com") == bob
    assert await found(sub="bob-1", email_verified=False) == bob
    assert (await found(sub="other", email="bob@example.com"))[0] == 401


async def test_the_account_is_named_by_a_claim_or_is_the_only_one(
    database_url: str, provider: Provider, keys: dict[str, Key]
) -> None:
    rules = {**RULES, "jwt_account_claim": "https://muster.example.com/account"}
    async with running_http_server(database_url, jwt_jwks_url=provider.url, **rules) as site:
        other = await accounts.create(name="Other", default_region="KE", now=MONDAY)
        await users.create(account_id=other, email="ada@example.com", name="Ada", role=Role.AGENT, now=MONDAY)

        async def found(account: Any) -> Any:
            claims = {rules["jwt_account_claim"]: account}
            return await viewer(site, provider.issue("ES256", keys["ES256"], key_id="ES256", **claims))

        assert await found(encode(IdPrefix.ACCOUNT, site.account_id)) == ADA
        assert (await found(encode(IdPrefix.ACCOUNT, other)))["scopes"] == sorted(SCOPES_OF_ROLE[Role.AGENT])
        assert [(await found(wrong))[0] for wrong in (None, "x", 5, encode(IdPrefix.ACCOUNT, site.user_id))] == [
            401
        ] * 4
    async with running_http_server(database_url, jwt_public_key=public_pem(keys["ES256"]), **RULES) as site:
        several = await viewer(site, provider.issue("ES256", keys["ES256"], key_id=None))

    assert several[0] == 401
    assert "several accounts" in several[1]


@pytest.mark.plain_postgres
@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
async def test_one_public_key_needs_no_provider_to_be_reached(
    database_url: str, provider: Provider, keys: dict[str, Key], algorithm: str
) -> None:
    async with running_http_server(database_url, jwt_public_key=public_pem(keys[algorithm]), **RULES) as site:
        found = await viewer(site, provider.issue(algorithm, keys[algorithm], key_id="any"))

    assert found == ADA
    assert provider.fetches == 0


# ------------------------------------------------------------------ the provider's keys


@pytest.mark.plain_postgres
async def test_a_new_key_is_fetched_and_an_old_one_ends(
    database_url: str, provider: Provider, keys: dict[str, Key], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jwt_keys, "RETRY_SECONDS", 0.0)
    old = provider.issue("ES256", keys["ES256"], key_id="old")
    new = provider.issue("RS256", keys["RS256"], key_id="new")
    async with running_http_server(database_url, jwt_jwks_url=provider.url, token_cache_seconds=0, **RULES) as site:
        provider.published = {"old": keys["ES256"]}
        before = [await viewer(site, old), (await viewer(site, new))[0]]
        provider.published = {"old": keys["ES256"], "new": keys["RS256"]}
        both = [await viewer(site, new), await viewer(site, old)]
        fetches = provider.fetches
        provider.published = {"new": keys["RS256"]}
        monkeypatch.setattr(jwt_keys, "FRESH_SECONDS", 0.0)
        async with asyncio.timeout(30):
            while await viewer(site, old) == ADA:  # noqa: ASYNC110  # the fetch in the background has no event
                await asyncio.sleep(0.01)
        after = await viewer(site, new)

    assert before == [ADA, 401]
    assert both == [ADA, ADA]
    assert fetches == 3  # at first, and for the unknown ID before and after it was published
    assert after == ADA


async def test_unknown_key_ids_fetch_the_keys_once_in_ten_seconds(
    site: HttpServer, provider: Provider, keys: dict[str, Key]
) -> None:
    tokens = [provider.issue("ES256", keys["ES256"], key_id=f"unknown {number}") for number in range(20)]

    found = await asyncio.gather(*(viewer(site, token) for token in tokens))

    assert [answer[0] for answer in found] == [401] * 20
    assert provider.fetches == 1


@pytest.mark.plain_postgres
async def test_cached_keys_work_while_the_provider_is_down_and_without_any_the_answer_is_503(
    database_url: str, provider: Provider, keys: dict[str, Key], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jwt_keys, "RETRY_SECONDS", 0.0)
    token = provider.issue("ES256", keys["ES256"], key_id="ES256")
    published, provider.published = provider.published, None
    async with running_http_server(database_url, jwt_jwks_url=provider.url, token_cache_seconds=0, **RULES) as site:
        without = await site.post(Authorization=f"Bearer {token}")
        provider.published = published
        found = await viewer(site, token)
        provider.published = None
        monkeypatch.setattr(jwt_keys, "FRESH_SECONDS", 0.0)
        cached = [await viewer(site, token) for _ in range(3)]
        monkeypatch.setattr(jwt_keys, "KEPT_SECONDS", 0.0)
        too_old = await site.post(Authorization=f"Bearer {token}")

    assert [(answer.status_code, answer.headers.get("retry-after")) for answer in (without, too_old)] == [
        (503, "2")
    ] * 2
    assert [found, *cached] == [ADA] * 4


# ------------------------------------------------------------------ long-lived connections


@pytest.mark.plain_postgres
async def test_a_socket_closes_with_4401_when_the_jwt_expires(
    database_url: str, provider: Provider, keys: dict[str, Key], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_watch, "SECONDS", 0.05)
    async with running_server(database_url, jwt_jwks_url=provider.url, **RULES) as served:
        token = provider.issue("ES256", keys["ES256"], key_id="ES256")
        job = await waiting_job(served.api)
        async with served.socket(secret=token) as idle, served.socket(secret=token) as asking:
            await idle.subscribe(PROGRESS, {"id": job})
            await idle.receive()
            served.at(MONDAY + HOUR - SECOND)
            await asking.subscribe(VIEWER)
            answered = await asking.receive()
            served.at(MONDAY + HOUR)  # within the leeway for clocks that differ
            await asking.subscribe(VIEWER, key="2")
            closed = [await asking.closed(), await idle.closed()]

    assert answered["payload"]["data"]["viewer"]["user"] == {"email": "ada@example.com"}
    assert [code for code, _ in closed] == [4401, 4401]
