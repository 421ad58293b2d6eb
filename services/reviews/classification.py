"""The rules of the Review step: computes the bucket and the flags of a row of a campaign's audience. Pure functions.

docs/campaigns.md has the rules in words, in the same order.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Final
from uuid import UUID

from services.contacts.protection import protected_until

NOBODY: Final[frozenset[UUID]] = frozenset()


class Bucket(StrEnum):
    """The class of a row. Each row has exactly one."""

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
    """An additional property of a row. A row has any number of flags."""

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


@dataclass(slots=True)  # not frozen: a call creates up to 10,000 instances, and frozen ones are slower to create
class Facts:
    """The facts about a row's number at one instant, `now`.

    `you` are the users on whose behalf the row would be messaged, `hours` is the account's protection in hours. The
    contact is the live one, outside the trash. Its owner and assignees are included only if they are active.
    `last_inbound_at` and `last_outbound_at` cover only messages that count.
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
    """Returns the bucket of a row with a valid number that no earlier row has. The first matching rule wins."""
    if facts.contact_id is None:
        return Bucket.NEW
    if protected_from_you_until(facts) is not None:
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


def protected_from_you_until(facts: Facts) -> datetime | None:
    """Returns when the contact's protection from `you` ends, or None if it is not protected. The end is exclusive."""
    if facts.owner_id is None or facts.owner_id in facts.you:
        return None
    return protected_until(owned_at=facts.owned_at, is_owner_active=True, hours=facts.hours, now=facts.now)


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
    """Returns the flags of the row as a bit mask. See `named` and `bits`."""
    mask = 0
    if facts.contact_id is not None:
        if facts.owner_id is None:
            mask = _UNOWNED
        elif facts.owner_id in facts.you:
            mask = _OWNED_BY_YOU
        else:
            mask = _OWNED_BY_OTHER
            if protected_from_you_until(facts) is not None:
                mask |= _PROTECTED
        if facts.assignee_ids:
            if not facts.you.isdisjoint(facts.assignee_ids):
                mask |= _ASSIGNED_TO_YOU
            if not facts.assignee_ids <= facts.you:
                mask |= _ASSIGNED_TO_OTHER
        if facts.is_in_campaign:
            mask |= _ALREADY_IN_CAMPAIGN
    elif facts.is_in_trash:
        mask = _IN_TRASH
    if facts.last_outbound_at is not None:
        mask |= _MESSAGED_OUTBOUND
    if facts.last_inbound_at is not None:
        mask |= _MESSAGED_INBOUND
    if facts.is_opted_out:
        mask |= _OPTED_OUT
    if facts.has_unknown_network:
        mask |= _UNKNOWN_NETWORK
    return mask


@lru_cache(maxsize=1 << len(Flag))
def named(flag_bits: int) -> tuple[Flag, ...]:
    """Returns the flags of a bit mask, in declaration order."""
    return tuple(flag for flag in Flag if flag_bits & _BITS[flag])


def bits(*wanted: Flag) -> int:
    return sum(_BITS[flag] for flag in set(wanted))


def is_selectable(bucket: Bucket, flag_bits: int) -> bool:
    """Returns whether a row can be selected."""
    return bucket not in NEVER_SELECTABLE and not flag_bits & _OPTED_OUT


def is_selected_by_default(bucket: Bucket, flag_bits: int) -> bool:
    """Returns whether a row is selected by default."""
    return bucket in SELECTED_BY_DEFAULT and not flag_bits & _OPTED_OUT
