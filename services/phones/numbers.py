"""Phone numbers: parses any written form to E.164, and derives facts from a number. Pure: no database, no GraphQL."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final, Literal, NamedTuple

import phonenumbers
from phonenumbers import NumberParseException, PhoneMetadata, PhoneNumberFormat

from services.phones import normalization as phone_normalization
from services.phones.network_coverage import COVERED
from services.phones.numbering_plan import MOBILE_TYPES, NumberType, is_region, region_and_type
from services.phones.operators import NO_CUSTOM_PREFIXES, CustomPrefixes, operator_in_region
from services.phones.parsing import DigitsOnlyNumbers, PhonePolicy, best, identity, kind_of, with_lost_plus
from services.phones.problems import PhoneProblem, numbers_in, problem_with
from services.phones.time_zones import time_zones_in_region

__all__ = (
    "DigitsOnlyNumbers",
    "Lookup",
    "NetworkCheck",
    "NumberFacts",
    "NumberType",
    "PhonePolicy",
    "PhoneProblem",
    "facts",
    "has_country_code",
    "identity",
    "international",
    "is_region",
    "is_valid",
    "lacks_network",
    "look_up",
    "lost_its_plus",
    "numbers_in",
    "place_of",
    "reach",
    "read",
    "search_digits",
)

_TELLING_DIGITS: Final = 4
_DIGIT: Final = re.compile(r"\d")
"""A part of a national number that is at least this long is searched for in numbers of all countries."""


class NetworkCheck(StrEnum):
    """Numbers that must belong to a known network: those of covered countries, all numbers, or none."""

    COVERED = "COVERED"
    STRICT = "STRICT"
    OFF = "OFF"


class NumberFacts(NamedTuple):
    """country: libphonenumber's region, None for non-geographic numbers. time_zones: IANA names, sorted."""

    country: str | None
    time_zones: tuple[str, ...]
    operator: str | None
    operator_country: str | None
    status: Literal["VALID", "INVALID"]
    invalid_reason: Literal["UNKNOWN_NETWORK"] | None


@dataclass(frozen=True, slots=True)
class Lookup:
    """Facts about a text. phone, national and international are None if there is a problem.

    The other fields are also set for a number that only the policy rejects.
    """

    is_possible: bool
    is_valid: bool
    phone: str | None
    national: str | None
    international: str | None
    country: str | None
    type: NumberType
    operator: str | None
    operator_country: str | None
    time_zones: tuple[str, ...]
    problem: PhoneProblem | None


def read(
    text: str | None,
    *,
    region: str | None,
    policy: PhonePolicy,
    digits_only: DigitsOnlyNumbers = DigitsOnlyNumbers.INTERNATIONAL,
) -> str | PhoneProblem:
    """Returns the number in E.164, in its country's current format, or the problem with the text. Never raises.

    `region` is where a number without a country code is dialled. An unknown region counts as None. `digits_only` says
    how digits are read that are no possible number of the region.
    """
    number = None if text is None else best(phone_normalization.candidate_numbers(text), region, policy, digits_only)
    return problem_with(text, region=region, policy=policy) if number is None else number


def is_valid(e164: str) -> bool:
    """Returns whether a number from `read` is in a range that is in use."""
    return kind_of(e164[1:]) is not NumberType.UNKNOWN


def reach(e164: str) -> int:
    """Returns 0 for a number from `read` that can be mobile, 1 for another valid number and 2 for a possible one."""
    kind = kind_of(e164[1:])
    return 0 if kind in MOBILE_TYPES else 1 if kind is not NumberType.UNKNOWN else 2


def place_of(e164: str) -> str:
    """Returns the region of a number from `read`, or else its calling code: KE, +800."""
    placement = region_and_type(e164[1:])
    if placement is None:
        raise ValueError("not a number in E.164")
    plan, country, _ = placement
    return country or plan.main_region or f"+{plan.code}"


def has_country_code(text: str) -> bool:
    """Returns whether a text has its country code, with + or 00, or is no number."""
    forms = phone_normalization.candidate_numbers(text)
    return not forms or forms[0].startswith("+")


def lost_its_plus(text: str, e164: str, *, region: str | None) -> bool:
    """Returns whether `read` took digits that are no possible number of the region for an international number."""
    forms = phone_normalization.candidate_numbers(text)
    if not forms or with_lost_plus(forms[0]) != e164:
        return False
    return best(forms, region, PhonePolicy.POSSIBLE, DigitsOnlyNumbers.REFUSE) != e164


def facts(
    e164: str, *, network_check: NetworkCheck, custom_prefixes: CustomPrefixes = NO_CUSTOM_PREFIXES
) -> NumberFacts:
    """Returns the facts about a number from `read`.

    The status is INVALID if the check requires a known network and the number has none.
    """
    digits = e164.removeprefix("+")
    placement = region_and_type(digits)
    if placement is None:
        raise ValueError("not a number in E.164")
    plan, country, kind = placement
    operator = operator_in_region(digits, country, kind, custom_prefixes)
    zones = time_zones_in_region(digits, plan, kind)
    if operator is None:
        if _is_judged(country or plan.main_region, network_check):
            return NumberFacts(country, zones, None, None, "INVALID", "UNKNOWN_NETWORK")
        return NumberFacts(country, zones, None, None, "VALID", None)
    return NumberFacts(country, zones, operator.name, operator.country, "VALID", None)


def lacks_network(
    e164: str, *, network_check: NetworkCheck, custom_prefixes: CustomPrefixes = NO_CUSTOM_PREFIXES
) -> bool:
    """Returns whether the check requires a known network and the number from `read` has none.

    This is equivalent to UNKNOWN_NETWORK in its `facts`.
    """
    digits = e164.removeprefix("+")
    placement = region_and_type(digits)
    if placement is None:
        raise ValueError("not a number in E.164")
    plan, country, kind = placement
    if not _is_judged(country or plan.main_region, network_check):
        return False
    return operator_in_region(digits, country, kind, custom_prefixes) is None


def _is_judged(region: str | None, network_check: NetworkCheck) -> bool:
    """Returns whether the check applies to the region.

    A number outside all known ranges of a shared calling code counts as one of the code's main region.
    """
    return network_check is NetworkCheck.STRICT or (network_check is NetworkCheck.COVERED and region in COVERED)


@lru_cache(maxsize=2048)
def international(e164: str) -> str:
    """Returns a number for display: "+254 712 345678". Returns a text that is not a number unchanged."""
    return _formatted(e164, PhoneNumberFormat.INTERNATIONAL)


def look_up(
    text: str,
    *,
    region: str | None,
    policy: PhonePolicy,
    digits_only: DigitsOnlyNumbers = DigitsOnlyNumbers.INTERNATIONAL,
    custom_prefixes: CustomPrefixes = NO_CUSTOM_PREFIXES,
) -> Lookup:
    """Returns all facts about a text that should be a phone number."""
    number = read(text, region=region, policy=policy, digits_only=digits_only)
    problem = number if isinstance(number, PhoneProblem) else None
    possible = read(text, region=region, policy=PhonePolicy.POSSIBLE, digits_only=digits_only) if problem else number
    if isinstance(possible, PhoneProblem):
        return Lookup(False, False, None, None, None, None, NumberType.UNKNOWN, None, None, (), problem)
    known = facts(possible, network_check=NetworkCheck.OFF, custom_prefixes=custom_prefixes)
    kind = kind_of(possible[1:])
    return Lookup(
        is_possible=True,
        is_valid=kind is not NumberType.UNKNOWN,
        phone=None if problem else possible,
        national=None if problem else _formatted(possible, PhoneNumberFormat.NATIONAL),
        international=None if problem else international(possible),
        country=known.country,
        type=kind,
        operator=known.operator,
        operator_country=known.operator_country,
        time_zones=known.time_zones,
        problem=problem,
    )


def search_digits(text: str, *, region: str | None) -> tuple[str, ...]:
    """Returns the digits to search for in numbers (E.164 without the plus), for a phone number or a part of one.

    A number matches if it contains any of them. Empty if the text has no digits, or characters that no phone number
    has.
    """
    forms = phone_normalization.candidate_numbers(text) if _DIGIT.search(text) else ()
    if not forms:
        return ()
    wanted = set()
    for form in forms:
        wanted |= {form[1:]} if form.startswith("+") else {form, *_dialled_part(form, region)}
    number = best(forms, region, PhonePolicy.POSSIBLE, DigitsOnlyNumbers.INTERNATIONAL)
    if number is not None:
        wanted.add(number[1:])
        if number.startswith("+54"):  # with and without the 9 of mobile numbers
            wanted.add(identity(number)[3:])
    # Until 2019, Mexican mobile numbers had a 1 after 52, which `read` removes.
    wanted |= {"52" + digits[3:] for digits in wanted if digits.startswith("521")}
    # A form that contains another form matches nothing that the other does not match.
    return tuple(sorted(digits for digits in wanted if not any(part != digits and part in digits for part in wanted)))


def _dialled_part(digits: str, region: str | None) -> tuple[str, ...]:
    """Returns the E.164 form of the beginning of a number that is dialled with a trunk prefix."""
    home = PhoneMetadata.metadata_for_region(region, None) if region and is_region(region) else None
    trunk, code = (home.national_prefix or "", str(home.country_code)) if home else ("0", "")
    bare = digits.removeprefix(trunk)
    if bare in ("", digits) or trunk == code or bare.startswith(trunk):
        return ()
    if len(bare) >= _TELLING_DIGITS:
        return (bare,)
    return (code + bare,) if code else ()


def _formatted(e164: str, number_format: int) -> str:
    try:
        return phonenumbers.format_number(phonenumbers.parse(e164), number_format)
    except NumberParseException:
        return e164
