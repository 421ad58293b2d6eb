"""Converts dialled digits to E.164: chooses among the possible readings, and updates outdated formats."""

from collections.abc import Callable
from enum import StrEnum
from typing import Final

from services.phones.numbering_plan import (
    MOBILE_TYPES,
    NumberType,
    dials_own_code,
    parse_international,
    parse_national,
    region_and_type,
    split,
)

_LONGEST_E164: Final = 15
_ARGENTINE_MOBILE: Final = 14
# Until 2019, numbers of Gabon had eight digits that began with 0: ARCEP Gabon's plan of 15 November 2019.
_GABONESE: Final = {"1": "11", "2": "62", "4": "74", "5": "65", "6": "66", "7": "77"}


class PhonePolicy(StrEnum):
    """Accepted numbers: those that libphonenumber considers possible with their area code, or only valid ones."""

    POSSIBLE = "POSSIBLE"
    VALID = "VALID"


class DigitsOnlyNumbers(StrEnum):
    """Rule for digits that lost their plus: read them as the international number, or refuse them."""

    INTERNATIONAL = "INTERNATIONAL"
    REFUSE = "REFUSE"


def best(forms: tuple[str, ...], region: str | None, policy: PhonePolicy, digits_only: DigitsOnlyNumbers) -> str | None:
    """Returns the first of the forms that is a valid number, or else the last that the policy accepts, in E.164.

    Digits that are no possible number of the region, but a valid one with a plus, are read by `digits_only`. Returns
    None for digits that are possible in the region without being valid there, and valid with a plus.
    """
    possible = None
    for form in forms:
        digits = digits_of(form, region)
        if digits is None or not is_possible(digits):
            continue
        possible = digits
        if form[0] == "+" and len(forms) == 1 and policy is PhonePolicy.POSSIBLE:
            break
        if kind_of(digits) is not NumberType.UNKNOWN:
            return "+" + digits
    if forms and (lost_plus := with_lost_plus(forms[0])) is not None:
        return lost_plus if possible is None and digits_only is DigitsOnlyNumbers.INTERNATIONAL else None
    return None if possible is None or policy is PhonePolicy.VALID else "+" + possible


def with_lost_plus(form: str) -> str | None:
    """Returns the valid number in E.164 that digits are with a plus, or None. No calling code begins with 0."""
    if form[0] in "+0":
        return None
    digits = digits_of("+" + form, None)
    is_valid = digits is not None and kind_of(digits) is not NumberType.UNKNOWN
    return f"+{digits}" if is_valid else None


def identity(e164: str) -> str:
    """Returns the form by which numbers are compared: two numbers of one person have the same identity.

    Argentine mobile numbers have a 9 after +54 that some senders add and others omit. Without it they look like
    landlines, so they are stored as given and compared without the 9.
    """
    if e164.startswith("+549") and len(e164) == _ARGENTINE_MOBILE:
        return "+54" + e164[4:]
    return e164


def is_possible(digits: str) -> bool:
    """Returns whether E.164 without the plus has a possible number of digits for its code, including the area code."""
    parts = split(digits)
    return parts is not None and len(parts[1]) in parts[0].lengths and len(digits) <= _LONGEST_E164


def kind_of(digits: str) -> NumberType:
    """Returns the type of E.164 without the plus. UNKNOWN means that the number is invalid."""
    placement = region_and_type(digits)
    return placement[2] if placement else NumberType.UNKNOWN


def digits_of(form: str, region: str | None) -> str | None:
    """Returns E.164 without the plus, in the current format, for + and digits or for digits dialled in the region."""
    if form.startswith("+"):
        digits = parse_international(form[1:])
    elif region is not None:
        digits = _with_own_code(form, region) or parse_national(form, region)
        if digits is None or digits.startswith("52"):
            digits = _former_mexican(form, region) or digits
    else:
        return None
    if digits is None:
        return None
    modern = _MODERN.get(digits[:2]) or _MODERN.get(digits[:3])
    return modern(digits) if modern else digits


def _with_own_code(form: str, region: str) -> str | None:
    """Returns a number with its calling code and without its plus, even if the digits are a valid national number.

    Example: 4915123456789 in Germany, because a caller who omits the code dials a 0 first. This does not apply if it
    turns a mobile number into another type: in India, where the 0 is often omitted, 9118001234 is not a toll-free
    number.
    """
    if not dials_own_code(form, region):
        return None
    kind = kind_of(form)
    if kind is NumberType.UNKNOWN or parse_international(form) != form:
        return None
    if kind not in MOBILE_TYPES:
        at_home = parse_national(form, region)
        if at_home is not None and kind_of(at_home) in MOBILE_TYPES:
            return None
    return form


def _modern_mexican(digits: str) -> str:
    """Removes the 1 that mobile numbers had after 52 until 2019."""
    if len(digits) == 13 and digits[2] == "1":
        modern = "52" + digits[3:]
        if kind_of(modern) in MOBILE_TYPES:
            return modern
    return digits


def _former_mexican(form: str, region: str) -> str | None:
    """Returns the number that was dialled in Mexico with 01, 044 or 045 until 2019."""
    if region == "MX":
        for prefix in ("01", "044", "045"):
            if form.startswith(prefix) and len(form) == len(prefix) + 10:
                return "52" + form[len(prefix) :]
    return None


def _modern_brazilian(digits: str) -> str:
    """Adds the 9 that eight-digit mobile numbers beginning with 6 to 9 have had since 2016."""
    if len(digits) == 12 and digits[4] in "6789" and kind_of(digits) in (NumberType.UNKNOWN, NumberType.MOBILE):
        modern = digits[:4] + "9" + digits[4:]
        if kind_of(modern) in MOBILE_TYPES:
            return modern
    return digits


def _modern_beninese(digits: str) -> str:
    """Adds the 01 that numbers of eight digits have had since 30 November 2024."""
    if len(digits) == 11:
        modern = "22901" + digits[3:]
        if kind_of(modern) is not NumberType.UNKNOWN:
            return modern
    return digits


def _modern_gabonese(digits: str) -> str:
    """Replaces the first digits of a number of before 2019, written with its 0 (8 digits) or without it (7 digits)."""
    national = digits[3:]
    old = national[1:] if len(national) == 8 and national[0] == "0" else national
    if len(old) == 7 and old[0] in _GABONESE:
        modern = "241" + _GABONESE[old[0]] + old[1:]
        if kind_of(modern) is not NumberType.UNKNOWN:
            return modern
    return digits


_MODERN: Final[dict[str, Callable[[str], str]]] = {
    "52": _modern_mexican,
    "55": _modern_brazilian,
    "229": _modern_beninese,
    "241": _modern_gabonese,
}
"""By calling code: updates a number to its country's current format."""
