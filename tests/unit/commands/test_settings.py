"""The operator's settings in environment variables, and the error messages for invalid values."""

import os
from pathlib import Path

import pytest

from models.db import database
from settings import BadSettings, LogLevel, load


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("MUSTER_"):
            monkeypatch.delenv(name)


def test_nothing_has_to_be_set() -> None:
    settings = load()

    assert settings.database_url == "sqlite:///var/muster.db"
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8000, 1)
    assert settings.cors_origins == ()
    assert settings.compiled


def test_each_setting_is_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSTER_DATABASE_URL", "postgres://muster:secret@db:5433/muster?statement_cache_size=0")
    monkeypatch.setenv("MUSTER_PORT", "8080")
    monkeypatch.setenv("MUSTER_CORS_ORIGINS", "https://app.example.com/, http://localhost:3000")
    monkeypatch.setenv("MUSTER_PUBLIC_URL", "https://muster.example.com/")
    monkeypatch.setenv("MUSTER_LOG_LEVEL", "WARNING")
    monkeypatch.setenv("MUSTER_COMPILED", "false")
    monkeypatch.setenv("MUSTER_HOST", "")
    monkeypatch.setenv("MUSTER_METRICS", "9100")

    settings = load()

    assert settings.database_url == "postgres://muster:secret@db:5433/muster?statement_cache_size=0"
    assert settings.port == 8080
    assert settings.cors_origins == ("https://app.example.com", "http://localhost:3000")
    assert settings.public_url == "https://muster.example.com"
    assert settings.log_level is LogLevel.WARNING
    assert not settings.compiled
    assert settings.host == "127.0.0.1"
    assert (settings.metrics, settings.metrics_port, settings.traces) == ("9100", 9100, False)


def test_replicas_are_several_addresses_and_need_postgresql(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSTER_READ_URL", "postgres://a@one/muster, postgres://a:b%2Cc@two/muster")
    with pytest.raises(BadSettings, match="MUSTER_READ_URL needs PostgreSQL, but MUSTER_DATABASE_URL is SQLite"):
        load()

    settings = load(database_url="postgres://a@db/muster")

    assert settings.read_url == ("postgres://a@one/muster", "postgres://a:b%2Cc@two/muster")
    assert settings.database_options["tells_writes"]
    monkeypatch.setenv("MUSTER_READ_URL", "sqlite:///replica.db")
    with pytest.raises(BadSettings, match="MUSTER_READ_URL must be postgres"):
        load()


def test_the_command_line_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSTER_PORT", "8080")

    assert load(port=9000, host=None).port == 9000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "70000"),
        ("WORKERS", "0"),
        ("COMPILED", "perhaps"),
        ("METRICS", "0"),
        ("METRICS", "perhaps"),
        ("TRACES", "perhaps"),
        ("LOG_LEVEL", "loud"),
        ("LOG_FORMAT", "xml"),
        ("CORS_ORIGINS", "app.example.com"),
        ("CORS_ORIGINS", "https://app.example.com/path"),
        ("PUBLIC_URL", "muster.example.com"),
        ("TOKEN_CACHE_SECONDS", "-1"),
        ("MAX_BODY_BYTES", "10 MB"),
        ("JOB_RETRY_HOURS", "-1"),
        ("JOB_RETENTION_DAYS", "0"),
        ("JWT_JWKS_URL", "http://login.example.com/keys"),
        ("JWT_JWKS_URL", "https://user:secret@login.example.com/keys"),
    ],
)
def test_a_bad_value_is_told_in_one_line_that_names_it(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"MUSTER_{name}", value)

    with pytest.raises(BadSettings) as refused:
        load()

    line = str(refused.value)
    assert line.startswith(f"MUSTER_{name} ")
    assert repr(value) in line
    assert "\n" not in line


@pytest.mark.parametrize(
    "url",
    [
        "mysql://muster:secret@db/muster",
        "postgres://muster:secret@db:port/muster",
        "postgres://muster:secret@db",
        "sqlite://secret",
        "sqlite:///",
        "sqlite:///secret.db?journal_mode=DELETE",
        "secret",
    ],
)
def test_a_bad_database_url_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("MUSTER_DATABASE_URL", url)

    with pytest.raises(BadSettings) as refused:
        load()

    assert str(refused.value).startswith("MUSTER_DATABASE_URL must be ")
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("option", "problem"),
    [
        ("foo=bar", "has the unknown option 'foo'; the options are application_name, command_timeout, "),
        ("statement_cache_size=none", "has statement_cache_size=none: it must be a whole number"),
        ("timeout=soon", "has timeout=soon: it must be a number"),
        ("ssl=yes", "has ssl=yes: it must be one of disable, allow, prefer, require, verify-ca, verify-full"),
    ],
)
def test_an_option_of_the_database_that_can_not_be_is_told(
    monkeypatch: pytest.MonkeyPatch, option: str, problem: str
) -> None:
    monkeypatch.setenv("MUSTER_DATABASE_URL", f"postgres://muster:secret@db/muster?{option}")

    with pytest.raises(BadSettings) as refused:
        load()

    assert str(refused.value).startswith(f"MUSTER_DATABASE_URL {problem}")
    assert "secret" not in str(refused.value)


def test_the_options_of_a_database_url_are_read_as_the_driver_takes_them() -> None:
    url = load(
        database_url="postgres://db/muster?sslmode=disable&command_timeout=2.5&application_name=a%20b"
    ).database_url

    read = database.configuration(url)["connections"]["default"]["credentials"]
    assert read["ssl"] == "disable"
    assert read["command_timeout"] == 2.5
    assert read["server_settings"] == {"application_name": "a b"}
    assert read["database"] == "muster"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("DATABSE_URL", "DATABASE_URL"),
        ("CORS_ORIGIN", "CORS_ORIGINS"),
        ("LOGLEVEL", "LOG_LEVEL"),
        ("PROT", "PORT"),
    ],
)
def test_a_slip_in_a_settings_name_is_told(monkeypatch: pytest.MonkeyPatch, name: str, meant: str) -> None:
    monkeypatch.setenv(f"MUSTER_{name}", "")

    with pytest.raises(BadSettings, match=f"^MUSTER_{name} is not a setting. Rename it to MUSTER_{meant},"):
        load()


@pytest.mark.parametrize("name", ["TOKEN", "DB_PASSWORD", "PUBLISHED_PORT", "SERVICE_HOST", "PORT_8000_TCP_ADDR"])
def test_what_others_call_by_the_products_name_is_left_alone(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(f"MUSTER_{name}", "something")

    assert load() == load()


def test_a_database_url_is_not_shown_with_the_settings() -> None:
    assert "secret" not in repr(load(database_url="postgres://muster:secret@db/muster"))


def test_several_bad_values_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSTER_PORT", "http")
    monkeypatch.setenv("MUSTER_WORKERS", "none")

    with pytest.raises(BadSettings, match=r"MUSTER_PORT .*; MUSTER_WORKERS "):
        load()


WEBHOOK_URL = "https://app.example.com/hooks?to=muster"
WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_webhooks_have_an_address_and_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSTER_WEBHOOK_URL", WEBHOOK_URL)
    monkeypatch.setenv("MUSTER_WEBHOOK_SECRET", f"{WEBHOOK_SECRET} whsec_{'A' * 32}")
    monkeypatch.setenv("MUSTER_WEBHOOK_ALLOW_PRIVATE", "true")

    settings = load()

    assert settings.webhook_url == WEBHOOK_URL
    assert [len(key) for key in settings.webhook_keys] == [24, 24]
    assert settings.webhook_allow_private
    assert WEBHOOK_SECRET not in repr(settings)


def test_without_webhooks_no_secret_is_needed() -> None:
    assert (load().webhook_url, load().webhook_keys) == (None, ())


@pytest.mark.parametrize(
    ("url", "secret", "problem"),
    [
        (WEBHOOK_URL, "", "MUSTER_WEBHOOK_SECRET must be set if MUSTER_WEBHOOK_URL is set"),
        (WEBHOOK_URL, "  ", "MUSTER_WEBHOOK_SECRET must be set if MUSTER_WEBHOOK_URL is set"),
        (WEBHOOK_URL, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "MUSTER_WEBHOOK_SECRET must be whsec_ and the base64"),
        (WEBHOOK_URL, "whsec_c2hvcnQ=", "MUSTER_WEBHOOK_SECRET must be whsec_ and the base64"),
        (WEBHOOK_URL, f"{WEBHOOK_SECRET} whsec_%%%", "MUSTER_WEBHOOK_SECRET must be whsec_ and the base64"),
        ("ftp://app.example.com", WEBHOOK_SECRET, "MUSTER_WEBHOOK_URL must be an address"),
        ("https://ada:secret@app.example.com", WEBHOOK_SECRET, "MUSTER_WEBHOOK_URL must be an address"),
        ("https://app.example.com:99999", WEBHOOK_SECRET, "MUSTER_WEBHOOK_URL must be an address"),
    ],
)
def test_a_bad_webhook_is_told_without_its_secrets(
    monkeypatch: pytest.MonkeyPatch, url: str, secret: str, problem: str
) -> None:
    monkeypatch.setenv("MUSTER_WEBHOOK_URL", url)
    monkeypatch.setenv("MUSTER_WEBHOOK_SECRET", secret)

    with pytest.raises(BadSettings) as error:
        load()

    assert str(error.value).startswith(problem)
    assert "secret@" not in str(error.value)
    assert "MfKQ" not in str(error.value)


@pytest.mark.parametrize("url", ["ftp://u:hush@host", "smtp://u:hush@host:99999", "smtp://u:hush@[::1", "smtp://"])
def test_a_bad_mail_server_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("MUSTER_SMTP_URL", url)

    with pytest.raises(BadSettings) as refused:
        load()

    assert str(refused.value) == "MUSTER_SMTP_URL must be smtp://user:password@host:port or smtps://…"


KEY_SET = {"jwt_jwks_url": "https://login.example.com/keys"}
RULES = {"jwt_issuer": "https://login.example.com/", "jwt_audience": "muster"}
PEM = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----"


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (KEY_SET, "MUSTER_JWT_ISSUER must be set if MUSTER_JWT_JWKS_URL is set; MUSTER_JWT_AUDIENCE must be set if "),
        ({"jwt_public_key": PEM, "jwt_issuer": "x"}, "MUSTER_JWT_AUDIENCE must be set if MUSTER_JWT_PUBLIC_KEY is set"),
        (
            KEY_SET | {"jwt_public_key": PEM} | RULES,
            "only one of MUSTER_JWT_JWKS_URL and MUSTER_JWT_PUBLIC_KEY can be ",
        ),
        ({"jwt_public_key": PEM.replace("PUBLIC", "PRIVATE")} | RULES, "MUSTER_JWT_PUBLIC_KEY must start with "),
        ({"console_oidc_client_id": "c"}, "MUSTER_JWT_JWKS_URL must be set if MUSTER_CONSOLE_OIDC_CLIENT_ID is set"),
        (
            KEY_SET | RULES | {"jwt_issuer": "acme", "console_oidc_client_id": "c"},
            "MUSTER_JWT_ISSUER must be an address if MUSTER_CONSOLE_OIDC_CLIENT_ID is set",
        ),
        (
            {"jwt_public_key": "/nowhere.pem"} | RULES,
            "MUSTER_JWT_PUBLIC_KEY must be the PEM of a public key, or the path",
        ),
    ],
)
def test_settings_of_jwts_that_do_not_fit_together_are_told(given: dict[str, str], problem: str) -> None:
    with pytest.raises(BadSettings) as refused:
        load(**given)

    assert str(refused.value).startswith(problem)


def test_a_public_key_is_read_from_a_text_with_escapes_or_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text(PEM + "\n")

    found = [
        load(jwt_public_key=key, **RULES).jwt_public_key
        for key in (PEM.replace("\n", "\\n"), str(tmp_path / "key.pem"))
    ]

    assert found == [PEM, PEM]
    assert [load(jwt_jwks_url=url, **RULES).jwt_jwks_url for url in ("http://127.0.0.1:1/keys", "http://[::1]/k")]


def test_a_bad_token_of_the_metrics_is_told_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSTER_METRICS_TOKEN", "too-short")

    with pytest.raises(BadSettings) as error:
        load()

    assert str(error.value) == "MUSTER_METRICS_TOKEN must have at least 16 characters: ASCII, without spaces"
