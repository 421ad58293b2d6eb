"""Reviews as they are kept: entries in parts of one bucket each, and a directory that tells which entry is where.

So ten thousand entries are a few dozen rows; a page reads the parts that its entries are in, counts read none.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson

from models import database
from services import classification
from services.classification import Bucket, Flag

KEPT_FOR: Final = timedelta(days=1)
PART_SIZE: Final = 250
_PURGE_BATCH: Final = 100

_BUCKETS: Final = tuple(Bucket)
_PLACES: Final = {bucket: place for place, bucket in enumerate(_BUCKETS)}
# A directory is the review's id and three characters an entry: one for its bucket, two of six bits for its flags.
_ID_LENGTH: Final = 32
_WIDTH: Final = 3
_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"
_SIX_BITS: Final = 6
_FLAG_DIGITS: Final = [high + low for high in _DIGITS for low in _DIGITS]
_FLAG_BITS: Final = {digits: bits for bits, digits in enumerate(_FLAG_DIGITS)}
assert len(Flag) <= 2 * _SIX_BITS


@dataclass(slots=True)  # not frozen: ten thousand are made in one call
class Entry:
    """A row of a review, and what was found of it. `flag_bits` are classification's.

    `problem` is why the text is no number: code, message, value, suggestion.
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
        """The same for this row of this review at all times. Its random bits are the review's but for the last."""
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
    """A review in memory, as it was just made."""

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
        """How many entries each bucket has, by its name; those whose number is opted out as OPTED_OUT."""
        found: dict[str, int] = dict.fromkeys(_BUCKETS, 0)
        opted_out, count = classification.bits(Flag.OPTED_OUT), 0
        for entry in self.entries:
            found[entry.bucket] += 1
            if entry.flag_bits & opted_out:
                count += 1
        return {bucket.value: found[bucket] for bucket in _BUCKETS} | {Flag.OPTED_OUT.value: count}

    @property
    def directory(self) -> str:
        places = {bucket: str(place) for bucket, place in _PLACES.items()}
        return self.id.hex + "".join([places[entry.bucket] + _FLAG_DIGITS[entry.flag_bits] for entry in self.entries])


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry is: in which part of its bucket, and how many entries of the part are ahead of it."""

    bucket: Bucket
    part: int
    offset: int


class Directory:
    """What a review's directory tells."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.review_id = UUID(text[:_ID_LENGTH])

    def find(self, buckets: Iterable[Bucket] | None, flags: Iterable[Flag] | None) -> list[int]:
        """The indexes of the entries of any of the buckets that have any of the flags; None: whatever they have."""
        text = self._text
        wanted = None if buckets is None else {str(_PLACES[bucket]) for bucket in buckets}
        mask = None if flags is None else classification.bits(*flags)
        return [
            index
            for index, start in enumerate(range(_ID_LENGTH, len(text), _WIDTH))
            if (wanted is None or text[start] in wanted)
            and (mask is None or _FLAG_BITS[text[start + 1 : start + _WIDTH]] & mask)
        ]

    def places(self, indexes: Iterable[int]) -> dict[int, Place]:
        """Where the entries of these indexes are."""
        buckets = self._text[_ID_LENGTH::_WIDTH]
        wanted, found, ahead = set(indexes), {}, dict.fromkeys(map(str, range(len(_BUCKETS))), 0)
        for index, bucket in enumerate(buckets):
            if index in wanted:
                part, offset = divmod(ahead[bucket], PART_SIZE)
                found[index] = Place(_BUCKETS[int(bucket)], part, offset)
            ahead[bucket] += 1
        return found


class Unstorable(Exception):
    """The cells of the row of `index` hold a number that no JSON of ours can hold."""

    def __init__(self, index: int) -> None:
        super().__init__(str(index))
        self.index = index


async def store(account_id: UUID, review: Review) -> None:
    """Writes a review, in as many statements whatever its length. Raises Unstorable."""
    buckets: list[str] = []
    numbers: list[int] = []
    texts: list[str] = []
    for bucket, entries in _by_bucket(review.entries).items():
        for number, start in enumerate(range(0, len(entries), PART_SIZE)):
            buckets.append(bucket.value)
            numbers.append(number)
            texts.append(_dumped(entries[start : start + PART_SIZE]))
    await _write(account_id, review, buckets, numbers, texts)


@database.transactional
async def _write(
    account_id: UUID, review: Review, buckets: Sequence[str], numbers: Sequence[int], texts: Sequence[str]
) -> None:
    await database.execute(
        "INSERT INTO campaign_review "
        "(account_id, id, campaign_id, people, segments, counts, directory, created_at, expires_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        account_id,
        review.id,
        review.campaign_id,
        review.people,
        review.segments,
        review.counts,
        review.directory,
        review.created_at,
        review.expires_at,
    )
    parts = {"bucket": ("$3", "text"), "number": ("$4", "integer"), "entries": ("$5", "text")}
    await database.execute(
        "INSERT INTO campaign_review_part (account_id, review_id, bucket, number, entries) "
        f"SELECT $1, $2, p.bucket, p.number, p.entries FROM {database.columns_of('p', parts)} WHERE TRUE",
        account_id,
        review.id,
        buckets,
        numbers,
        texts,
    )


def _by_bucket(entries: Iterable[Entry]) -> dict[Bucket, list[Entry]]:
    found: dict[Bucket, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry.bucket, []).append(entry)
    return found


def _dumped(entries: Sequence[Entry]) -> str:
    try:
        return orjson.dumps([_kept(entry) for entry in entries]).decode()
    except TypeError:
        for entry in entries:
            try:
                orjson.dumps(entry.columns)
            except TypeError:
                raise Unstorable(entry.index) from None
        raise


def _kept(entry: Entry) -> tuple[Any, ...]:
    return (
        entry.index,
        entry.phone_number,
        entry.first_name,
        entry.last_name,
        entry.columns,
        entry.contact_id and entry.contact_id.hex,
        entry.flag_bits,
        entry.protected_until,
        entry.last_inbound_at,
        entry.last_outbound_at,
        entry.segment_id,
        entry.target_user_id and entry.target_user_id.hex,
        entry.duplicate_of_index,
        entry.problem,
    )


def _restored(review_id: UUID, bucket: Bucket, kept: Sequence[Any]) -> Entry:
    (index, phone, first, last, columns, contact, flag_bits, until, inbound, outbound, segment, user, of, problem) = (
        kept
    )
    return Entry(
        review_id,
        index,
        bucket,
        phone,
        first,
        last,
        columns,
        contact and UUID(contact),
        flag_bits,
        until and datetime.fromisoformat(until),
        inbound and datetime.fromisoformat(inbound),
        outbound and datetime.fromisoformat(outbound),
        segment,
        user and UUID(user),
        of,
        problem and tuple(problem),
    )


async def entries_at(account_id: UUID, places: Mapping[UUID, Mapping[int, Place]]) -> dict[UUID, dict[int, Entry]]:
    """Entries by review and index, in one statement; `places` are where they are, by the same."""
    wanted = {(review_id, place.bucket, place.part) for review_id, of in places.items() for place in of.values()}
    parts = await _parts(account_id, list(wanted))
    return {
        review_id: {
            index: _restored(review_id, place.bucket, parts[review_id, place.bucket, place.part][place.offset])
            for index, place in of.items()
        }
        for review_id, of in places.items()
    }


async def entries_of_bucket(account_id: UUID, review_ids: Sequence[UUID], bucket: Bucket) -> dict[UUID, list[Entry]]:
    """All entries of a bucket by review, in one statement."""
    found: dict[UUID, list[Entry]] = {review_id: [] for review_id in review_ids}
    rows = await database.fetch(
        "SELECT review_id, entries FROM campaign_review_part WHERE account_id = $1 AND bucket = $3 "
        f"AND {database.any_of('review_id', '$2', 'uuid')} ORDER BY review_id, number",
        account_id,
        list(review_ids),
        bucket.value,
    )
    for row in rows:
        review_id = row["review_id"]
        found[review_id] += [_restored(review_id, bucket, kept) for kept in orjson.loads(row["entries"])]
    return found


async def _parts(account_id: UUID, keys: Sequence[tuple[UUID, Bucket, int]]) -> dict[tuple[UUID, Bucket, int], Any]:
    columns = {"review_id": ("$2", "uuid"), "bucket": ("$3", "text"), "number": ("$4", "integer")}
    rows = await database.fetch(
        "SELECT part.review_id, part.bucket, part.number, part.entries "
        f"FROM {database.columns_of('p', columns)} JOIN campaign_review_part part ON part.account_id = $1 "
        "AND part.review_id = p.review_id AND part.bucket = p.bucket AND part.number = p.number",
        account_id,
        [review_id for review_id, _, _ in keys],
        [bucket.value for _, bucket, _ in keys],
        [number for _, _, number in keys],
    )
    return {(row["review_id"], Bucket(row["bucket"]), row["number"]): orjson.loads(row["entries"]) for row in rows}


async def purge_expired(*, now: datetime) -> int:
    """Deletes the reviews of any account that have expired; how many. Any number of processes may do it at once."""
    count = 0
    while True:
        deleted = await _purge_batch(now)
        count += deleted
        if deleted < _PURGE_BATCH:
            return count


@database.transactional
async def _purge_batch(now: datetime) -> int:
    # Materialized: PostgreSQL may run a subquery again, and with SKIP LOCKED that gives other rows.
    rows = await database.fetch(
        "WITH expired AS MATERIALIZED (SELECT account_id, id FROM campaign_review WHERE expires_at <= $1 "
        f"ORDER BY expires_at LIMIT {_PURGE_BATCH}{database.skip_locked()}) "
        "DELETE FROM campaign_review WHERE (account_id, id) IN (SELECT account_id, id FROM expired) RETURNING id",
        now,
    )
    return len(rows)
