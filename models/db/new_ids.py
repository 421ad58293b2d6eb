"""New ids of rows: UUIDs of version 7, which sort by the instant of their creation."""

from datetime import UTC, datetime, timedelta
from random import getrandbits
from uuid import UUID

from asyncpg.pgproto import pgproto

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_counters: dict[int, int] = {}
"""The last counter of each of the milliseconds that got IDs last: the times of running requests, and the present."""
_MAX_COUNTERS = 16


def uuid7(now: datetime | None = None, *, room: int = 0) -> UUID:
    """Returns a new ID, a UUIDv7 of an instant; the present by default.

    IDs of one instant sort in the order of their creation: 26 bits are a counter with a random start (RFC 9562,
    section 6.2, method 1), and 48 bits are random. `room` reserves this many counter values after the ID, for IDs that
    the caller makes.
    """
    instant = datetime.now(UTC) if now is None else now
    millisecond = max((instant - _EPOCH) // _MILLISECOND, 0)
    counter = _counters.pop(millisecond, None)
    if counter is None:
        if len(_counters) >= _MAX_COUNTERS:
            del _counters[next(iter(_counters))]
        counter = getrandbits(25)
    counter = (counter + 1) & 0x3FF_FFFF
    _counters[millisecond] = counter + room
    high = millisecond << 80 | 0x7 << 76 | (counter >> 14) << 64
    number = high | 0b10 << 62 | (counter & 0x3FFF) << 48 | getrandbits(48)
    id: UUID = pgproto.UUID(number.to_bytes(16))  # asyncpg's type is made and written in a fraction of the time
    return id


def least_uuid7(instant: datetime) -> UUID:
    """Returns the smallest possible ID of an instant. All IDs of earlier instants are smaller."""
    return UUID(int=max((instant - _EPOCH) // _MILLISECOND, 0) << 80)
