"""The numbering plan: fast path to the same results as libphonenumber."""

import csv
import random
from pathlib import Path

import phonenumbers
import pytest
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType, timezone

from services.phones.numbering_plan import NumberType, is_region, parse_international, parse_national, split
from services.phones.numbers import NetworkCheck, facts

PHONES = Path(__file__).parent.parent.parent / "data" / "phones.csv"
REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)


def test_regions_are_those_of_libphonenumber() -> None:
    known = [is_region(code) for code in ("KE", "AC", "TA", "XK", "001", "ZZ", "ke", "")]

    assert known == [True, True, True, True, False, False, False, False]


def parsed_by_the_library(text: str, region: str | None) -> str | None:
    try:
        return phonenumbers.format_number(phonenumbers.parse(text, region), PhoneNumberFormat.E164)[1:]
    except NumberParseException:
        return None


def stable(digits: str | None) -> str | None:
    return digits if digits is not None and parsed_by_the_library("+" + digits, None) == digits else None


def random_digits(chance: random.Random, codes: list[int], samples: list[str]) -> str:
    def some(least: int, most: int) -> str:
        return "".join(chance.choices("0123456789", k=chance.randint(least, most)))

    kind = chance.random()
    if kind < 0.5:
        sample = chance.choice(samples)
        kept = chance.randint(3, len(sample))
        return sample[:3] + chance.choice(["", "", "", "0", "1", "8"]) + sample[3:kept] + some(0, len(sample) - kept)
    return (str(chance.choice(codes)) if kind < 0.9 else "") + some(1, 13)


_LIBRARY_NAMES = {NumberType.PERSONAL: "PERSONAL_NUMBER"}


def test_the_quick_answers_are_libphonenumbers() -> None:
    chance = random.Random(254)
    codes = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
    with PHONES.open(encoding="utf-8", newline="") as lines:
        samples = sorted({row["e164"][1:] for row in csv.DictReader(lines)})
    types = {getattr(PhoneNumberType, _LIBRARY_NAMES.get(kind, kind.value)): kind for kind in NumberType}

    for _ in range(8_000):
        digits, region = random_digits(chance, codes, samples), chance.choice(REGIONS)
        assert parse_national(digits, region) == stable(parsed_by_the_library(digits, region)), (digits, region)
        number = parse_international(digits)
        assert number == stable(parsed_by_the_library("+" + digits, None)), digits
        if number is None:
            continue
        plan, national = split(number) or pytest.fail(number)
        parsed = phonenumbers.parse("+" + number)
        place = phonenumbers.region_code_for_number(parsed)
        assert plan.region_and_type(national) == (
            None if place == "001" else place,
            types[phonenumbers.number_type(parsed)],
        )
        is_possible = phonenumbers.is_possible_number_with_reason(parsed) == phonenumbers.ValidationResult.IS_POSSIBLE
        assert (len(national) in plan.lengths) == is_possible, number
        zones = tuple(zone for zone in timezone.time_zones_for_number(parsed) if zone != timezone.UNKNOWN_TIMEZONE)
        assert facts(number, network_check=NetworkCheck.OFF).time_zones == zones, number
