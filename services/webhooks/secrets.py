"""Signing secrets of endpoints, in the form of the Standard Webhooks convention."""

import base64
import secrets
from typing import Final

_SECRET_BYTES: Final = 32
_START: Final = "whsec_"


def new_secret() -> bytes:
    return secrets.token_bytes(_SECRET_BYTES)


def secret_text(secret: bytes) -> str:
    """Returns the secret as clients and the convention's libraries write it."""
    return _START + base64.b64encode(secret).decode()
