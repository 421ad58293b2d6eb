"""The facts of a number: its status, a lookup, and the search texts that find it."""

import pytest

from services.phones.numbers import (
    Lookup,
    NetworkCheck,
    NumberFacts,
    NumberType,
    PhonePolicy,
    PhoneProblem,
    facts,
    international,
    look_up,
    search_digits,
)
from services.refusal import Code

POSSIBLE, VALID = PhonePolicy.POSSIBLE, PhonePolicy.VALID
NOT_A_NUMBER = PhoneProblem(Code.INVALID_PHONE_NUMBER, "abc", "A phone number has digits, not letters.", None)
REFUSED_MEXICAN = PhoneProblem(
    Code.INVALID_PHONE_NUMBER, "+521234567890", "The number is in no range of numbers of MX that is in use.", None
)


def test_a_number_is_shown_in_international_form() -> None:
    shown = [international("+254712345678"), international("+525512345678"), international("not a number")]

    assert shown == ["+254 712 345678", "+52 55 1234 5678", "not a number"]


def test_a_lookup_says_all_that_is_known_of_a_number() -> None:
    found = look_up("0712 345 678", region="KE", policy=VALID)

    assert found == Lookup(
        is_possible=True,
        is_valid=True,
        phone="+254712345678",
        national="0712 345678",
        international="+254 712 345678",
        country="KE",
        type=NumberType.MOBILE,
        operator="Safaricom",
        operator_country="KE",
        time_zones=("Africa/Nairobi",),
        problem=None,
    )


def test_a_lookup_says_what_it_can_of_a_number_that_the_policy_refuses() -> None:
    found = look_up("+521234567890", region=None, policy=VALID)

    assert found == Lookup(
        is_possible=True,
        is_valid=False,
        phone=None,
        national=None,
        international=None,
        country="MX",
        type=NumberType.UNKNOWN,
        operator=None,
        operator_country=None,
        time_zones=(),
        problem=REFUSED_MEXICAN,
    )


def test_a_lookup_of_what_is_no_number_says_only_what_is_wrong() -> None:
    found = look_up("abc", region="KE", policy=POSSIBLE)

    assert found == Lookup(
        is_possible=False,
        is_valid=False,
        phone=None,
        national=None,
        international=None,
        country=None,
        type=NumberType.UNKNOWN,
        operator=None,
        operator_country=None,
        time_zones=(),
        problem=NOT_A_NUMBER,
    )


@pytest.mark.parametrize(
    ("number", "country", "time_zones"),
    [
        ("+254712345678", "KE", ("Africa/Nairobi",)),
        ("+24740123", "AC", ("Atlantic/St_Helena",)),
        ("+38344123456", "XK", ("Europe/Belgrade",)),
        ("+2908123", "TA", ("Atlantic/St_Helena",)),
        ("+12015550123", "US", ("America/New_York",)),
        ("+14165550123", "CA", ("America/Toronto",)),
        ("+80012345678", None, ()),
        ("+12005550100", None, ()),
    ],
)
def test_country_and_time_zones_follow_from_the_number(
    number: str, country: str | None, time_zones: tuple[str, ...]
) -> None:
    known = facts(number, network_check=NetworkCheck.OFF)

    assert (known.country, known.time_zones) == (country, time_zones)


KENYAN_LANDLINE = NumberFacts("KE", ("Africa/Nairobi",), None, None, "INVALID", "UNKNOWN_NETWORK")


@pytest.mark.parametrize(
    ("number", "covered", "strict", "off"),
    [
        ("+254712345678", "VALID", "VALID", "VALID"),
        ("+254202012345", "INVALID", "INVALID", "VALID"),  # a Kenyan landline
        ("+254799999999", "VALID", "VALID", "VALID"),
        ("+212999999999", "INVALID", "INVALID", "VALID"),  # possible in Morocco, but in no known range
        ("+97144123456", "INVALID", "INVALID", "VALID"),  # an Emirati landline, in a country with known networks
        ("+79123456789", "VALID", "INVALID", "VALID"),  # the networks of Russia are unknown
        ("+390612345678", "VALID", "INVALID", "VALID"),
        ("+12015550123", "VALID", "INVALID", "VALID"),
        ("+521234567890", "VALID", "INVALID", "VALID"),
        ("+80012345678", "VALID", "INVALID", "VALID"),
    ],
)
def test_a_number_of_no_known_network_is_invalid_where_the_check_judges_its_country(
    number: str, covered: str, strict: str, off: str
) -> None:
    checks = (NetworkCheck.COVERED, NetworkCheck.STRICT, NetworkCheck.OFF)

    known = [facts(number, network_check=check) for check in checks]

    assert [(each.status, each.invalid_reason) for each in known] == [
        (status, "UNKNOWN_NETWORK" if status == "INVALID" else None) for status in (covered, strict, off)
    ]


def test_an_accounts_own_prefix_makes_a_number_valid() -> None:
    own = {"25420201": ("Telkom Fixed", "KE")}

    known = [
        facts("+254202012345", network_check=NetworkCheck.COVERED, custom_prefixes=prefixes) for prefixes in ({}, own)
    ]

    assert known == [
        KENYAN_LANDLINE,
        NumberFacts("KE", ("Africa/Nairobi",), "Telkom Fixed", "KE", "VALID", None),
    ]


@pytest.mark.parametrize(
    ("text", "region", "digits"),
    [
        ("+254 712 345 678", None, ("254712345678",)),
        ("0712 345 678", "KE", ("712345678",)),
        ("0712345", "KE", ("712345",)),
        ("07", "KE", ("07", "2547")),
        ("0", "KE", ("0",)),
        ("00", "KE", ("00",)),
        ("712 34", "KE", ("71234",)),
        ("+254 712", "KE", ("254712",)),
        ("00254712", None, ("254712",)),
        ("0712", None, ("0712",)),
        ("07123", None, ("7123",)),
        ("\u0660\u0667\u0661\u0662\u0663", "KE", ("7123",)),
        ("8 912 345", "RU", ("912345",)),
        ("+81 90", "RU", ("8190",)),
        ("1 201 555", "US", ("1201555",)),
        ("06 1234", "IT", ("061234",)),
        ("52 1 55 12", "KE", ("5215512", "525512")),
        ("+52 1 55 1234 5678", None, ("5215512345678", "525512345678")),
        ("(11) 8765-4321", "BR", ("1187654321", "5511987654321")),
        ("amina", "KE", ()),
        ("0712 amina", "KE", ()),
        ("a.b@example.com", "KE", ()),
        ("", "KE", ()),
        ("+", "KE", ()),
    ],
)
def test_a_search_finds_a_number_by_any_part_of_any_written_form(
    text: str, region: str | None, digits: tuple[str, ...]
) -> None:
    assert search_digits(text, region=region) == digits
