"""Cursors: positions in an account's change log."""

import binascii
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import total_ordering
from hashlib import sha256
from typing import Self
from uuid import UUID

_LAYOUT = struct.Struct(">8sQQB16s")
NIL = UUID(int=0)
_LARGEST = 2**63 - 1


class BadCursor(ValueError):
    """The text is not a cursor."""


@total_ordering
@dataclass(frozen=True, slots=True)
class Place:
    """The place of a change. Without an object, the place before all changes at the position."""

    position: int
    kind: int = 0
    object_id: UUID = NIL

    def __lt__(self, other: "Place") -> bool:
        return (self.position, self.kind, self.object_id) < (other.position, other.kind, other.object_id)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a log, with the epoch of the log and the age of the cursor.

    The client's copy has all that was committed at the instant `at`. It has a resolution of a second.
    """

    epoch: bytes
    at: datetime
    place: Place

    def encode(self) -> str:
        place = self.place
        packed = _LAYOUT.pack(self.epoch, int(self.at.timestamp()), place.position, place.kind, place.object_id.bytes)
        return urlsafe_b64encode(packed).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> Self:
        """Raises BadCursor."""
        try:
            packed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
            epoch, seconds, position, kind, object_id = _LAYOUT.unpack(packed)
            cursor = cls(epoch, datetime.fromtimestamp(seconds, UTC), Place(position, kind, UUID(bytes=object_id)))
        except (binascii.Error, struct.error, ValueError, OverflowError, OSError):
            raise BadCursor("This is not a cursor of changes or syncCursor.") from None
        if position > _LARGEST:
            raise BadCursor("This is not a cursor of changes or syncCursor.")
        return cursor


def epoch_of(account_id: UUID, *parts: str) -> bytes:
    """Returns a short text that differs if the account or any part differs."""
    return sha256("\0".join((str(account_id), *parts)).encode()).digest()[:8]
