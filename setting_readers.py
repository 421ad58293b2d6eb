"""Readers of settings: each converts the text of a variable, or a value, to the setting's type."""

import base64
import importlib.util
import re
from collections.abc import Callable
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from models.db import database

_ORIGIN = re.compile(r"https?://[^/\s?#@]+")
_BOOLEANS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
Reader = Callable[[Any], Any]
"""Converts the text of a variable, or a value. Raises ValueError with a text that says what the value must be."""


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


def read_integer(least: int, most: int) -> Reader:
    return _number(int, least, most, "a whole number")


def read_float(least: float, most: float) -> Reader:
    return _number(float, least, most, "a number")


def read_metrics(value: Any) -> str:
    text = str(value).lower()
    if text in ("off", "on") or (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        return text
    raise ValueError(f"must be off, on or a port from 1 to 65535, not {str(value)[:80]!r}")


def read_metrics_token(value: Any) -> str:
    if len(value) < 16 or not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError("must have at least 16 characters: ASCII, without spaces")
    return str(value)


def read_boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value.lower() not in _BOOLEANS:
        raise ValueError(f"must be true or false, not {value!r}")
    return _BOOLEANS[value.lower()]


def read_traces(value: Any) -> bool:
    is_on = read_boolean(value)
    if is_on and not _is_installed("opentelemetry.exporter.otlp.proto.http"):
        raise ValueError("needs the packages of the extra otel: pip install '.[otel]'")
    return is_on


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # of a package above it
        return False


def read_one_of(choices: type[StrEnum]) -> Reader:
    def read(value: Any) -> StrEnum:
        try:
            return choices(value.lower())
        except ValueError:
            raise ValueError(f"must be one of {', '.join(choices)}, not {value!r}") from None

    return read


def read_directory(value: Any) -> Path:
    if not Path(value).is_dir():
        raise ValueError(f"must be a directory, not {str(value)!r}")
    return Path(value)


def read_existing(value: Any) -> Path:
    if not Path(value).exists():
        raise ValueError(f"must be a file or a directory, not {str(value)!r}")
    return Path(value)


def read_database_url(url: str) -> str:
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


def read_listen_url(url: str) -> str:
    if not read_database_url(url).startswith("postgres"):
        raise ValueError("must be postgres://user:password@host:port/database")
    return url


def read_read_urls(value: Any) -> tuple[str, ...]:
    urls = re.split(r"[\s,]+", value.strip(" ,")) if isinstance(value, str) else value
    return tuple(read_listen_url(url) for url in urls)


def read_webhook_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_good = parts.port != 0 and bool(parts.hostname)
    except ValueError:
        is_good = False
    if not (is_good and re.fullmatch(r"https?://[^/\s?#@]+([/?][^\s#]*)?", url)):
        raise ValueError("must be an address such as https://app.example.com/hooks, without a user and a password")
    return url


def read_webhook_secret(secrets: str) -> str:
    read_keys(secrets)
    return secrets


def read_keys(secrets: str) -> tuple[bytes, ...]:
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


def read_origins(value: Any) -> tuple[str, ...]:
    origins = re.split(r"[\s,]+", value.strip(" ,")) if isinstance(value, str) else value
    origins = tuple(origin.rstrip("/") for origin in origins if origin)
    for origin in origins:
        if origin != "*" and not _ORIGIN.fullmatch(origin):
            raise ValueError(
                f"must be origins such as https://app.example.com, separated by commas; {origin!r} is not one"
            )
    return origins


def read_names(what: str, is_one: Callable[[str], object]) -> Reader:
    def read(value: Any) -> tuple[str, ...]:
        names = re.split(r"[\s,]+", value.strip(" ,")) if isinstance(value, str) else value
        for name in names:
            if not is_one(name):
                raise ValueError(f"must be {what}, separated by commas; {name!r} is not one")
        return tuple(names)

    return read


def read_networks(value: str) -> str:
    for part in value.split(","):
        try:
            _ = value.strip() == "*" or ip_network(part.strip())
        except ValueError:
            raise ValueError(
                f"must be addresses or networks, separated by commas, or *; {part.strip()!r} is not one"
            ) from None
    return value


def read_smtp_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("smtp", "smtps") and parts.port != 0 and bool(parts.hostname)
    except ValueError:
        is_good = False
    if not is_good:
        raise ValueError("must be smtp://user:password@host:port or smtps://…")
    return url


def read_public_url(url: str) -> str:
    if not re.fullmatch(r"https?://[^/\s?#@]+(/[^\s?#]*)?", url):
        raise ValueError(f"must be an address such as https://muster.example.com, not {url!r}")
    return url.rstrip("/")


def read_jwks_url(url: str) -> str:
    match = re.fullmatch(r"(https?)://(\[[^\]\s]+\]|[^/\s?#@:]+)(:\d+)?(/[^\s#]*)?", url)
    if match is None or (match[1] == "http" and match[2] not in ("localhost", "127.0.0.1", "[::1]")):
        raise ValueError(f"must be an https address of a key set, or http on this machine, not {url!r}")
    return url


def read_pem(text: str) -> str:
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
