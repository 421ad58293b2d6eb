"""Receives the events of a webhook endpoint, verifies them and prints each one once.

Run it with the endpoint's secret: `WEBHOOK_SECRET=whsec_… python examples/webhook_receiver.py`. It needs only Python.
"""

import base64
import hashlib
import hmac
import json
import os
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOLERANCE_SECONDS = 300


def is_genuine(headers: Mapping[str, Any], body: bytes, secret: str) -> bool:
    """Returns whether a request was signed with the secret, and is recent."""
    timestamp = headers["webhook-timestamp"]
    if abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{timestamp}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    return any(hmac.compare_digest(expected, one) for one in headers["webhook-signature"].split())


class Receiver(BaseHTTPRequestHandler):
    secret = os.environ.get("WEBHOOK_SECRET", "")
    known: set[str] = set()  # a real receiver stores the ids in its database

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        try:
            is_valid = is_genuine(self.headers, body, self.secret)  # type: ignore[arg-type]
        except (KeyError, ValueError, AttributeError, TypeError):
            is_valid = False
        self.send_response(204 if is_valid else 401)
        self.end_headers()
        event_id = self.headers.get("webhook-id", "")
        if is_valid and event_id not in self.known:
            self.known.add(event_id)
            event = json.loads(body)
            print(event["type"], json.dumps(event["data"]), flush=True)

    def log_message(self, format: str, *args: Any) -> None:
        """Logs nothing: the events are the output."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8080"))), Receiver).serve_forever()
