"""Entries of a review in memory, and the directory that locates stored entries."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from services.reviews import classification
from services.reviews.classification import Bucket, Flag

KEPT_FOR: Final = timedelta(days=1)
PART_SIZE: Final = 250
"""Number of entries of a bucket that are stored together."""

_BUCKETS: Final = tuple(Bucket)
_PLACES: Final = {bucket: place for place, bucket in enumerate(_BUCKETS)}
# Format of a directory: the review's id, then three characters per entry, one for its bucket and two of six bits for
# its flags.
_ID_LENGTH: Final = 32
_WIDTH: Final = 3
_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"
_SIX_BITS: Final = 6
assert len(Flag) <= 2 * _SIX_BITS


class _FlagDigits(dict[int, str]):
    """Caches the two characters of each set of flags, because few of the 4,096 sets occur."""

    def __missing__(self, bits: int) -> str:
        high, low = divmod(bits, len(_DIGITS))
        digits = self[bits] = _DIGITS[high] + _DIGITS[low]
        return digits


class _FlagBits(dict[str, int]):
    """Caches the flags of each pair of characters."""

    def __missing__(self, digits: str) -> int:
        high, low = map(_DIGITS.index, digits)
        bits = self[digits] = high * len(_DIGITS) + low
        return bits


_FLAG_DIGITS: Final = _FlagDigits()
_FLAG_BITS: Final = _FlagBits()


@dataclass(slots=True)  # not frozen, because one call creates ten thousand
class Entry:
    """A row of a review with its classification. `flag_bits` is defined by classification.

    `problem` explains why the text is not a number: code, message, value, suggestion.
    """

    review_id: UUID
    index: int
    bucket: Bucket
    phone_number: str | None
    first_name: str | None
    last_name: str | None
    columns: dict[str, Any]
    contact_id: UUID | None = None
    flag_bits: int = 0
    protected_until: datetime | None = None
    last_inbound_at: datetime | None = None
    last_outbound_at: datetime | None = None
    segment_id: str | None = None
    target_user_id: UUID | None = None
    duplicate_of_index: int | None = None
    problem: tuple[str, str, str, str | None] | None = None

    @property
    def id(self) -> UUID:
        """Stable id of this row of this review: the review's id with changed last bits."""
        return UUID(int=self.review_id.int ^ self.index + 1)

    @property
    def bucket_name(self) -> str:
        return self.bucket._value_

    @property
    def flags(self) -> list[str]:
        return _names_of_flags(self.flag_bits)

    @property
    def is_selectable(self) -> bool:
        return classification.is_selectable(self.bucket, self.flag_bits)

    @property
    def is_selected_by_default(self) -> bool:
        return classification.is_selected_by_default(self.bucket, self.flag_bits)


_flag_names: dict[int, list[str]] = {}


def _names_of_flags(flag_bits: int) -> list[str]:
    names = _flag_names.get(flag_bits)
    if names is None:
        names = _flag_names[flag_bits] = [flag.value for flag in classification.named(flag_bits)]
    return names


@dataclass(eq=False, slots=True)
class Review:
    """A new review in memory."""

    id: UUID
    campaign_id: UUID | None
    created_at: datetime
    entries: list[Entry]
    people: dict[str, Any] = field(default_factory=dict)
    segments: list[dict[str, Any]] = field(default_factory=list)

    @property
    def expires_at(self) -> datetime:
        return self.created_at + KEPT_FOR

    @property
    def counts(self) -> dict[str, int]:
        """Number of entries by bucket, and the number of entries with opted-out numbers as OPTED_OUT."""
        counts: dict[str, int] = dict.fromkeys(_BUCKETS, 0)
        opted_out, count = classification.bits(Flag.OPTED_OUT), 0
        for entry in self.entries:
            counts[entry.bucket] += 1
            if entry.flag_bits & opted_out:
                count += 1
        return {bucket.value: counts[bucket] for bucket in _BUCKETS} | {Flag.OPTED_OUT.value: count}

    @property
    def directory(self) -> str:
        places = {bucket: str(place) for bucket, place in _PLACES.items()}
        return self.id.hex + "".join([places[entry.bucket] + _FLAG_DIGITS[entry.flag_bits] for entry in self.entries])


@dataclass(frozen=True, slots=True)
class EntryPosition:
    """Position of an entry: its bucket, the part of the bucket, and the offset within the part."""

    bucket: Bucket
    part: int
    offset: int


class EntryIndex:
    """Reads a review's directory."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.review_id = UUID(text[:_ID_LENGTH])

    def find(self, buckets: Iterable[Bucket] | None, flags: Iterable[Flag] | None) -> list[int]:
        """Returns the indexes of entries in any of the buckets with any of the flags. None disables a condition."""
        text = self._text
        requested = None if buckets is None else {str(_PLACES[bucket]) for bucket in buckets}
        mask = None if flags is None else classification.bits(*flags)
        return [
            index
            for index, start in enumerate(range(_ID_LENGTH, len(text), _WIDTH))
            if (requested is None or text[start] in requested)
            and (mask is None or _FLAG_BITS[text[start + 1 : start + _WIDTH]] & mask)
        ]

    def positions(self, indexes: Iterable[int]) -> dict[int, EntryPosition]:
        """Returns the positions of the entries with these indexes."""
        buckets = self._text[_ID_LENGTH::_WIDTH]
        requested, positions, ahead = set(indexes), {}, dict.fromkeys(map(str, range(len(_BUCKETS))), 0)
        for index, bucket in enumerate(buckets):
            if index in requested:
                part, offset = divmod(ahead[bucket], PART_SIZE)
                positions[index] = EntryPosition(_BUCKETS[int(bucket)], part, offset)
            ahead[bucket] += 1
        return positions
