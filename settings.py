"""The settings: environment variables that start with MUSTER_. Only this module reads them."""

import base64
import difflib
import importlib.util
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from models.db import database
from services.webhooks.events import EventType

PREFIX = "MUSTER_"
_ORIGIN = re.compile(r"https?://[^/\s?#@]+")
_BOOLEANS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
Reader = Callable[[Any], Any]
"""Converts the text of a variable, or a value. Raises ValueError with a text that says what the value must be."""


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    AUTO = "auto"
    CONSOLE = "console"
    JSON = "json"


class SqliteSynchronous(StrEnum):
    FULL = "full"
    NORMAL = "normal"


class DocumentsMode(StrEnum):
    OPEN = "open"
    AUDIT = "audit"
    ONLY = "only"


class BadSettings(Exception):
    """The settings can't be used. The text is one line for the operator and shows no secret."""


# ------------------------------------------------------------------ readers of values


def _number(kind: Callable[[Any], float], least: float, most: float, what: str) -> Reader:
    def read(value: Any) -> float:
        try:
            number = kind(value)
        except ValueError:
            number = None
        if number is None or not least <= number <= most:
            raise ValueError(f"must be {what} from {least} to {most}, not {str(value)[:80]!r}")
        return number

    return read


def _integer(least: int, most: int) -> Reader:
    return _number(int, least, most, "a whole number")


def _float(least: float, most: float) -> Reader:
    return _number(float, least, most, "a number")


def _metrics(value: Any) -> str:
    text = str(value).lower()
    if text in ("off", "on") or (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        return text
    raise ValueError(f"must be off, on or a port from 1 to 65535, not {str(value)[:80]!r}")


def _metrics_token(value: Any) -> str:
    if len(value) < 16 or not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError("must have at least 16 characters: ASCII, without spaces")
    return str(value)


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value.lower() not in _BOOLEANS:
        raise ValueError(f"must be true or false, not {value!r}")
    return _BOOLEANS[value.lower()]


def _traces(value: Any) -> bool:
    is_on = _boolean(value)
    if is_on and not _is_installed("opentelemetry.exporter.otlp.proto.http"):
        raise ValueError("needs the packages of the extra otel: pip install '.[otel]'")
    return is_on


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # of a package above it
        return False


def _one_of(choices: type[StrEnum]) -> Reader:
    def read(value: Any) -> StrEnum:
        try:
            return choices(value.lower())
        except ValueError:
            raise ValueError(f"must be one of {', '.join(choices)}, not {value!r}") from None

    return read


def _directory(value: Any) -> Path:
    if not Path(value).is_dir():
        raise ValueError(f"must be a directory, not {str(value)!r}")
    return Path(value)


def _existing(value: Any) -> Path:
    if not Path(value).exists():
        raise ValueError(f"must be a file or a directory, not {str(value)!r}")
    return Path(value)


def _database_url(url: str) -> str:
    if url.startswith("sqlite:///") and len(url) > len("sqlite:///") and "?" not in url:
        return url
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("postgres", "postgresql") and parts.hostname and parts.path.strip("/")
        _ = parts.port
    except ValueError:
        is_good = False
    if not is_good:
        raise ValueError("must be sqlite:///path or postgres://user:password@host:port/database")
    database.configuration(url)  # raises ValueError for unknown options
    return url


def _listen_url(url: str) -> str:
    if not _database_url(url).startswith("postgres"):
        raise ValueError("must be postgres://user:password@host:port/database")
    return url


def _webhook_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_good = parts.port != 0 and bool(parts.hostname)
    except ValueError:
        is_good = False
    if not (is_good and re.fullmatch(r"https?://[^/\s?#@]+([/?][^\s#]*)?", url)):
        raise ValueError("must be an address such as https://app.example.com/hooks, without a user and a password")
    return url


def _webhook_secret(secrets: str) -> str:
    _keys(secrets)
    return secrets


def _keys(secrets: str) -> tuple[bytes, ...]:
    """Decodes the keys. Raises ValueError with a text that contains no secret."""
    problem = "must be whsec_ and the base64 of 24 to 64 bytes"
    keys = []
    for secret in secrets.split():
        try:
            key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except ValueError:
            raise ValueError(problem) from None
        if not secret.startswith("whsec_") or not 24 <= len(key) <= 64:
            raise ValueError(problem)
        keys.append(key)
    return tuple(keys)


def _origins(value: Any) -> tuple[str, ...]:
    origins = re.split(r"[\s,]+", value.strip(" ,")) if isinstance(value, str) else value
    origins = tuple(origin.rstrip("/") for origin in origins if origin)
    for origin in origins:
        if origin != "*" and not _ORIGIN.fullmatch(origin):
            raise ValueError(
                f"must be origins such as https://app.example.com, separated by commas; {origin!r} is not one"
            )
    return origins


def _names(what: str, is_one: Callable[[str], object]) -> Reader:
    def read(value: Any) -> tuple[str, ...]:
        names = re.split(r"[\s,]+", value.strip(" ,")) if isinstance(value, str) else value
        for name in names:
            if not is_one(name):
                raise ValueError(f"must be {what}, separated by commas; {name!r} is not one")
        return tuple(names)

    return read


def _networks(value: str) -> str:
    for part in value.split(","):
        try:
            _ = value.strip() == "*" or ip_network(part.strip())
        except ValueError:
            raise ValueError(
                f"must be addresses or networks, separated by commas, or *; {part.strip()!r} is not one"
            ) from None
    return value


def _smtp_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("smtp", "smtps") and parts.port != 0 and bool(parts.hostname)
    except ValueError:
        is_good = False
    if not is_good:
        raise ValueError("must be smtp://user:password@host:port or smtps://…")
    return url


def _public_url(url: str) -> str:
    if not re.fullmatch(r"https?://[^/\s?#@]+(/[^\s?#]*)?", url):
        raise ValueError(f"must be an address such as https://muster.example.com, not {url!r}")
    return url.rstrip("/")


def _jwks_url(url: str) -> str:
    match = re.fullmatch(r"(https?)://(\[[^\]\s]+\]|[^/\s?#@:]+)(:\d+)?(/[^\s#]*)?", url)
    if match is None or (match[1] == "http" and match[2] not in ("localhost", "127.0.0.1", "[::1]")):
        raise ValueError(f"must be an https address of a key set, or http on this machine, not {url!r}")
    return url


def _pem(text: str) -> str:
    """Returns the PEM of a public key, from its text or from a file. A text may have \\n instead of line breaks."""
    if "-----BEGIN" not in text:
        try:
            text = Path(text).read_text()
        except (OSError, ValueError):
            raise ValueError("must be the PEM of a public key, or the path of its file") from None
    pem = text.replace("\\n", "\n").strip()
    if not pem.startswith("-----BEGIN PUBLIC KEY-----"):
        raise ValueError("must start with -----BEGIN PUBLIC KEY-----")
    return pem


# ------------------------------------------------------------------ the settings


def _setting(default: Any, read: Reader = str, *, is_secret: bool = False) -> Any:
    return field(default=default, repr=not is_secret, metadata={"read": read})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings, each as a value of its type or as the text of a variable. An empty text means the default.

    Raises BadSettings.
    """

    database_url: str = _setting("sqlite:///var/muster.db", _database_url, is_secret=True)
    """sqlite:///path (an absolute path has four slashes) or postgres://user:password@host/database."""
    listen_url: str | None = _setting(None, _listen_url, is_secret=True)
    """A direct connection to the same PostgreSQL database, for notifications if `database_url` leads to a pooler."""
    pool_size: int = _setting(10, _integer(1, 1000))
    """Connections of each process to PostgreSQL: this number for transactions, and again for single statements."""
    connection_wait_seconds: float = _setting(5.0, _float(0.1, 300))
    """How long a statement waits for a connection, or on SQLite for a reader thread, before the answer is 503."""
    sqlite_readers: int = _setting(4, _integer(1, 64))
    """Threads that run slow reads on SQLite, for each process."""
    sqlite_synchronous: SqliteSynchronous = _setting(SqliteSynchronous.FULL, _one_of(SqliteSynchronous))
    """full: a commit survives a power failure. normal: faster, but a power failure can lose the last commits."""
    host: str = _setting("127.0.0.1")
    port: int = _setting(8000, _integer(0, 65535))
    workers: int = _setting(1, _integer(1, 256))
    cors_origins: tuple[str, ...] = _setting((), _origins)
    """Origins whose pages may call the API, separated by commas; * allows all."""
    cors_headers: tuple[str, ...] = _setting((), _names("names of headers", re.compile(r"[A-Za-z0-9-]+").fullmatch))
    """Further request headers that those pages may send, separated by commas."""
    public_url: str | None = _setting(None, _public_url)
    """The public address of this server, for links in answers; default: the address of the request."""
    smtp_url: str | None = _setting(None, _smtp_url, is_secret=True)
    """smtp://user:password@host:port or smtps://…; without it the server sends no mail."""
    mail_from: str | None = _setting(None)
    """The sender of mail; default: the SMTP user if that is an address."""
    jobs: int = _setting(2, _integer(0, 64))
    """The number of concurrent jobs of each process; 0 if `python -m muster work` runs them."""
    job_retry_hours: float = _setting(12.0, _float(0, 1000))
    """How long the server retries a job after temporary failures; 0 means no retry."""
    job_retention_days: int = _setting(30, _integer(1, 36500))
    """How long finished jobs are kept, with their row errors and files."""
    changes_days: int = _setting(30, _integer(1, 3650))
    """How long changes are kept, and how long a cursor of `changes` works."""
    keep_messages_after_purge: bool = _setting(False, _boolean)
    """Keeps the number and the body of messages when a purge deletes the contact."""
    webhook_url: str | None = _setting(None, _webhook_url, is_secret=True)
    """The address that receives events; without it events are kept for three days, and not sent."""
    webhook_secret: str | None = _setting(None, _webhook_secret, is_secret=True)
    """Signs events: whsec_ and base64. Several, separated by spaces, let receivers switch to a new secret."""
    webhook_allow_private: bool = _setting(False, _boolean)
    """Allows webhook URLs that are not public, such as those of a private network, and http for endpoints."""
    webhook_events: tuple[str, ...] = _setting((), _names("types of events", EventType.__members__.get))
    """Types of events that webhook_url receives besides its five, such as CONTACT_CREATED, separated by commas."""
    webhook_concurrent_requests: int = _setting(8, _integer(1, 100))
    """The highest number of concurrent requests to a webhook endpoint of an account."""
    webhook_requests_per_second: int = _setting(100, _integer(1, 10_000))
    """The highest number of requests a second to a webhook endpoint of an account."""
    log_level: LogLevel = _setting(LogLevel.INFO, _one_of(LogLevel))
    log_format: LogFormat = _setting(LogFormat.AUTO, _one_of(LogFormat))
    """auto: readable text on a terminal, JSON elsewhere."""
    access_log: bool = _setting(False, _boolean)
    """Logs a line for each request."""
    forwarded_allow_ips: str = _setting("127.0.0.1", _networks)
    """Addresses and networks of proxies whose X-Forwarded-* headers are trusted, separated by commas; * trusts all."""
    slow_operation_seconds: float = _setting(1.0, _float(0, 3600))
    """Operations that take this long are logged; 0 logs all."""
    metrics: str = _setting("off", _metrics)
    """on: serves /metrics on `port`, with a token. A number: serves it on this port instead, without a token."""
    metrics_token: str | None = _setting(None, _metrics_token, is_secret=True)
    """Allows to read the metrics. If it is set, a port of their own needs it, too."""
    traces: bool = _setting(False, _traces)
    """Exports OpenTelemetry traces. The OTEL_* variables of OpenTelemetry configure the exporter."""
    max_body_bytes: int = _setting(15_000_000, _integer(1_000, 1_000_000_000))
    max_upload_bytes: int = _setting(1_000_000_000, _integer(1_000, 1_000_000_000_000))
    """The limit for all files of a request together."""
    upload_directory: Path | None = _setting(None, _directory)
    """The directory for uploaded files during their request; default: the system's directory for temporary files."""
    max_query_characters: int = _setting(100_000, _integer(1_000, 15_000_000))
    """The limit for the text of an operation."""
    max_query_tokens: int = _setting(2_000, _integer(100, 1_000_000))
    """The limit for the text of an operation: names, numbers, texts, brackets and comments count."""
    query_cache_bytes: int = _setting(16_000_000, _integer(0, 1_000_000_000))
    """The memory of each process for the cache of parsed, validated and compiled operations."""
    documents: DocumentsMode = _setting(DocumentsMode.OPEN, _one_of(DocumentsMode))
    """open: all documents run. audit: the log names those that are not trusted. only: only trusted ones run."""
    documents_path: Path | None = _setting(None, _existing)
    """The trusted documents: a manifest, or a directory with documents and manifests. Read at the start."""
    persisted_queries_bytes: int = _setting(4_000_000, _integer(0, 1_000_000_000))
    """The memory of each process for the queries that Apollo's clients register; 0 turns their registration off."""
    max_json_values: int = _setting(250_000, _integer(1_000, 100_000_000))
    """The limit for the JSON of a request: commas and opening brackets count."""
    max_list_items: int = _setting(20_000, _integer(1_000, 10_000_000))
    """The limit for each list in the variables of an operation."""
    max_answer_characters: int = _setting(16_000_000, _integer(100_000, 1_000_000_000))
    """The limit for the names and values in an answer."""
    operation_timeout: float = _setting(10.0, _float(0.1, 3600))
    """Seconds that an operation may take. The upload of its body and waiting for a job or its turn don't count."""
    concurrent_operations_per_token: int = _setting(10, _integer(0, 10_000))
    """The highest number of concurrent operations of a token in a process; 0 for no limit."""
    queued_operations_per_token: int = _setting(100, _integer(0, 100_000))
    """The highest number of operations of a token that wait in a process; more are refused with RATE_LIMITED."""
    queue_seconds: float = _setting(5.0, _float(0.1, 600))
    """Seconds that an operation waits for its turn before it is refused with RATE_LIMITED."""
    connections_per_address: int = _setting(256, _integer(0, 1_000_000))
    """The highest number of connections of a client's address in a process; 0 for no limit."""
    websockets_per_address: int = _setting(200, _integer(0, 1_000_000))
    """The highest number of WebSockets of a client's address in a process; 0 for no limit."""
    websockets_per_token: int = _setting(100, _integer(0, 1_000_000))
    """The highest number of WebSockets of a token in a process; 0 for no limit."""
    uploads_per_token: int = _setting(10, _integer(0, 1_000_000))
    """The highest number of requests with files that a token sends at a time to a process; 0 for no limit."""
    max_cost: int = _setting(1_000_000, _integer(1_000, 1_000_000_000))
    """The highest price of an operation, in points: docs/costs.md."""
    token_cache_seconds: float = _setting(5.0, _float(0, 300))
    """How long other processes may still accept a token after it was revoked; 0 looks up the token of each request."""
    jwt_jwks_url: str | None = _setting(None, _jwks_url)
    """The address of the identity provider's key set; with it the server accepts the provider's JWTs."""
    jwt_public_key: str | None = _setting(None, _pem)
    """The provider's one public key in PEM, or the path of its file, instead of jwt_jwks_url."""
    jwt_issuer: str | None = _setting(None)
    """The claim `iss` of the JWTs."""
    jwt_audience: str | None = _setting(None)
    """A value that the claim `aud` of the JWTs must have."""
    jwt_account_claim: str | None = _setting(None)
    """The claim with the ID of the account; not needed if the server has one account."""
    jwt_user_claim: str = _setting("email")
    """The claim with the verified e-mail address of the user."""
    compression: bool = _setting(True, _boolean)
    """Compresses answers of more than 1,000 bytes with zstd or gzip for clients that accept it."""
    compiled: bool = _setting(True, _boolean)
    """Runs operations as compiled plans. false: uses graphql-core's executor, with the same answers."""

    def __post_init__(self) -> None:
        problems = []
        for each in fields(self):
            value = getattr(self, each.name)
            if value is None or value == "":
                object.__setattr__(self, each.name, each.default)
                continue
            try:
                object.__setattr__(self, each.name, each.metadata["read"](value))
            except ValueError as problem:
                problems.append(f"{PREFIX}{each.name.upper()} {problem}")
        if not problems and self.webhook_url and not self.webhook_keys:
            problems.append(f"{PREFIX}WEBHOOK_SECRET must be set if {PREFIX}WEBHOOK_URL is set")
        problems += self._jwt_problems()
        if not problems and self.documents is not DocumentsMode.OPEN and self.documents_path is None:
            problems.append(f"{PREFIX}DOCUMENTS_PATH must be set if {PREFIX}DOCUMENTS is {self.documents}")
        if problems:
            raise BadSettings("; ".join(problems))

    def _jwt_problems(self) -> list[str]:
        keys = [name for name in ("jwt_jwks_url", "jwt_public_key") if getattr(self, name)]
        rules = [name for name in ("jwt_issuer", "jwt_audience") if not getattr(self, name)]
        named = [f"{PREFIX}{name.upper()}" for name in (*keys, *rules)]
        if len(keys) == 2:
            return [f"only one of {named[0]} and {named[1]} can be set"]
        return [f"{name} must be set if {named[0]} is set" for name in named[1:]] if keys else []

    @property
    def database_options(self) -> dict[str, Any]:
        """Returns the options of `database.connect`."""
        return {
            "pool_size": self.pool_size,
            "wait_seconds": self.connection_wait_seconds,
            "sqlite_readers": self.sqlite_readers,
            "sqlite_synchronous": self.sqlite_synchronous.value,
        }

    @property
    def metrics_port(self) -> int | None:
        """Returns the port of their own that the metrics have; None if they have none."""
        return int(self.metrics) if self.metrics.isdigit() else None

    @property
    def webhook_keys(self) -> tuple[bytes, ...]:
        """Returns the keys of `webhook_secret`."""
        return _keys(self.webhook_secret or "")


def load(**overrides: Any) -> Settings:
    """Loads the settings from the environment. `overrides` that are not None come first. Raises BadSettings.

    It also raises for a variable whose name is almost that of a setting, because it is probably a typing mistake.
    """
    known = [PREFIX + each.name.upper() for each in fields(Settings)]
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name not in known and (meant := difflib.get_close_matches(name, known, 1, 0.9)):
            raise BadSettings(f"{name} is not a setting. Rename it to {meant[0]}, or unset it")
    given: dict[str, Any] = {each.name: os.environ.get(PREFIX + each.name.upper()) for each in fields(Settings)}
    return Settings(**given | {name: value for name, value in overrides.items() if value is not None})
