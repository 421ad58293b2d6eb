"""Converts dialled digits to E.164: chooses among the possible readings, and updates outdated formats."""

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


class PhonePolicy(StrEnum):
    """Accepted numbers: those that libphonenumber considers possible with their area code, or only valid ones."""

    POSSIBLE = "POSSIBLE"
    VALID = "VALID"


def best(forms: tuple[str, ...], region: str | None, policy: PhonePolicy) -> str | None:
    """Returns the first of the forms that is a valid number, or else the last that the policy accepts, in E.164."""
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
    if digits.startswith("52"):
        return _modern_mexican(digits)
    return _modern_brazilian(digits) if digits.startswith("55") else digits


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
