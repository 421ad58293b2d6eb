"""The Review step's rules: which bucket a row of a campaign's audience falls into, and what else is true of it. Pure.

The rules, their order and their words are those of classification.md.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final
from uuid import UUID

NOBODY: Final[frozenset[UUID]] = frozenset()


class Bucket(StrEnum):
    """Every row falls into exactly one."""

    NEW = "NEW"
    EXISTING = "EXISTING"
    ASSIGNED_TO_OTHER_USERS = "ASSIGNED_TO_OTHER_USERS"
    ALREADY_MESSAGED_OUTBOUND = "ALREADY_MESSAGED_OUTBOUND"
    ALREADY_MESSAGED_INBOUND = "ALREADY_MESSAGED_INBOUND"
    ASSIGNED_TO_YOU_NOT_OWNED = "ASSIGNED_TO_YOU_NOT_OWNED"
    PROTECTED = "PROTECTED"
    INVALID = "INVALID"
    DUPLICATE = "DUPLICATE"


class Flag(StrEnum):
    """What else is true of a row; any number of them."""

    PROTECTED = "PROTECTED"
    OWNED_BY_YOU = "OWNED_BY_YOU"
    OWNED_BY_OTHER = "OWNED_BY_OTHER"
    UNOWNED = "UNOWNED"
    ASSIGNED_TO_YOU = "ASSIGNED_TO_YOU"
    ASSIGNED_TO_OTHER = "ASSIGNED_TO_OTHER"
    MESSAGED_OUTBOUND = "MESSAGED_OUTBOUND"
    MESSAGED_INBOUND = "MESSAGED_INBOUND"
    OPTED_OUT = "OPTED_OUT"
    IN_TRASH = "IN_TRASH"
    UNKNOWN_NETWORK = "UNKNOWN_NETWORK"
    ALREADY_IN_CAMPAIGN = "ALREADY_IN_CAMPAIGN"


NEVER_SELECTABLE: Final = frozenset(
    (Bucket.INVALID, Bucket.DUPLICATE, Bucket.ASSIGNED_TO_OTHER_USERS, Bucket.PROTECTED)
)
SELECTED_BY_DEFAULT: Final = frozenset((Bucket.NEW, Bucket.EXISTING))


@dataclass(slots=True)  # not frozen: ten thousand are made in one call
class Facts:
    """What is known of a row's number at one instant, `now`.

    `you` are the users for whom the row would be messaged, `hours` the account's protection. The contact is the one
    outside the trash; its owner and its assignees are named only where they are active. The instants of messages are of
    those that count.
    """

    you: frozenset[UUID]
    hours: int
    now: datetime
    contact_id: UUID | None = None
    owner_id: UUID | None = None
    owned_at: datetime | None = None
    assignee_ids: frozenset[UUID] = NOBODY
    last_inbound_at: datetime | None = None
    last_outbound_at: datetime | None = None
    is_opted_out: bool = False
    is_in_trash: bool = False
    has_unknown_network: bool = False
    is_in_campaign: bool = False


def classify(facts: Facts) -> Bucket:
    """The bucket of a row whose text is a number that no earlier row had. The first rule that holds wins."""
    if facts.contact_id is None:
        return Bucket.NEW
    if protected_until(facts) is not None:
        return Bucket.PROTECTED
    you, owner_id, assignee_ids = facts.you, facts.owner_id, facts.assignee_ids
    if assignee_ids:
        if you.isdisjoint(assignee_ids):
            return Bucket.ASSIGNED_TO_OTHER_USERS
        if owner_id not in you:
            return Bucket.ASSIGNED_TO_YOU_NOT_OWNED
    elif owner_id is not None and owner_id not in you:
        return Bucket.ASSIGNED_TO_OTHER_USERS
    if facts.last_inbound_at is not None:
        return Bucket.ALREADY_MESSAGED_INBOUND
    if facts.last_outbound_at is not None:
        return Bucket.ALREADY_MESSAGED_OUTBOUND
    return Bucket.EXISTING


def protected_until(facts: Facts) -> datetime | None:
    """Until when the row's contact is out of reach of `you`; None where it is not. Exactly at the end it is over."""
    if facts.hours <= 0 or facts.owned_at is None or facts.owner_id is None or facts.owner_id in facts.you:
        return None
    until = facts.owned_at + timedelta(hours=facts.hours)
    return until if facts.now < until else None


_PLACES: Final = {flag: place for place, flag in enumerate(Flag)}
_BITS: Final = {flag: 1 << place for flag, place in _PLACES.items()}
_PROTECTED = _BITS[Flag.PROTECTED]
_OWNED_BY_YOU = _BITS[Flag.OWNED_BY_YOU]
_OWNED_BY_OTHER = _BITS[Flag.OWNED_BY_OTHER]
_UNOWNED = _BITS[Flag.UNOWNED]
_ASSIGNED_TO_YOU = _BITS[Flag.ASSIGNED_TO_YOU]
_ASSIGNED_TO_OTHER = _BITS[Flag.ASSIGNED_TO_OTHER]
_MESSAGED_OUTBOUND = _BITS[Flag.MESSAGED_OUTBOUND]
_MESSAGED_INBOUND = _BITS[Flag.MESSAGED_INBOUND]
_OPTED_OUT = _BITS[Flag.OPTED_OUT]
_IN_TRASH = _BITS[Flag.IN_TRASH]
_UNKNOWN_NETWORK = _BITS[Flag.UNKNOWN_NETWORK]
_ALREADY_IN_CAMPAIGN = _BITS[Flag.ALREADY_IN_CAMPAIGN]


def flags(facts: Facts) -> int:
    """What else is true of the row, one bit each: see `named` and `bits`."""
    found = 0
    if facts.contact_id is not None:
        if facts.owner_id is None:
            found = _UNOWNED
        elif facts.owner_id in facts.you:
            found = _OWNED_BY_YOU
        else:
            found = _OWNED_BY_OTHER
            if protected_until(facts) is not None:
                found |= _PROTECTED
        if facts.assignee_ids:
            if not facts.you.isdisjoint(facts.assignee_ids):
                found |= _ASSIGNED_TO_YOU
            if not facts.assignee_ids <= facts.you:
                found |= _ASSIGNED_TO_OTHER
        if facts.is_in_campaign:
            found |= _ALREADY_IN_CAMPAIGN
    elif facts.is_in_trash:
        found = _IN_TRASH
    if facts.last_outbound_at is not None:
        found |= _MESSAGED_OUTBOUND
    if facts.last_inbound_at is not None:
        found |= _MESSAGED_INBOUND
    if facts.is_opted_out:
        found |= _OPTED_OUT
    if facts.has_unknown_network:
        found |= _UNKNOWN_NETWORK
    return found


@lru_cache(maxsize=1 << len(Flag))
def named(flag_bits: int) -> tuple[Flag, ...]:
    """The flags of some bits, in the order in which they are declared."""
    return tuple(flag for flag in Flag if flag_bits & _BITS[flag])


def bits(*wanted: Flag) -> int:
    return sum(_BITS[flag] for flag in set(wanted))


def is_selectable(bucket: Bucket, flag_bits: int) -> bool:
    """Whether a row may be ticked at all."""
    return bucket not in NEVER_SELECTABLE and not flag_bits & _OPTED_OUT


def is_selected_by_default(bucket: Bucket, flag_bits: int) -> bool:
    """Whether a row is ticked from the start."""
    return bucket in SELECTED_BY_DEFAULT and not flag_bits & _OPTED_OUT
