"""Stores reviews: their entries in parts, and a directory with the part of each entry. A part belongs to one bucket.

So 10,000 entries are a few dozen rows. A page reads the parts that contain its entries. Counts read no parts.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson

from models.db import database
from services import batch_delete
from services.reviews.classification import Bucket
from services.reviews.entries import PART_SIZE, Entry, EntryPosition, Review

_PURGE_BATCH: Final = 100  # each review has dozens of parts


class Unstorable(Exception):
    """The row at `index` contains a number that can't be stored as JSON."""

    def __init__(self, index: int) -> None:
        super().__init__(str(index))
        self.index = index


async def store(account_id: UUID, review: Review) -> None:
    """Writes a review. The number of statements does not depend on its length. Raises Unstorable."""
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
        "(account_id, id, campaign_id, people, segments, counts, directory, created_at, expires_at, purge_number) "
        "SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, coalesce(max(number), 0) FROM contact_purge WHERE account_id = $1",
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
    buckets: dict[Bucket, list[Entry]] = {}
    for entry in entries:
        buckets.setdefault(entry.bucket, []).append(entry)
    return buckets


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


def _restored(review_id: UUID, bucket: Bucket, stored: Sequence[Any]) -> Entry:
    (index, phone, first, last, columns, contact, flag_bits, until, inbound, outbound, segment, user, of, problem) = (
        stored
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


async def entries_at(
    account_id: UUID, places: Mapping[UUID, Mapping[int, EntryPosition]]
) -> dict[UUID, dict[int, Entry]]:
    """Returns entries by review and index, in one statement. `places` are their places, by review and index."""
    keys = {(review_id, place.bucket, place.part) for review_id, of in places.items() for place in of.values()}
    parts = await _parts(account_id, list(keys))
    return {
        review_id: {
            index: _restored(review_id, place.bucket, parts[review_id, place.bucket, place.part][place.offset])
            for index, place in of.items()
        }
        for review_id, of in places.items()
    }


async def entries_of_bucket(account_id: UUID, review_ids: Sequence[UUID], bucket: Bucket) -> dict[UUID, list[Entry]]:
    """Returns all entries of a bucket by review, in one statement."""
    entries: dict[UUID, list[Entry]] = {review_id: [] for review_id in review_ids}
    rows = await database.fetch(
        "SELECT review_id, entries FROM campaign_review_part WHERE account_id = $1 AND bucket = $3 "
        f"AND {database.sql_in('review_id', '$2', 'uuid')} ORDER BY review_id, number",
        account_id,
        list(review_ids),
        bucket.value,
    )
    for row in rows:
        review_id = row["review_id"]
        entries[review_id] += [_restored(review_id, bucket, stored) for stored in orjson.loads(row["entries"])]
    return entries


async def _parts(account_id: UUID, keys: Sequence[tuple[UUID, Bucket, int]]) -> dict[tuple[UUID, Bucket, int], Any]:
    columns = {"review_id": ("$2", "uuid"), "bucket": ("$3", "text"), "number": ("$4", "integer")}
    part = database.lookup_join(
        "campaign_review_part part",
        "part.account_id = p.account_id AND part.review_id = p.review_id AND part.bucket = p.bucket "
        "AND part.number = p.number",
    )
    rows = await database.fetch(
        "SELECT part.review_id, part.bucket, part.number, part.entries "
        f"FROM {database.with_account_id(database.columns_of('p', columns), 'p', '$1')} {part}",
        account_id,
        [review_id for review_id, _, _ in keys],
        [bucket.value for _, bucket, _ in keys],
        [number for _, _, number in keys],
    )
    return {(row["review_id"], Bucket(row["bucket"]), row["number"]): orjson.loads(row["entries"]) for row in rows}


async def purge_expired(*, now: datetime) -> int:
    """Deletes the expired reviews of all accounts. Returns their number."""
    return await batch_delete.delete_past("campaign_review", "expires_at", until=now, batch=_PURGE_BATCH)
