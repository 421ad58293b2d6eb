"""Rows become entries whose counts add up, and a directory finds each entry again, without a database."""

from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given, strategies as st

from services.accounts.settings import AccountSettings
from services.phones.numbers import NetworkCheck, PhonePolicy
from services.reviews.classification import Bucket, Flag, bits
from services.reviews.entries import PART_SIZE, Entry, EntryIndex, EntryPosition, Review
from services.reviews.validation import ReviewRowInput, read_entries

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
ID = UUID("019b8d7d-f1c0-7679-a7d6-a2b464fe257d")
SETTINGS = AccountSettings(ID, "KE", PhonePolicy.POSSIBLE, NetworkCheck.COVERED, 0, 90)

phones = st.one_of(
    st.sampled_from(["0712345678", "+254 712 345 678", "254712345678", "0733123456", "", " ", "x", "2.5E+11"]),
    st.none(),
    st.text(max_size=14),
    st.integers(0, 99).map(lambda number: f"07120000{number:02}"),
)


@given(st.lists(phones, max_size=40))
def test_the_rows_of_a_file_add_up_and_each_number_is_once_no_duplicate(given_phones: list[str | None]) -> None:
    rows = [ReviewRowInput(phone, None, None, {}) for phone in given_phones]

    review = Review(ID, None, NOW, read_entries(ID, rows, "KE", SETTINGS))

    entries, counts = review.entries, review.counts
    assert [entry.index for entry in entries] == list(range(len(rows)))
    assert sum(counts[bucket] for bucket in Bucket) == len(rows)
    assert {entry.bucket for entry in entries} <= {Bucket.NEW, Bucket.INVALID, Bucket.DUPLICATE}
    first: dict[str | None, int] = {}
    for entry, phone in zip(entries, given_phones, strict=True):
        assert (entry.problem is None) == (entry.bucket is not Bucket.INVALID)
        if entry.bucket is Bucket.INVALID:
            assert entry.phone_number == phone
        elif entry.bucket is Bucket.NEW:
            assert entry.phone_number not in first
            first[entry.phone_number] = entry.index
        else:
            assert entry.duplicate_of_index == first[entry.phone_number]


kinds = st.tuples(st.sampled_from(Bucket), st.frozensets(st.sampled_from(Flag)))


def review_of(found: list[tuple[Bucket, frozenset[Flag]]]) -> Review:
    entries = [
        Entry(ID, index, bucket, None, None, None, {}, flag_bits=bits(*flags))
        for index, (bucket, flags) in enumerate(found)
    ]
    return Review(ID, None, NOW, entries)


@given(
    st.lists(kinds, max_size=60),
    st.none() | st.frozensets(st.sampled_from(Bucket)),
    st.none() | st.frozensets(st.sampled_from(Flag)),
)
def test_a_directory_finds_the_entries_of_some_buckets_with_any_of_some_flags(
    found: list[tuple[Bucket, frozenset[Flag]]], buckets: frozenset[Bucket] | None, flags: frozenset[Flag] | None
) -> None:
    directory = EntryIndex(review_of(found).directory)

    assert directory.review_id == ID
    assert directory.find(buckets, flags) == [
        index
        for index, (bucket, has) in enumerate(found)
        if (buckets is None or bucket in buckets) and (flags is None or has & flags)
    ]


def test_a_directory_tells_in_which_part_of_its_bucket_an_entry_is() -> None:
    count = 2 * PART_SIZE + 1
    directory = EntryIndex(
        review_of([(Bucket.NEW if place % 2 else Bucket.INVALID, frozenset()) for place in range(2 * count)]).directory
    )

    wanted = [0, 1, 2 * PART_SIZE - 1, 2 * PART_SIZE, 4 * PART_SIZE + 1]

    assert directory.positions(wanted) == {
        0: EntryPosition(Bucket.INVALID, 0, 0),
        1: EntryPosition(Bucket.NEW, 0, 0),
        2 * PART_SIZE - 1: EntryPosition(Bucket.NEW, 0, PART_SIZE - 1),
        2 * PART_SIZE: EntryPosition(Bucket.INVALID, 1, 0),
        4 * PART_SIZE + 1: EntryPosition(Bucket.NEW, 2, 0),
    }


def test_every_entry_of_a_review_has_an_id_of_its_own_that_stays() -> None:
    entries = review_of([(Bucket.NEW, frozenset())] * 10_000).entries

    assert len({entry.id for entry in entries} | {ID}) == 10_001
    assert entries[7].id == review_of([(Bucket.INVALID, frozenset())] * 8).entries[7].id
