"""Operators by prefix, the built-in table, and the countries with known networks."""

import random

import phonenumbers
import pytest
from phonenumbers import carrier
from phonenumbers.carrierdata import CARRIER_DATA

from services.phones import network_coverage
from services.phones.network_coverage import AFRICA, COMPUTED_WITH, COVERED, OTHERS, random_mobile_numbers, well_known
from services.phones.operators import Operator, OperatorPrefix, built_in_prefixes, operator_of
from services.phones.prefix_table import PrefixTable


@pytest.mark.parametrize(
    ("number", "operator"),
    [
        ("+254712345678", Operator("Safaricom", "KE")),
        ("+254733123456", Operator("Airtel", "KE")),
        ("+2348031234567", Operator("MTN", "NG")),
        ("+447400123456", Operator("Three", "GB")),
        ("+254202012345", None),
        ("+12015550123", None),
        ("+80012345678", None),
        ("+999123", None),
        ("", None),
    ],
)
def test_the_operator_is_the_one_that_the_number_was_given_out_to(number: str, operator: Operator | None) -> None:
    assert operator_of(number) == operator


@pytest.mark.parametrize(
    ("prefixes", "operator"),
    [
        ({"254712": ("Own", "KE")}, Operator("Own", "KE")),  # longer than the built-in 25471
        ({"25471": ("Own", None)}, Operator("Own", None)),  # as long as the built-in prefix
        ({"2547": ("Own", "KE")}, Operator("Safaricom", "KE")),  # shorter than the built-in prefix
        ({"254712": ("Own", "KE"), "254712345678": ("Mine", "TZ")}, Operator("Mine", "TZ")),
        ({"254713": ("Own", "KE")}, Operator("Safaricom", "KE")),
    ],
)
def test_the_longest_prefix_wins_and_the_accounts_own_among_equals(
    prefixes: dict[str, tuple[str, str | None]], operator: Operator
) -> None:
    assert operator_of("+254712345678", prefixes) == operator


def test_an_own_prefix_gives_a_landline_an_operator() -> None:
    assert operator_of("+254202012345", {"254": ("Own", "KE")}) == Operator("Own", "KE")


def test_the_built_in_rows_are_libphonenumbers() -> None:
    rows = list(built_in_prefixes())

    assert rows[0] == OperatorPrefix("1242357", Operator("BaTelCo", "BS"))
    assert [row.prefix for row in rows] == sorted(row.prefix for row in rows)
    assert {row.prefix: row.operator.name for row in rows} == {
        prefix: names["en"] for prefix, names in CARRIER_DATA.items() if "en" in names
    }


def test_the_operator_is_libphonenumbers_for_numbers_of_every_region() -> None:
    chance = random.Random(1)
    numbers = [
        number
        for region in sorted(phonenumbers.SUPPORTED_REGIONS)
        for number in random_mobile_numbers(region, 10, chance)
    ]

    found = {number: operator.name if (operator := operator_of(number)) else "" for number in numbers}

    assert len(numbers) > 2_000
    assert found == {number: carrier.name_for_number(phonenumbers.parse(number), "en") for number in numbers}


def test_a_table_finds_the_longest_prefix_that_a_number_has() -> None:
    rows = [("1", "a"), ("12", "b"), ("1200", "c"), ("120000000", "d"), ("13", "b"), ("2", "e"), ("999999999", "f")]

    table = PrefixTable(reversed(rows))

    numbers = ["1", "12", "120", "1200", "12000000", "120000000", "1200000009", "121", "13", "14", "2", "3", "0", ""]
    assert list(table) == rows
    assert [table.find(number) for number in numbers] == [
        (1, "a"),
        (2, "b"),
        (2, "b"),
        (4, "c"),
        (4, "c"),
        (9, "d"),
        (9, "d"),
        (2, "b"),
        (2, "b"),
        (1, "a"),
        (1, "e"),
        None,
        None,
        None,
    ]
    assert table.find("99999999999999") == (9, "f")


def test_a_table_finds_what_trying_each_length_finds() -> None:
    chance = random.Random(2)
    rows = {str(chance.randrange(1, 10 ** chance.randint(1, 9))): chance.randrange(50) for _ in range(3_000)}
    numbers = [str(chance.randrange(1, 10 ** chance.randint(1, 15))) for _ in range(5_000)] + list(rows)

    table = PrefixTable(rows.items())

    for number in numbers:
        known = [end for end in range(1, len(number) + 1) if number[:end] in rows]
        assert table.find(number) == ((known[-1], rows[number[: known[-1]]]) if known else None)


@pytest.mark.parametrize("prefix", ["", "1234567890"])
def test_a_table_refuses_a_prefix_that_it_cannot_hold(prefix: str) -> None:
    with pytest.raises(ValueError, match="a prefix has 1 to 9 digits"):
        PrefixTable([(prefix, "a")])


# ------------------------------------------------------------------ coverage


def test_the_countries_of_africa_are_fifty_four() -> None:
    assert len(AFRICA) == 54
    assert phonenumbers.SUPPORTED_REGIONS >= AFRICA


@pytest.mark.skipif(
    phonenumbers.__version__ != COMPUTED_WITH,
    reason=f"the list is of phonenumbers {COMPUTED_WITH}: compute it anew and commit it",
)
def test_the_committed_list_of_known_networks_is_what_the_computation_gives() -> None:
    assert sorted(OTHERS) == sorted(well_known())


def test_countries_of_few_known_networks_are_not_judged() -> None:
    assert not COVERED & {"RU", "IT", "AR", "US", "CA", "MX", "BR", "IN"}
    assert {"KE", "NG", "ZA", "EG", "AE", "PK"} <= COVERED


def test_random_mobile_numbers_are_valid_and_the_same_for_the_same_seed() -> None:
    first, again = (list(random_mobile_numbers("KE", 100, random.Random(7))) for _ in range(2))

    parsed = [phonenumbers.parse(number) for number in first]
    assert first == again
    assert len(set(first)) == 100
    assert all(phonenumbers.is_valid_number_for_region(number, "KE") for number in parsed)


def test_every_form_of_a_pattern_is_drawn_from() -> None:
    shapes = network_coverage._shapes(r"7(?:[12]\d|3)?|8[4-6]{1,2}|(?:0|12){2}")

    ten = "0123456789"
    assert shapes == [
        ("7",),
        ("7", "12", ten),
        ("7", "3"),
        ("8", "456"),
        ("8", "456", "456"),
        ("0", "0"),
        ("0", "1", "2"),
        ("1", "2", "0"),
        ("1", "2", "1", "2"),
    ]
