"""Mail with a file, sent through the operator's SMTP server."""

import re
import ssl
from dataclasses import dataclass
from email.utils import formatdate
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from models import deadline
from models.deadline import ResultUnknown, Unavailable, interruptible
from services.late import Late
from services.refusal import Code, Refusal, refuse

if TYPE_CHECKING:
    import email.headerregistry as headerregistry
    import email.message as email_message

    import aiosmtplib
else:
    headerregistry, email_message = Late("email.headerregistry"), Late("email.message")
    aiosmtplib = Late("aiosmtplib")

MAX_ATTACHMENT_BYTES = 10_000_000
_SECONDS = 30
_PERMANENT = 500
_PORTS = {"smtp": 25, "smtps": 465}


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail goes to, and who it is from. `smtps` is TLS from the start; `smtp` turns to TLS where offered."""

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
class Message:
    to: str
    subject: str
    text: str
    attachment: Attachment | None
    reference: str
    """The same for a message that is sent again, so that readers show it once: part of its Message-ID."""


class NotSent(Exception):
    """The server refused the message for good; `refusal` says so without the server's words."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


server: Server | None = None
"""This process's; None where the operator has named none."""


def configure(url: str | None, *, sender: str | None) -> None:
    """From `smtp://user:password@host:port` or `smtps://…`, which must be one of these; None where there is none."""
    global server
    server = None if url is None else _server(url, sender)


def _server(url: str, sender: str | None) -> Server:
    parts = urlsplit(url)
    host = parts.hostname or ""
    user = unquote(parts.username) if parts.username else None
    address = sender or (user if user and "@" in user else f"muster@{host}")
    return Server(
        host=host,
        port=parts.port or _PORTS[parts.scheme],
        is_tls=parts.scheme == "smtps",
        user=user,
        password=unquote(parts.password) if parts.password else None,
        sender=address,
    )


def require(*path: str) -> None:
    """Raises Refused, MAIL_NOT_CONFIGURED, where no mail can be sent."""
    if server is None:
        raise refuse(
            Code.MAIL_NOT_CONFIGURED, "This server has no mail server to send by: its operator names one.", *path
        )


async def send(message: Message) -> None:
    """Sends a message.

    Raises Unavailable if it was not sent and may be later, ResultUnknown if the server did not say whether it took it,
    NotSent if it never will, and Refused if there is no mail server.
    """
    require()
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
    try:
        async with client:
            await client.send_message(_written(message, server), sender=server.sender, recipients=[message.to])
    except (aiosmtplib.SMTPException, OSError) as error:
        raise _failure(error) or ResultUnknown("The connection to the mail server was lost.") from error


def _timeout() -> float:
    """The seconds to wait for each reply."""
    current = deadline.current()
    left = None if current is None else current.left()
    return _SECONDS if left is None else min(_SECONDS, left)


def _failure(error: Exception) -> Exception | None:
    """What a reply of the server means; None where it gave none. A code below 500 is for now (RFC 5321, 4.2.1)."""
    reply = error.recipients[0] if isinstance(error, aiosmtplib.SMTPRecipientsRefused) else error
    if isinstance(reply, aiosmtplib.SMTPNotSupported):
        return NotSent(Refusal(Code.SERVER_ERROR, "The mail server lacks something that this mail needs."))
    if not isinstance(reply, aiosmtplib.SMTPResponseException):
        return None
    if reply.code < _PERMANENT:
        return Unavailable("The mail server does not take the mail now.")
    if isinstance(reply, aiosmtplib.SMTPRecipientRefused):
        return NotSent(Refusal(Code.INVALID_EMAIL, "The mail server does not take mail to this address."))
    return NotSent(Refusal(Code.SERVER_ERROR, "The mail server refused the mail."))


def _written(message: Message, server: Server) -> "email_message.EmailMessage":
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
