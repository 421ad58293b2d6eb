"""Exports and other files by email: recipients, size limits, and the replies of mail servers."""

import asyncio
import base64
import socket
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller

from models.db.deadline import Deadline, ResultUnknown, TemporaryFailure, Unavailable
from services import mail
from services.exports import emailed_file
from services.job_tasks import TASKS
from services.jobs import leases_sql as leases
from services.jobs.worker import Worker
from tests.support.api_client import HOUR, MONDAY, Api
from tests.support.audit_events import events_of
from tests.support.exports import OWN, export_content, start_export
from tests.support.mutations import mutate
from tests.support.rows import uuid_of
from tests.support.sample_contacts import create_sample_contacts

LOST = "lost"
FOR_NOW = [("MAIL", "451 try again"), ("RCPT", "450 greylisted"), ("DATA", "452 full"), ("RCPT", "421 shutting down")]


@dataclass
class Mailbox:
    """A real local mail server with its received mails. It refuses addresses at refused.example.

    `replies` are used once each, in order, for the commands that they name; LOST closes the connection.
    """

    received: list[EmailMessage] = field(default_factory=list)
    replies: list[tuple[str, str]] = field(default_factory=list)

    def reply(self, command: str, server: Any) -> str | None:
        if not self.replies or self.replies[0][0] != command:
            return None
        _, reply = self.replies.pop(0)
        if reply == LOST:
            server.transport.abort()
        return reply

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if (reply := self.reply("MAIL", server)) is not None:
            return reply
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if (reply := self.reply("RCPT", server)) is not None:
            return reply
        if address.endswith("@refused.example"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  # the name is aiosmtpd's
        if (reply := self.reply("DATA", server)) is not None:
            return reply
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.received.append(message)
        return "250 OK"


@pytest.fixture
def mailbox(db: None) -> Iterator[Mailbox]:
    box = Mailbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    mail.configure(f"smtp://127.0.0.1:{port}", sender="muster@example.com")
    yield box
    controller.stop()


def attachment(message: EmailMessage) -> tuple[str | None, str, bytes]:
    part = next(message.iter_attachments())
    return part.get_filename(), part.get_content_type(), part.get_payload(decode=True)  # type: ignore[return-value]


async def test_an_export_is_mailed_as_well(api: Api, mailbox: Mailbox) -> None:
    await create_sample_contacts(api)

    data = await export_content(api, email="ada@example.com")

    (message,) = mailbox.received
    assert (message["From"], message["To"]) == ("muster@example.com", "ada@example.com")
    assert message["Subject"] == "contacts-2026-01-05.csv: 4 contacts"
    assert attachment(message) == ("contacts-2026-01-05.csv", "text/csv", data)


async def test_a_file_too_large_for_a_mail_is_sent_as_a_link(
    api: Api, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    await create_sample_contacts(api)
    monkeypatch.setattr(mail, "MAX_ATTACHMENT_BYTES", 10)

    await export_content(api, email="ada@example.com")

    (message,) = mailbox.received
    text = message.get_content()
    assert "/exports/job_" in text
    assert "&signature=" in text
    assert list(message.iter_attachments()) == []


async def test_a_mail_that_is_refused_fails_the_job_but_its_file_is_there(api: Api, mailbox: Mailbox) -> None:
    await create_sample_contacts(api)

    payload = await start_export(api, email="x@refused.example")
    await Worker(TASKS, clock=lambda: api.now).run_all()

    found = await api.run(
        "query ($id: ID!) { job(id: $id) { status downloadUrl error { code message } } }", id=payload["job"]["id"]
    )
    assert found["job"].pop("downloadUrl") is not None
    assert found["job"] == {
        "status": "FAILED",
        "error": {
            "code": "INVALID_EMAIL",
            "message": "The mail server rejects mail to this address. Check the address.",
        },
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


async def work(now: datetime) -> None:
    await Worker(TASKS, clock=lambda: now).run_all()


async def job_of(api: Api, payload: Any) -> Any:
    text = "query ($id: ID!) { job(id: $id) { status error { code message } } }"
    return (await api.run(text, id=payload["job"]["id"]))["job"]


async def test_a_mail_server_that_is_away_gets_the_mail_of_an_export_later(api: Api, mailbox: Mailbox) -> None:
    await create_sample_contacts(api)
    here = mail.configuration().server
    mail.configure("smtp://127.0.0.1:1", sender="muster@example.com")

    payload = await start_export(api, email="ada@example.com")
    await work(MONDAY)
    waiting = await job_of(api, payload)
    mail.configuration().server = here
    await work(MONDAY + HOUR)

    assert waiting == {"status": "QUEUED", "error": None}
    assert await job_of(api, payload) == {"status": "COMPLETED", "error": None}
    assert len(mailbox.received) == 1


async def test_a_mail_that_is_refused_for_now_is_sent_later(api: Api, mailbox: Mailbox) -> None:
    await create_sample_contacts(api)
    mailbox.replies = [*FOR_NOW, *FOR_NOW]

    payload = await start_export(api, email="ada@example.com")
    for hour in range(len(mailbox.replies)):
        await work(MONDAY + hour * HOUR)
    waiting = await job_of(api, payload), len(mailbox.received)
    await work(MONDAY + 9 * HOUR)

    assert mailbox.replies == []
    assert waiting == ({"status": "QUEUED", "error": None}, 0)
    assert await job_of(api, payload) == {"status": "COMPLETED", "error": None}
    assert len(mailbox.received) == 1


async def test_a_mail_that_is_refused_for_now_for_hours_fails_the_job(api: Api, mailbox: Mailbox) -> None:
    await create_sample_contacts(api)
    mailbox.replies = [("RCPT", "450 greylisted")] * 2

    payload = await start_export(api, email="ada@example.com")
    await work(MONDAY)
    await work(MONDAY + 13 * HOUR)

    message = "The mail server currently rejects the mail. The server tried for 12 hours."
    assert await job_of(api, payload) == {"status": "FAILED", "error": {"code": "SERVER_ERROR", "message": message}}


async def test_a_refusal_of_the_sender_is_not_the_recipients(api: Api, mailbox: Mailbox) -> None:
    mailbox.replies = [("MAIL", "553 not from here")]

    payload = await mutate(api, "emailExport", "isSent", **OWN)

    assert (payload["isSent"], [error["code"] for error in payload["errors"]]) == (False, ["SERVER_ERROR"])
    [event] = (await events_of(api))["nodes"]  # the attempt is recorded, without the address and the file's name
    assert (event["action"], event["count"], event["summary"]) == ("EXPORT", OWN["count"], "Asked to e-mail a file.")


def own_file() -> Awaitable[None]:
    """Sends an own file as emailExport does."""
    content, media_type = base64.b64encode(b"a,b\n1,2\n").decode(), "text/csv"
    return emailed_file.send(
        account_id=uuid4(),
        email="ada@example.com",
        file_name="mine.csv",
        base64_content=content,
        media_type=media_type,
        count=1,
        now=MONDAY,
    )


@pytest.mark.parametrize("reply", FOR_NOW, ids=lambda reply: reply[1])
async def test_the_callers_own_file_is_unavailable_for_now(db: None, mailbox: Mailbox, reply: tuple[str, str]) -> None:
    mailbox.replies = [reply]

    with pytest.raises(Unavailable):
        await own_file()
    first = len(mailbox.received)
    await own_file()

    assert (first, len(mailbox.received)) == (0, 1)


async def test_the_callers_own_file_is_unavailable_while_the_mail_server_is_away(db: None, mailbox: Mailbox) -> None:
    mail.configure("smtp://127.0.0.1:1", sender="muster@example.com")

    with pytest.raises(Unavailable):
        await own_file()


async def test_a_mail_server_that_does_not_answer_is_not_waited_for_longer_than_the_deadline(db: None) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    mail.configure(f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}", sender="muster@example.com")
    try:
        with Deadline(0.2), pytest.raises(TemporaryFailure):
            await own_file()
    finally:
        mail.configure(None, sender=None)
        server.close()


async def test_a_connection_that_is_lost_under_way_leaves_unknown_whether_the_mail_was_sent(
    db: None, mailbox: Mailbox
) -> None:
    mailbox.replies = [("DATA", LOST)]

    with pytest.raises(ResultUnknown):
        await own_file()


async def test_a_mail_that_is_sent_again_has_the_same_id(
    api: Api, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker may die after sending a mail and before recording it. With the same id, readers show it once."""
    await create_sample_contacts(api)
    payload = await start_export(api, email="ada@example.com")

    async def died(*_: Any, **__: Any) -> None:
        raise leases.LeaseLost

    with monkeypatch.context() as patched:
        patched.setattr(leases, "end", died)
        await Worker(TASKS, clock=lambda: MONDAY).run_all()
    await Worker(TASKS, clock=lambda: MONDAY + HOUR).run_all()

    first, second = (message["Message-ID"] for message in mailbox.received)
    assert first == second == f"<{uuid_of(payload['job']['id'])}@example.com>"
