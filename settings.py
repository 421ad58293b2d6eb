"""What an operator decides: environment variables that start with MUSTER_, read here and nowhere else."""

import base64
import re
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import DirectoryPath, Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "MUSTER_"
_ORIGIN = re.compile(r"https?://[^/\s?#@]+")


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    AUTO = "auto"
    CONSOLE = "console"
    JSON = "json"


class BadSettings(Exception):
    """The environment can't be used. The text is one line for the operator and shows no secret."""


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="ignore")

    database_url: str = Field(default="sqlite:///var/muster.db", repr=False)
    """sqlite:///path (four slashes: an absolute one) or postgres://user:password@host/database."""
    pool_size: int = Field(default=10, ge=1, le=1000)
    """Connections to PostgreSQL for each process."""
    host: str = Field(default="127.0.0.1", min_length=1)
    port: int = Field(default=8000, ge=0, le=65535)
    workers: int = Field(default=1, ge=1, le=256)
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    """Origins whose pages may call the API, separated by commas; * for any."""
    public_url: str | None = None
    """How clients reach this server, for the links that it gives; default: as the request came."""
    smtp_url: str | None = Field(default=None, repr=False)
    """smtp://user:password@host:port or smtps://…; without it no mail is sent."""
    mail_from: str | None = None
    """Whom mail is from; default: the SMTP user where that is an address."""
    jobs: int = Field(default=2, ge=0, le=64)
    """Jobs that each process does at once; 0 where `python -m muster work` does them apart."""
    webhook_url: str | None = Field(default=None, repr=False)
    """Where events are sent; without it they are kept for three days."""
    webhook_secret: str | None = Field(default=None, repr=False, validate_default=True)
    """whsec_ and base64, signs the events; several, separated by spaces, while receivers go over to another."""
    webhook_allow_private: bool = False
    """Let events go to an address of a private network, of this machine or the like."""
    log_level: LogLevel = LogLevel.INFO
    log_format: LogFormat = LogFormat.AUTO
    """auto: for people on a terminal, JSON elsewhere."""
    access_log: bool = False
    """A line for each request."""
    max_body_bytes: int = Field(default=15_000_000, ge=1_000, le=1_000_000_000)
    max_upload_bytes: int = Field(default=1_000_000_000, ge=1_000, le=1_000_000_000_000)
    """Of all files of a request together."""
    upload_directory: DirectoryPath | None = None
    """Where files are kept while a request brings them; default: the system's directory for temporary files."""
    max_query_tokens: int = Field(default=10_000, ge=100, le=1_000_000)
    token_cache_seconds: float = Field(default=5.0, ge=0, le=300)
    """How long another process may go on serving a token after it was revoked; 0 looks each one up."""
    compiled: bool = True
    """Run operations as compiled plans; false: on graphql-core's executor, which gives the same answers."""

    @field_validator("database_url")
    @classmethod
    def _reachable(cls, url: str) -> str:
        if url.startswith("sqlite:///") and len(url) > len("sqlite:///"):
            return url
        try:
            parts = urlsplit(url)
            if parts.scheme in ("postgres", "postgresql") and parts.hostname and parts.path.strip("/"):
                _ = parts.port
                return url
        except ValueError:
            pass
        raise ValueError("must be sqlite:///path or postgres://user:password@host:port/database")

    @field_validator("webhook_url")
    @classmethod
    def _sendable(cls, url: str | None) -> str | None:
        try:
            parts = urlsplit(url or "")
            is_good = parts.port != 0 and bool(parts.hostname)
        except ValueError:
            is_good = False
        if url and not (is_good and re.fullmatch(r"https?://[^/\s?#@]+([/?][^\s#]*)?", url)):
            raise ValueError("must be an address such as https://app.example.com/hooks, without a user and a password")
        return url or None

    @field_validator("webhook_secret")
    @classmethod
    def _signing(cls, secret: str | None, info: ValidationInfo) -> str | None:
        if not _keys(secret or "") and info.data.get("webhook_url"):
            raise ValueError("must be set where MUSTER_WEBHOOK_URL is")
        return secret

    @property
    def webhook_keys(self) -> tuple[bytes, ...]:
        """What the secrets stand for."""
        return _keys(self.webhook_secret or "")

    @field_validator("log_level", "log_format", mode="before")
    @classmethod
    def _lower(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _origins(cls, value: Any) -> Any:
        origins = re.split(r"[\s,]+", value.strip(" ,")) if isinstance(value, str) else value
        origins = tuple(origin.rstrip("/") for origin in origins if origin)
        for origin in origins:
            if origin != "*" and not _ORIGIN.fullmatch(origin):
                raise ValueError(
                    f"must be origins such as https://app.example.com, separated by commas; {origin!r} is none"
                )
        return origins

    @field_validator("smtp_url")
    @classmethod
    def _mail_server(cls, url: str | None) -> str | None:
        parts = urlsplit(url or "")
        if url and (parts.scheme not in ("smtp", "smtps") or not parts.hostname):
            raise ValueError("must be smtp://user:password@host:port or smtps://…")
        return url or None

    @field_validator("public_url")
    @classmethod
    def _absolute(cls, url: str | None) -> str | None:
        if not url:
            return None
        if not re.fullmatch(r"https?://[^/\s?#@]+(/[^\s?#]*)?", url):
            raise ValueError(f"must be an address such as https://muster.example.com, not {url!r}")
        return url.rstrip("/")


def _keys(secrets: str) -> tuple[bytes, ...]:
    """Raises ValueError, in whose text no secret is."""
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


def load(**overrides: Any) -> Settings:
    """The settings of the environment; `overrides` that are not None come first. Raises BadSettings."""
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as error:
        raise BadSettings("; ".join(_sentence(problem) for problem in error.errors(include_url=False))) from None


def _sentence(problem: Any) -> str:
    name = f"{PREFIX}{str(problem['loc'][0]).upper()}"
    if problem["type"] == "value_error":  # one of ours, which shows the value where it may be shown
        return f"{name} {problem['ctx']['error']}"
    return f"{name} {problem['msg'].removeprefix('Input ')}, not {str(problem['input'])[:80]!r}"
