"""Sends email with an optional attachment through the operator's SMTP server."""

import re
import ssl
from dataclasses import dataclass
from email.utils import formatdate
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from models.db import deadline
from models.db.application import PerApplication
from models.db.deadline import ResultUnknown, Unavailable, interruptible
from services.lazy_module import LazyModule
from services.refusal import Code, Refusal, refuse

if TYPE_CHECKING:
    import email.headerregistry as headerregistry
    import email.message as email_message

    import aiosmtplib
else:
    headerregistry, email_message = LazyModule("email.headerregistry"), LazyModule("email.message")
    aiosmtplib = LazyModule("aiosmtplib")

MAX_ATTACHMENT_BYTES = 10_000_000
_SECONDS = 30
_PERMANENT = 500
_PORTS = {"smtp": 25, "smtps": 465}


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """The SMTP server and the sender. `smtps` uses TLS from the start; `smtp` uses STARTTLS if the server offers it."""

    host: str
    port: int
    is_tls: bool
    user: str | None
    password: str | None
    sender: str


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Email:
    to: str
    subject: str
    text: str
    attachment: Attachment | None
    reference: str
    """Part of the Message-ID. A retry uses the same reference, so that mail clients show the message once."""


class NotSent(Exception):
    """The server rejected the message permanently. `refusal` gives the reason without the server's text."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


class MailSettings:
    """The mail configuration of an application."""

    server: SmtpServer | None = None
    """None if the operator has not configured an SMTP server."""


configuration = PerApplication(MailSettings)


def configure(url: str | None, *, sender: str | None) -> None:
    """Sets the server from `smtp://user:password@host:port` or `smtps://…`, or to None. The URL must be valid."""
    configuration().server = None if url is None else _server(url, sender)


def _server(url: str, sender: str | None) -> SmtpServer:
    parts = urlsplit(url)
    host = parts.hostname or ""
    user = unquote(parts.username) if parts.username else None
    address = sender or (user if user and "@" in user else f"muster@{host}")
    return SmtpServer(
        host=host,
        port=parts.port or _PORTS[parts.scheme],
        is_tls=parts.scheme == "smtps",
        user=user,
        password=unquote(parts.password) if parts.password else None,
        sender=address,
    )


def require(*path: str) -> None:
    """Raises Refused with MAIL_NOT_CONFIGURED if no SMTP server is configured."""
    if configuration().server is None:
        raise refuse(
            Code.MAIL_NOT_CONFIGURED, "This server cannot send mail, because no SMTP server is configured.", *path
        )


async def check() -> None:
    """Connects to the server and logs in, and sends nothing. Raises the exceptions of `send`."""
    async with await _connected():
        pass


async def send(message: Email) -> None:
    """Sends a message.

    Raises Unavailable if the message was not sent but a retry may succeed, ResultUnknown if the server did not confirm
    whether it accepted the message, NotSent if a retry cannot succeed, and Refused if no SMTP server is configured.
    """
    client, server = await _connected(), configuration().server
    assert server is not None
    try:
        async with client:
            await client.send_message(_written(message, server), sender=server.sender, recipients=[message.to])
    except (aiosmtplib.SMTPException, OSError) as error:
        raise _failure(error) or ResultUnknown("The connection to the mail server was lost.") from error


async def _connected() -> "aiosmtplib.SMTP":
    require()
    server = configuration().server
    assert server is not None
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        use_tls=server.is_tls,
        username=server.user,
        password=server.password,
        timeout=_timeout(),
        tls_context=ssl.create_default_context(),
    )
    try:
        with interruptible():
            await client.connect()
    except (aiosmtplib.SMTPException, OSError) as error:
        raise _failure(error) or Unavailable("The mail server can't be reached.") from error
    return client


def _timeout() -> float:
    """Returns the timeout of each reply in seconds."""
    current = deadline.current()
    left = None if current is None else current.left()
    return _SECONDS if left is None else min(_SECONDS, left)


def _failure(error: Exception) -> Exception | None:
    """Maps a server's reply to an exception, or returns None if there was no reply.

    A reply code below 500 is temporary (RFC 5321, 4.2.1).
    """
    reply = error.recipients[0] if isinstance(error, aiosmtplib.SMTPRecipientsRefused) else error
    if isinstance(reply, aiosmtplib.SMTPNotSupported):
        return NotSent(Refusal(Code.SERVER_ERROR, "The mail server lacks a feature that this mail requires."))
    if not isinstance(reply, aiosmtplib.SMTPResponseException):
        return None
    if reply.code < _PERMANENT:
        return Unavailable("The mail server currently rejects the mail.")
    if isinstance(reply, aiosmtplib.SMTPRecipientRefused):
        return NotSent(Refusal(Code.INVALID_EMAIL, "The mail server rejects mail to this address. Check the address."))
    return NotSent(Refusal(Code.SERVER_ERROR, "The mail server refused the mail."))


def _written(message: Email, server: SmtpServer) -> "email_message.EmailMessage":
    written = email_message.EmailMessage()
    written["From"] = server.sender
    written["To"] = headerregistry.Address(addr_spec=message.to)
    written["Subject"] = _one_line(message.subject)
    written["Date"] = formatdate()
    written["Message-ID"] = f"<{message.reference}@{server.sender.rpartition('@')[2]}>"
    written.set_content(message.text)
    if message.attachment is not None:
        main, _, sub = message.attachment.media_type.partition(";")[0].partition("/")
        written.add_attachment(
            message.attachment.content, maintype=main, subtype=sub, filename=_one_line(message.attachment.name)
        )
    return written


def _one_line(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f]+", " ", text)
