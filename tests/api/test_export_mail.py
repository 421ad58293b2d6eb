"""Exports and other files by mail: to whom, how large, and what a mail server may do."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from models import database
from services import jobs, mail
from services.job_tasks import TASKS
from services.job_worker import Worker
from tests.api.cast import gather
from tests.api.mutations import mutate
from tests.api_client import HOUR, MONDAY, Api
from tests.exports import OWN, exported, start
from tests.rows import uuid_of


@dataclass
class Mailbox:
    """What a real mail server on this machine was sent; addresses at refused.example it does not take."""

    received: list[EmailMessage] = field(default_factory=list)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if address.endswith("@refused.example"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  # aiosmtpd's names
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.received.append(message)
        return "250 OK"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    mail.configure(f"smtp://127.0.0.1:{port}", sender="muster@example.com")
    yield box
    controller.stop()
    mail.configure(None, sender=None)


def attachment(message: EmailMessage) -> tuple[str | None, str, bytes]:
    part = next(message.iter_attachments())
    return part.get_filename(), part.get_content_type(), part.get_payload(decode=True)  # type: ignore[return-value]


async def test_an_export_is_mailed_as_well(api: Api, mailbox: Mailbox) -> None:
    await gather(api)

    data = await exported(api, email="ada@example.com")

    (message,) = mailbox.received
    assert (message["From"], message["To"]) == ("muster@example.com", "ada@example.com")
    assert message["Subject"] == "contacts-2026-01-05.csv: 4 contacts"
    assert attachment(message) == ("contacts-2026-01-05.csv", "text/csv", data)


async def test_a_file_too_large_for_a_mail_is_sent_as_a_link(
    api: Api, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    await gather(api)
    monkeypatch.setattr(mail, "MAX_ATTACHMENT_BYTES", 10)

    await exported(api, email="ada@example.com")

    (message,) = mailbox.received
    text = message.get_content()
    assert "/exports/job_" in text
    assert "&signature=" in text
    assert list(message.iter_attachments()) == []


async def test_a_mail_that_is_refused_fails_the_job_but_its_file_is_there(api: Api, mailbox: Mailbox) -> None:
    await gather(api)

    payload = await start(api, email="x@refused.example")
    await Worker(TASKS, clock=lambda: api.now).run_all()

    found = await api.run(
        "query ($id: ID!) { job(id: $id) { status downloadUrl error { code message } } }", id=payload["job"]["id"]
    )
    assert found["job"].pop("downloadUrl") is not None
    assert found["job"] == {
        "status": "FAILED",
        "error": {"code": "INVALID_EMAIL", "message": "The mail server does not take mail to this address."},
    }


async def test_the_callers_own_file_is_mailed(api: Api, mailbox: Mailbox) -> None:
    payload = await mutate(api, "emailExport", "isSent", **OWN)

    (message,) = mailbox.received
    assert payload == {"isSent": True, "errors": []}
    assert message["Subject"] == "mine.csv: 1 contacts"
    assert attachment(message) == ("mine.csv", "text/csv", b"a,b\n1,2\n")


@pytest.mark.parametrize(
    ("changed", "code", "path"),
    [
        ({"email": "nobody"}, "INVALID_EMAIL", "email"),
        ({"email": "a@example.com\r\nBcc: b@example.com"}, "INVALID_EMAIL", "email"),
        ({"email": "x@refused.example"}, "INVALID_EMAIL", "email"),
        ({"filename": "../mine.csv"}, "INVALID", "filename"),
        ({"filename": "a\\b.csv"}, "INVALID", "filename"),
        ({"filename": "a\r\nX: y.csv"}, "INVALID", "filename"),
        ({"filename": " "}, "REQUIRED", "filename"),
        ({"filename": "mine.exe"}, "INVALID", "filename"),
        ({"filename": "m" * 256 + ".csv"}, "TOO_LONG", "filename"),
        ({"mimeType": "text/html"}, "INVALID", "mimeType"),
        ({"fileBase64": "not base64"}, "FILE_UNREADABLE", "fileBase64"),
        ({"fileBase64": "é"}, "FILE_UNREADABLE", "fileBase64"),
        ({"fileBase64": ""}, "REQUIRED", "fileBase64"),
        ({"fileBase64": "A" * 13_333_340}, "FILE_TOO_LARGE", "fileBase64"),
        ({"count": -1}, "INVALID", "count"),
    ],
)
async def test_a_file_that_should_not_be_mailed_is_refused(
    api: Api, mailbox: Mailbox, changed: dict[str, Any], code: str, path: str
) -> None:
    payload = await mutate(api, "emailExport", "isSent", **OWN | changed)

    assert payload["isSent"] is False
    assert [(error["code"], error["path"]) for error in payload["errors"]] == [(code, ["input", path])]
    assert mailbox.received == []


async def test_without_a_mail_server_nothing_is_mailed(api: Api) -> None:
    payload = await mutate(api, "emailExport", "isSent", **OWN)

    assert payload["isSent"] is False
    assert payload["errors"][0]["code"] == "MAIL_NOT_CONFIGURED"


async def test_a_mail_server_that_is_away_is_told_and_tried_again_for_an_export(api: Api, mailbox: Mailbox) -> None:
    await gather(api)
    here = mail.server
    mail.configure("smtp://127.0.0.1:1", sender="muster@example.com")

    own = await mutate(api, "emailExport", "isSent", **OWN)
    payload = await start(api, email="ada@example.com")
    await Worker(TASKS, clock=lambda: MONDAY).run_all()
    mail.server = here
    await Worker(TASKS, clock=lambda: MONDAY + HOUR).run_all()

    assert (own["isSent"], own["errors"][0]["code"]) == (False, "SERVER_ERROR")
    status = await database.fetch("SELECT status FROM job WHERE id = $1", uuid_of(payload["job"]["id"]))
    assert [row["status"] for row in status] == ["COMPLETED"]
    assert len(mailbox.received) == 1


async def test_a_mail_that_is_sent_again_has_the_same_id(
    api: Api, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever died between the mail and the note that it was sent: readers show it once."""
    await gather(api)
    payload = await start(api, email="ada@example.com")

    async def died(*_: Any, **__: Any) -> None:
        raise jobs.LeaseLost

    with monkeypatch.context() as patched:
        patched.setattr(jobs, "end", died)
        await Worker(TASKS, clock=lambda: MONDAY).run_all()
    await Worker(TASKS, clock=lambda: MONDAY + HOUR).run_all()

    first, second = (message["Message-ID"] for message in mailbox.received)
    assert first == second == f"<{uuid_of(payload['job']['id'])}@example.com>"
