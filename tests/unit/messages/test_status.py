"""A message's status moves forward and never back."""

import itertools

import pytest

from services.messages.status import ENDS, MessageStatus, status_after

# The new status for each status (row) and each reported status (column); "." is no change.
#              QUEUED ACCEPTED SENT RECEIVED DELIVERED READ FAILED DECLINED CANCELLED
TABLE = """
QUEUED      .      ACCEPTED SENT RECEIVED DELIVERED READ FAILED DECLINED CANCELLED
ACCEPTED    .      .        SENT RECEIVED DELIVERED READ FAILED DECLINED CANCELLED
SENT        .      .        .    RECEIVED DELIVERED READ FAILED DECLINED CANCELLED
RECEIVED    .      .        .    .        .         READ .      .        .
DELIVERED   .      .        .    .        .         READ .      .        .
READ        .      .        .    .        .         .    .      .        .
FAILED      .      .        .    .        .         .    .      .        .
DECLINED    .      .        .    .        .         .    .      .        .
CANCELLED   .      .        .    .        .         .    .      .        .
"""
COLUMNS = "QUEUED ACCEPTED SENT RECEIVED DELIVERED READ FAILED DECLINED CANCELLED".split()
CASES = [
    (MessageStatus(before), MessageStatus(reported), MessageStatus(before if after == "." else after))
    for before, *row in (line.split() for line in TABLE.strip().splitlines())
    for reported, after in zip(COLUMNS, row, strict=True)
]


@pytest.mark.parametrize(("before", "reported", "after"), CASES)
def test_a_report_moves_a_status_on_or_not_at_all(
    before: MessageStatus, reported: MessageStatus, after: MessageStatus
) -> None:
    assert status_after(before, reported) is after


def test_the_table_has_every_pair() -> None:
    assert {(before, reported) for before, reported, _ in CASES} == set(itertools.product(MessageStatus, MessageStatus))


def test_reports_of_a_way_without_an_end_come_to_the_same_in_any_order() -> None:
    way = [status for status in MessageStatus if status not in ENDS | {MessageStatus.RECEIVED}]

    for order in itertools.permutations(way):
        status = order[0]
        for reported in order[1:]:
            status = status_after(status, reported)

        assert status is MessageStatus.READ
