"""New ids of the same instant sort in the order of their creation."""

from datetime import timedelta

from models.db import database
from tests.support.api_client import MONDAY, TUESDAY


def test_ids_of_one_instant_sort_as_they_were_made_whatever_is_made_between() -> None:
    made = []
    for _ in range(100):
        made.append(database.uuid7(MONDAY))
        database.uuid7(TUESDAY)
        database.uuid7()

    assert made == sorted(made)


def test_an_instant_in_use_keeps_its_order_while_many_others_come() -> None:
    made = []
    for millisecond in range(100):
        made.append(database.uuid7(MONDAY))
        database.uuid7(TUESDAY + timedelta(milliseconds=millisecond))

    assert made == sorted(made)


def test_the_least_id_of_an_instant_is_between_those_of_the_one_before_and_its_own() -> None:
    before, own = database.uuid7(MONDAY - timedelta(milliseconds=1)), database.uuid7(MONDAY)

    assert before < database.least_uuid7(MONDAY) < own
