"""Reads the phone numbers in the sender ids of messaging services. Pure."""

import re
from typing import Final
from urllib.parse import unquote

_LONGEST: Final = 200
_IN_BRACKETS: Final = re.compile(r".*<([^<>]+)>")
_SCHEME: Final = re.compile(r"(?:sips?|whatsapp|wa|tel|sms|[a-z][a-z0-9.\-]{0,20}(?=:/{0,2}\+)):/{0,2}", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"(\+?)([0-9]{6,15})(?:[.:_][0-9]{1,5}){0,2}@([a-z0-9.\-]+)(?:[;:/?].*)?", re.IGNORECASE)
_OF_WHATSAPP: Final = frozenset({"c.us", "s.whatsapp.net"})
_WITHOUT_NUMBER: Final = frozenset({"g.us", "lid", "hosted.lid", "broadcast", "newsletter", "bot"})
"""Domains of WhatsApp whose digits are no phone number: groups, hidden senders, lists."""


def undecorated(sender: str) -> str:
    """Returns the phone number in a sender id, or the text itself if it is no known form of a sender id.

    Examples: `254712345678@c.us`, `254712345678:12@s.whatsapp.net`, `whatsapp:+254712345678`,
    `sip:+254712345678@example.com`, `Amina <+254712345678>`.
    """
    text = sender.strip()
    if len(text) > _LONGEST:
        return sender
    if "%" in text:
        text = unquote(text)
    if text.endswith(">") and (inner := _IN_BRACKETS.fullmatch(text)):
        text = inner[1].strip()
    text = _SCHEME.sub("", text, count=1) if _SCHEME.match(text) else text
    address = _ADDRESS.fullmatch(text)
    if address is None:
        return text
    domain = address[3].lower()
    if domain in _WITHOUT_NUMBER:
        return sender
    return "+" + address[2] if domain in _OF_WHATSAPP else address[1] + address[2]
