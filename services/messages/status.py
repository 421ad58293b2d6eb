"""The status of a message, and the rules for reports that change it. Pure."""

from enum import StrEnum


class MessageStatus(StrEnum):
    QUEUED = "QUEUED"
    ACCEPTED = "ACCEPTED"
    SENT = "SENT"
    DELIVERED = "DELIVERED"
    READ = "READ"
    FAILED = "FAILED"
    DECLINED = "DECLINED"
    CANCELLED = "CANCELLED"
    RECEIVED = "RECEIVED"


# Final states of a message that was not delivered. An outbound message with one of them does not count.
ENDS = frozenset((MessageStatus.FAILED, MessageStatus.DECLINED, MessageStatus.CANCELLED))

_WAY = {
    MessageStatus.QUEUED: 0,
    MessageStatus.ACCEPTED: 1,
    MessageStatus.SENT: 2,
    MessageStatus.RECEIVED: 3,
    MessageStatus.DELIVERED: 3,
    MessageStatus.READ: 4,
}
_ARRIVED = 3


def status_after(before: MessageStatus, reported: MessageStatus) -> MessageStatus:
    """Returns the status after a report. Reports may arrive in any order.

    The status advances along QUEUED, ACCEPTED, SENT, DELIVERED, READ and never goes back. FAILED, DECLINED and
    CANCELLED are final. A message that has arrived cannot get one of them. RECEIVED is the first status of an inbound
    message, and ranks equal to DELIVERED.
    """
    if before in ENDS:
        return before
    if reported in ENDS:
        return reported if _WAY[before] < _ARRIVED else before
    return reported if _WAY[reported] > _WAY[before] else before
