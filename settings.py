"""The settings: environment variables that start with MUSTER_. Only this module reads them."""

import difflib
import os
import re
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

from services.webhooks.events import EventType
from setting_readers import (
    Reader,
    read_boolean,
    read_database_url,
    read_directory,
    read_existing,
    read_float,
    read_integer,
    read_jwks_url,
    read_keys,
    read_listen_url,
    read_metrics,
    read_metrics_token,
    read_names,
    read_networks,
    read_one_of,
    read_origins,
    read_pem,
    read_public_url,
    read_smtp_url,
    read_traces,
    read_webhook_secret,
    read_webhook_url,
)

PREFIX = "MUSTER_"


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


# ------------------------------------------------------------------ the settings


def _setting(default: Any, read: Reader = str, *, is_secret: bool = False) -> Any:
    return field(default=default, repr=not is_secret, metadata={"read": read})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings, each as a value of its type or as the text of a variable. An empty text means the default.

    Raises BadSettings.
    """

    database_url: str = _setting("sqlite:///var/muster.db", read_database_url, is_secret=True)
    """sqlite:///path (an absolute path has four slashes) or postgres://user:password@host/database."""
    listen_url: str | None = _setting(None, read_listen_url, is_secret=True)
    """A direct connection to the same PostgreSQL database, for notifications if `database_url` leads to a pooler."""
    pool_size: int = _setting(10, read_integer(1, 1000))
    """Connections of each process to PostgreSQL: this number for transactions, and again for single statements."""
    connection_wait_seconds: float = _setting(5.0, read_float(0.1, 300))
    """How long a statement waits for a connection, or on SQLite for a reader thread, before the answer is 503."""
    sqlite_readers: int = _setting(4, read_integer(1, 64))
    """Threads that run slow reads on SQLite, for each process."""
    sqlite_synchronous: SqliteSynchronous = _setting(SqliteSynchronous.FULL, read_one_of(SqliteSynchronous))
    """full: a commit survives a power failure. normal: faster, but a power failure can lose the last commits."""
    host: str = _setting("127.0.0.1")
    port: int = _setting(8000, read_integer(0, 65535))
    workers: int = _setting(1, read_integer(1, 256))
    cors_origins: tuple[str, ...] = _setting((), read_origins)
    """Origins whose pages may call the API, separated by commas; * allows all."""
    cors_headers: tuple[str, ...] = _setting((), read_names("names of headers", re.compile(r"[A-Za-z0-9-]+").fullmatch))
    """Further request headers that those pages may send, separated by commas."""
    public_url: str | None = _setting(None, read_public_url)
    """The public address of this server, for links in answers; default: the address of the request."""
    smtp_url: str | None = _setting(None, read_smtp_url, is_secret=True)
    """smtp://user:password@host:port or smtps://…; without it the server sends no mail."""
    mail_from: str | None = _setting(None)
    """The sender of mail; default: the SMTP user if that is an address."""
    jobs: int = _setting(2, read_integer(0, 64))
    """The number of concurrent jobs of each process; 0 if `python -m muster work` runs them."""
    job_retry_hours: float = _setting(12.0, read_float(0, 1000))
    """How long the server retries a job after temporary failures; 0 means no retry."""
    job_retention_days: int = _setting(30, read_integer(1, 36500))
    """How long finished jobs are kept, with their row errors and files."""
    changes_days: int = _setting(30, read_integer(1, 3650))
    """How long changes are kept, and how long a cursor of `changes` works."""
    audit_retention_days: int = _setting(365, read_integer(1, 36500))
    """How long the events of the audit log are kept."""
    keep_messages_after_purge: bool = _setting(False, read_boolean)
    """Keeps the number and the body of messages when a purge deletes the contact."""
    webhook_url: str | None = _setting(None, read_webhook_url, is_secret=True)
    """The address that receives events; without it events are kept for three days, and not sent."""
    webhook_secret: str | None = _setting(None, read_webhook_secret, is_secret=True)
    """Signs events: whsec_ and base64. Several, separated by spaces, let receivers switch to a new secret."""
    webhook_allow_private: bool = _setting(False, read_boolean)
    """Allows webhook URLs that are not public, such as those of a private network, and http for endpoints."""
    webhook_events: tuple[str, ...] = _setting((), read_names("types of events", EventType.__members__.get))
    """Types of events that webhook_url receives besides its five, such as CONTACT_CREATED, separated by commas."""
    webhook_concurrent_requests: int = _setting(8, read_integer(1, 100))
    """The highest number of concurrent requests to a webhook endpoint of an account."""
    webhook_requests_per_second: int = _setting(100, read_integer(1, 10_000))
    """The highest number of requests a second to a webhook endpoint of an account."""
    log_level: LogLevel = _setting(LogLevel.INFO, read_one_of(LogLevel))
    log_format: LogFormat = _setting(LogFormat.AUTO, read_one_of(LogFormat))
    """auto: readable text on a terminal, JSON elsewhere."""
    access_log: bool = _setting(False, read_boolean)
    """Logs a line for each request."""
    forwarded_allow_ips: str = _setting("127.0.0.1", read_networks)
    """Addresses and networks of proxies whose X-Forwarded-* headers are trusted, separated by commas; * trusts all."""
    slow_operation_seconds: float = _setting(1.0, read_float(0, 3600))
    """Operations that take this long are logged; 0 logs all."""
    metrics: str = _setting("off", read_metrics)
    """on: serves /metrics on `port`, with a token. A number: serves it on this port instead, without a token."""
    metrics_token: str | None = _setting(None, read_metrics_token, is_secret=True)
    """Allows to read the metrics. If it is set, a port of their own needs it, too."""
    traces: bool = _setting(False, read_traces)
    """Exports OpenTelemetry traces. The OTEL_* variables of OpenTelemetry configure the exporter."""
    max_body_bytes: int = _setting(15_000_000, read_integer(1_000, 1_000_000_000))
    max_upload_bytes: int = _setting(1_000_000_000, read_integer(1_000, 1_000_000_000_000))
    """The limit for all files of a request together."""
    upload_directory: Path | None = _setting(None, read_directory)
    """The directory for uploaded files during their request; default: the system's directory for temporary files."""
    max_query_characters: int = _setting(100_000, read_integer(1_000, 15_000_000))
    """The limit for the text of an operation."""
    max_query_tokens: int = _setting(2_000, read_integer(100, 1_000_000))
    """The limit for the text of an operation: names, numbers, texts, brackets and comments count."""
    query_cache_bytes: int = _setting(16_000_000, read_integer(0, 1_000_000_000))
    """The memory of each process for the cache of parsed, validated and compiled operations."""
    documents: DocumentsMode = _setting(DocumentsMode.OPEN, read_one_of(DocumentsMode))
    """open: all documents run. audit: the log names those that are not trusted. only: only trusted ones run."""
    documents_path: Path | None = _setting(None, read_existing)
    """The trusted documents: a manifest, or a directory with documents and manifests. Read at the start."""
    persisted_queries_bytes: int = _setting(4_000_000, read_integer(0, 1_000_000_000))
    """The memory of each process for the queries that Apollo's clients register; 0 turns their registration off."""
    max_json_values: int = _setting(250_000, read_integer(1_000, 100_000_000))
    """The limit for the JSON of a request: commas and opening brackets count."""
    max_list_items: int = _setting(20_000, read_integer(1_000, 10_000_000))
    """The limit for each list in the variables of an operation."""
    max_answer_characters: int = _setting(16_000_000, read_integer(100_000, 1_000_000_000))
    """The limit for the names and values in an answer."""
    operation_timeout: float = _setting(10.0, read_float(0.1, 3600))
    """Seconds that an operation may take. The upload of its body and waiting for a job or its turn don't count."""
    concurrent_operations_per_token: int = _setting(10, read_integer(0, 10_000))
    """The highest number of concurrent operations of a token in a process; 0 for no limit."""
    queued_operations_per_token: int = _setting(100, read_integer(0, 100_000))
    """The highest number of operations of a token that wait in a process; more are refused with RATE_LIMITED."""
    queue_seconds: float = _setting(5.0, read_float(0.1, 600))
    """Seconds that an operation waits for its turn before it is refused with RATE_LIMITED."""
    connections_per_address: int = _setting(256, read_integer(0, 1_000_000))
    """The highest number of connections of a client's address in a process; 0 for no limit."""
    websockets_per_address: int = _setting(200, read_integer(0, 1_000_000))
    """The highest number of WebSockets of a client's address in a process; 0 for no limit."""
    websockets_per_token: int = _setting(100, read_integer(0, 1_000_000))
    """The highest number of WebSockets of a token in a process; 0 for no limit."""
    uploads_per_token: int = _setting(10, read_integer(0, 1_000_000))
    """The highest number of requests with files that a token sends at a time to a process; 0 for no limit."""
    max_cost: int = _setting(1_000_000, read_integer(1_000, 1_000_000_000))
    """The highest price of an operation, in points: docs/costs.md."""
    token_cache_seconds: float = _setting(5.0, read_float(0, 300))
    """How long other processes may still accept a token after it was revoked; 0 looks up the token of each request."""
    jwt_jwks_url: str | None = _setting(None, read_jwks_url)
    """The address of the identity provider's key set; with it the server accepts the provider's JWTs."""
    jwt_public_key: str | None = _setting(None, read_pem)
    """The provider's one public key in PEM, or the path of its file, instead of jwt_jwks_url."""
    jwt_issuer: str | None = _setting(None)
    """The claim `iss` of the JWTs."""
    jwt_audience: str | None = _setting(None)
    """A value that the claim `aud` of the JWTs must have."""
    jwt_account_claim: str | None = _setting(None)
    """The claim with the ID of the account; not needed if the server has one account."""
    jwt_user_claim: str = _setting("email")
    """The claim with the verified e-mail address of the user."""
    console: bool = _setting(True, read_boolean)
    """Serves the console at /console, and redirects / to it."""
    console_oidc_client_id: str | None = _setting(None)
    """The client by which users sign in at the provider `jwt_issuer`; without it, they sign in by token."""
    console_oidc_scope: str = _setting("openid email")
    """The scope that the console asks the provider for."""
    compression: bool = _setting(True, read_boolean)
    """Compresses answers of more than 1,000 bytes with zstd or gzip for clients that accept it."""
    compiled: bool = _setting(True, read_boolean)
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
        if self.console_oidc_client_id and not keys:
            return [f"{PREFIX}JWT_JWKS_URL must be set if {PREFIX}CONSOLE_OIDC_CLIENT_ID is set"]
        if self.console_oidc_client_id and not re.fullmatch(
            r"https?://[^\s;,'\"]+", self.jwt_issuer or "https://later"
        ):
            return [f"{PREFIX}JWT_ISSUER must be an address if {PREFIX}CONSOLE_OIDC_CLIENT_ID is set"]
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
        """Returns the separate port of the metrics; None if there is none."""
        return int(self.metrics) if self.metrics.isdigit() else None

    @property
    def webhook_keys(self) -> tuple[bytes, ...]:
        """Returns the keys of `webhook_secret`."""
        return read_keys(self.webhook_secret or "")


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
