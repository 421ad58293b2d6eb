"""Signatures by the Standard Webhooks convention (github.com/standard-webhooks)."""

import base64
import hashlib
import hmac
from collections.abc import Sequence


def signature(key: bytes, id: str, timestamp: int, content: bytes) -> str:
    """Returns `v1,` and the base64 of the HMAC-SHA256 of `id.timestamp.content`."""
    signed = b"%s.%d.%s" % (id.encode(), timestamp, content)
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def signed_headers(keys: Sequence[bytes], id: str, timestamp: int, content: bytes) -> dict[str, str]:
    """Returns the headers of a request. Each key adds a signature."""
    return {
        "content-type": "application/json",
        "user-agent": "Muster",
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(key, id, timestamp, content) for key in keys),
    }
