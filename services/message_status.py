"""How far a message got, and which report moves it on. Pure."""

from enum import StrEnum


class Status(StrEnum):
    QUEUED = "QUEUED"
    ACCEPTED = "ACCEPTED"
    SENT = "SENT"
    DELIVERED = "DELIVERED"
    READ = "READ"
    FAILED = "FAILED"
    DECLINED = "DECLINED"
    CANCELLED = "CANCELLED"
    RECEIVED = "RECEIVED"


# A message ends in one of these unless it has arrived. One that was to go out counts in none of them.
ENDS = frozenset((Status.FAILED, Status.DECLINED, Status.CANCELLED))

_WAY = {
    Status.QUEUED: 0,
    Status.ACCEPTED: 1,
    Status.SENT: 2,
    Status.RECEIVED: 3,
    Status.DELIVERED: 3,
    Status.READ: 4,
}
_ARRIVED = 3


def moved_on(before: Status, reported: Status) -> Status:
    """The status after a report, in whichever order reports come: on along QUEUED, ACCEPTED, SENT, DELIVERED, READ,
    and never back.

    FAILED, DECLINED and CANCELLED are ends. A message that has arrived does not come to one, and nothing moves one
    that has. RECEIVED is where an inbound message begins, and as far as DELIVERED.
    """
    if before in ENDS:
        return before
    if reported in ENDS:
        return reported if _WAY[before] < _ARRIVED else before
    return reported if _WAY[reported] > _WAY[before] else before
