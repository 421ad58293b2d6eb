"""From digits as they are dialled to one number in E.164: the choice among its readings, and its modern form."""

from enum import StrEnum
from typing import Final

from services.numbering_plan import (
    MOBILE_TYPES,
    NumberType,
    dials_own_code,
    parse_international,
    parse_national,
    placed,
    split,
)

_LONGEST_E164: Final = 15


class PhonePolicy(StrEnum):
    """Which numbers are taken: all that libphonenumber calls possible with their area code, or the valid ones alone."""

    POSSIBLE = "POSSIBLE"
    VALID = "VALID"


def best(forms: tuple[str, ...], region: str | None, policy: PhonePolicy) -> str | None:
    """Of the forms that may be meant the first that is a valid number; else the last that the policy takes; E.164."""
    taken = None
    for form in forms:
        digits = digits_of(form, region)
        if digits is None or not is_possible(digits):
            continue
        if policy is PhonePolicy.POSSIBLE:
            taken = digits
            if len(forms) == 1:
                break
        if kind_of(digits) is not NumberType.UNKNOWN:
            taken = digits
            break
    return None if taken is None else "+" + taken


def is_possible(digits: str) -> bool:
    """Whether E.164 without the plus has as many digits as a number of its code can have, the area code included."""
    parts = split(digits)
    return parts is not None and len(parts[1]) in parts[0].lengths and len(digits) <= _LONGEST_E164


def kind_of(digits: str) -> NumberType:
    """The type of E.164 without the plus; UNKNOWN where it is not valid."""
    found = placed(digits)
    return found[2] if found else NumberType.UNKNOWN


def digits_of(form: str, region: str | None) -> str | None:
    """E.164 without the plus of + and digits, or of what is dialled in the region; in the modern form."""
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
    if digits.startswith("52"):
        return _modern_mexican(digits)
    return _modern_brazilian(digits) if digits.startswith("55") else digits


def _with_own_code(form: str, region: str) -> str | None:
    """The number that has its calling code and has lost its plus, though without the code it is a valid number too.

    So it is with 4915123456789 in Germany, where someone who leaves the code out dials a 0 first. Not where that makes
    a mobile another sort of number: in India, where the 0 is seldom written, 9118001234 is no toll-free number.
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
    """Without the 1 that mobiles had behind 52 until 2019."""
    if len(digits) == 13 and digits[2] == "1":
        modern = "52" + digits[3:]
        if kind_of(modern) in MOBILE_TYPES:
            return modern
    return digits


def _former_mexican(form: str, region: str) -> str | None:
    """What was dialled in Mexico with 01, 044 or 045 until 2019."""
    if region == "MX":
        for prefix in ("01", "044", "045"):
            if form.startswith(prefix) and len(form) == len(prefix) + 10:
                return "52" + form[len(prefix) :]
    return None


def _modern_brazilian(digits: str) -> str:
    """With the 9 that mobiles have had before their eight digits since 2016; those began with 6 to 9."""
    if len(digits) == 12 and digits[4] in "6789" and kind_of(digits) in (NumberType.UNKNOWN, NumberType.MOBILE):
        modern = digits[:4] + "9" + digits[4:]
        if kind_of(modern) in MOBILE_TYPES:
            return modern
    return digits
