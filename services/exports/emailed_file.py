"""Emails a file that the client has created."""

import base64
import binascii
from datetime import datetime
from uuid import UUID

from models.db import database
from models.db.application import create_detached_task
from services import mail
from services.audit import recording as audit
from services.audit.recording import AuditAction
from services.events import actor
from services.events.actor import Actor
from services.input.field_readers import Field, email_address, read_fields
from services.input.text import has_control
from services.refusal import Code, Refused, refuse

MAX_BYTES = mail.MAX_ATTACHMENT_BYTES
MAX_FILE_NAME = 255
_ENDINGS = {
    "text/csv": ".csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/json": ".json",
}


async def send(
    *, account_id: UUID, email: str, file_name: str, base64_content: str, media_type: str, count: int, now: datetime
) -> None:
    """Sends the file to the address. The audit log has it before: no file leaves unrecorded, even if the caller does.

    Raises Refused: INVALID_EMAIL, INVALID, TOO_LONG, FILE_TOO_LARGE, FILE_UNREADABLE, MAIL_NOT_CONFIGURED, or
    SERVER_ERROR if the mail server rejected the mail. Raises Unavailable and ResultUnknown like `mail.send`.
    """
    mail.require()
    values = read_fields(
        {
            "email": email,
            "file_name": (file_name, media_type),
            "content": base64_content,
            "media_type": media_type,
            "count": count,
        },
        {
            "email": Field("email", email_address),
            "file_name": Field("filename", _file_name),
            "content": Field("fileBase64", _content),
            "media_type": Field("mimeType", _media_type),
            "count": Field("count", _count),
        },
    )
    recording = _record(account_id, values["count"], actor.current(), now)
    # On PostgreSQL apart from the caller's transaction, which a client that disconnects can roll back.
    await (create_detached_task(recording) if database.is_postgres() else recording)
    try:
        await mail.send(
            mail.Email(
                to=values["email"],
                subject=f"{values['file_name']}: {count} contacts",
                text=f"The file that you requested is attached. It contains {count} contacts.\n",
                attachment=mail.Attachment(values["file_name"], values["media_type"], values["content"]),
                reference=str(database.uuid7(now)),
            )
        )
    except mail.NotSent as error:
        path = ("email",) if error.refusal.code is Code.INVALID_EMAIL else ()
        raise Refused(error.refusal.under(*path)) from error


async def _record(account_id: UUID, count: int, by: Actor, now: datetime) -> None:
    async with database.transaction():
        audit.record(account_id, AuditAction.EXPORT, "Asked to e-mail a file.", count=count, by=by, now=now)


def _file_name(given: tuple[str, str]) -> str:
    name, media_type = given[0].strip(), _base(given[1])
    if not name:
        raise refuse(Code.REQUIRED, "The file name can't be blank.")
    if len(name) > MAX_FILE_NAME:
        raise refuse(Code.TOO_LONG, f"The file name has {len(name)} characters; at most {MAX_FILE_NAME} are allowed.")
    if name[0] == "." or "/" in name or "\\" in name or has_control(name):
        raise refuse(
            Code.INVALID, "The file name must not begin with a dot or contain a directory or control characters."
        )
    ending = _ENDINGS.get(media_type)
    if ending is not None and not name.lower().endswith(ending):
        raise refuse(Code.INVALID, f"The name of a file of this type must end in {ending}.")
    return name


def _content(text: str) -> bytes:
    if len(text) > MAX_BYTES * 4 // 3 + 4:
        raise refuse(Code.FILE_TOO_LARGE, f"The decoded file is too large; at most {MAX_BYTES} bytes are allowed.")
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise refuse(Code.FILE_UNREADABLE, "The content is not valid base64.") from None
    if len(content) > MAX_BYTES:
        raise refuse(Code.FILE_TOO_LARGE, f"The file has {len(content)} bytes; at most {MAX_BYTES} are allowed.")
    if not content:
        raise refuse(Code.REQUIRED, "The file is empty.")
    return content


def _media_type(text: str) -> str:
    if _base(text) not in _ENDINGS:
        raise refuse(Code.INVALID, f"The media type is not supported. Use one of {', '.join(_ENDINGS)}.")
    return _base(text)


def _base(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()


def _count(count: int) -> int:
    if count < 0:
        raise refuse(Code.INVALID, f"The number of contacts must be 0 or more, not {count}.")
    return count
