"""Validates the URLs of endpoints: https, and no address that is certainly not public."""

import re
import socket
from contextlib import suppress
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from services.refusal import Code, refuse
from services.webhooks.limits import webhook_limits
from services.webhooks.public_addresses import is_public

MAX_URL: Final = 2_000
_URL = re.compile(r"https?://[^/\s?#@\\]+([/?][^\s#]*)?")


def webhook_url(text: str) -> str:
    """Returns the URL of an endpoint. Raises Refused: REQUIRED, TOO_LONG, INVALID.

    A host name may still resolve to a private address. The server checks that before each request.
    """
    url = text.strip()
    if not url:
        raise refuse(Code.REQUIRED, "This can't be blank.")
    if len(url) > MAX_URL:
        raise refuse(Code.TOO_LONG, f"The URL has {len(url)} characters; at most {MAX_URL} are allowed.")
    host = _host(url)
    if host is None:
        message = "This must be a URL such as https://app.example.com/hooks, without a user, a password and a fragment."
        raise refuse(Code.INVALID, message)
    if webhook_limits().allows_private:
        return url
    if not url.startswith("https://"):
        raise refuse(Code.INVALID, "The URL must begin with https://.")
    if _is_private(host):
        raise refuse(Code.INVALID, f"{host} is not a public address.")
    return url


def _host(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        is_good = parts.port != 0 and bool(parts.hostname) and url.isascii() and url.isprintable()
    except ValueError:
        return None
    return parts.hostname if is_good and _URL.fullmatch(url) else None


def _is_private(host: str) -> bool:
    """Returns whether a host is this machine, or the text of an address that is not public, such as 127.1."""
    name = host.rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    with suppress(ValueError):
        return not is_public(str(ip_address(name)))
    if not re.fullmatch(r"[0-9a-fx.]+", name):
        return False
    try:
        return not is_public(socket.inet_ntoa(socket.inet_aton(name)))
    except OSError:
        return False
