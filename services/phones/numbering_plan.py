"""Calling code, region, type and validity of a number, from libphonenumber's metadata.

Frequent queries use one or two regular expressions, which are about ten times faster than libphonenumber's functions.
Special cases fall back to those functions. A test compares the results of both.
"""

import re
from collections.abc import Callable
from enum import StrEnum
from functools import cache, lru_cache
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneMetadata
from phonenumbers.phonenumberutil import is_number_type_geographical

NON_GEOGRAPHIC: Final = "001"
_LONGEST_NATIONAL: Final = 17
_AREA_CODE: Final = 3


class NumberType(StrEnum):
    MOBILE = "MOBILE"
    FIXED_LINE = "FIXED_LINE"
    FIXED_LINE_OR_MOBILE = "FIXED_LINE_OR_MOBILE"
    TOLL_FREE = "TOLL_FREE"
    PREMIUM_RATE = "PREMIUM_RATE"
    SHARED_COST = "SHARED_COST"
    VOIP = "VOIP"
    PERSONAL = "PERSONAL"
    PAGER = "PAGER"
    UAN = "UAN"
    VOICEMAIL = "VOICEMAIL"
    UNKNOWN = "UNKNOWN"


MOBILE_TYPES: Final = frozenset({NumberType.MOBILE, NumberType.FIXED_LINE_OR_MOBILE})

# In libphonenumber's order of precedence: the first match is the type.
_SPECIAL: Final = (
    ("premium_rate", NumberType.PREMIUM_RATE),
    ("toll_free", NumberType.TOLL_FREE),
    ("shared_cost", NumberType.SHARED_COST),
    ("voip", NumberType.VOIP),
    ("personal_number", NumberType.PERSONAL),
    ("pager", NumberType.PAGER),
    ("uan", NumberType.UAN),
    ("voicemail", NumberType.VOICEMAIL),
)
_LIBRARY_TYPES: Final = {
    NumberType.FIXED_LINE: phonenumbers.PhoneNumberType.FIXED_LINE,
    NumberType.FIXED_LINE_OR_MOBILE: phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
    NumberType.MOBILE: phonenumbers.PhoneNumberType.MOBILE,
}
_CAPTURING: Final = re.compile(r"\((?!\?)")
_PLAIN_TRUNK: Final = re.compile(r"\d+")


def _fits(desc: phonenumbers.PhoneNumberDesc | None) -> str | None:
    """Returns a pattern that fully matches the national numbers of the description, or None if there are none."""
    if desc is None or not desc.national_number_pattern:
        return None
    lengths = "|".join(rf"\d{{{length}}}\Z" for length in desc.possible_length if length > 0)
    return rf"(?={lengths})(?:{_CAPTURING.sub('(?:', desc.national_number_pattern)})\Z"


def _typing(metadata: PhoneMetadata) -> Callable[[str], NumberType]:
    """Returns a function from a national number to its type in one region, equal to libphonenumber's number_type."""
    fixed, mobile = _fits(metadata.fixed_line), _fits(metadata.mobile)
    same = bool(metadata.same_mobile_and_fixed_line_pattern)
    choices = [(_fits(getattr(metadata, name)), kind) for name, kind in _SPECIAL]
    if fixed and same:
        choices.append((fixed, NumberType.FIXED_LINE_OR_MOBILE))
    elif fixed:
        if mobile:
            choices.append((f"(?={mobile}){fixed}", NumberType.FIXED_LINE_OR_MOBILE))
        choices.append((fixed, NumberType.FIXED_LINE))
    if mobile and not same:
        choices.append((mobile, NumberType.MOBILE))
    general = _fits(metadata.general_desc)
    kinds = [kind for pattern, kind in choices if pattern]
    if general is None or not kinds:
        return lambda _: NumberType.UNKNOWN
    # The empty group after each alternative makes lastindex identify the alternative.
    either = "|".join(f"{pattern}()" for pattern, _ in choices if pattern)
    match = re.compile(f"(?={general})(?:{either})").match

    def kind_of(national: str) -> NumberType:
        found = match(national)
        return NumberType.UNKNOWN if found is None else kinds[(found.lastindex or 1) - 1]

    return kind_of


class CallingCode:
    """A calling code. `code` is its digits, and `main_region` is the region that defines its rules."""

    __slots__ = ("_places", "_prefix", "code", "lengths", "main_region", "width")

    def __init__(self, code: int, regions: tuple[str, ...]) -> None:
        self.code = str(code)
        self.width = len(self.code)
        self.main_region = None if regions[0] == NON_GEOGRAPHIC else regions[0]
        main = PhoneMetadata.metadata_for_region_or_calling_code(code, regions[0])
        assert main is not None  # libphonenumber has metadata for each code
        assert main.general_desc is not None
        self.lengths = frozenset(main.general_desc.possible_length)
        self._prefix = re.compile(main.national_prefix_for_parsing).match if main.national_prefix_for_parsing else None
        self._places: list[tuple[str | None, Callable[[str], object] | None, Callable[[str], NumberType]]] = []
        for region in regions:
            metadata = PhoneMetadata.metadata_for_region_or_calling_code(code, region)
            assert metadata is not None
            leading = re.compile(metadata.leading_digits).match if metadata.leading_digits else None
            name = None if region == NON_GEOGRAPHIC else region
            self._places.append((name, leading, _lazily(metadata)))

    def is_plain(self, national: str) -> bool:
        """Returns whether libphonenumber parses this national number unchanged, without removing a trunk prefix."""
        if self._prefix is None:
            return True
        match = self._prefix(national)
        return match is None or not match.end()

    def region_and_type(self, national: str) -> tuple[str | None, NumberType]:
        """Returns libphonenumber's region and type. The type is UNKNOWN exactly if the number is invalid.

        The region is None for a non-geographic code, and for an invalid number of a code that regions share.
        """
        if len(self._places) == 1:
            region, _, kind_of = self._places[0]
            return region, kind_of(national)
        for region, leading, kind_of in self._places:
            if leading is None:
                kind = kind_of(national)
                if kind is not NumberType.UNKNOWN:
                    return region, kind
            elif leading(national):
                return region, kind_of(national)
        return None, NumberType.UNKNOWN

    def is_geographic(self, kind: NumberType) -> bool:
        """Returns whether numbers of this type have a location: the digits after the code then determine time zones."""
        library_type = _LIBRARY_TYPES.get(kind)
        return library_type is not None and is_number_type_geographical(library_type, int(self.code))


def _lazily(metadata: PhoneMetadata) -> Callable[[str], NumberType]:
    """Returns `_typing(metadata)`, compiled at the first call.

    Compiling a large plan takes milliseconds and tens of kilobytes.
    """
    made: list[Callable[[str], NumberType]] = []

    def kind_of(national: str) -> NumberType:
        if not made:
            made.append(_typing(metadata))
        return made[0](national)

    return kind_of


@cache
def _calling_code(code: int) -> CallingCode | None:
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(code)
    return CallingCode(code, regions) if regions else None


@cache  # at most 1,110 entries: keys have up to three ASCII digits
def _calling_code_of(start: str) -> CallingCode | None:
    if start.startswith("0"):
        return None
    return next((code for end in (1, 2, 3) if (code := _calling_code(int(start[:end])))), None)


def split(digits: str) -> tuple[CallingCode, str] | None:
    """Splits E.164 without the plus into calling code and national number, or returns None for an unknown code."""
    start = digits[:3]
    plan = _calling_code_of(start) if start else None
    return None if plan is None else (plan, digits[plan.width :])


@lru_cache(maxsize=256)  # callers query a number's facts right after they read it
def region_and_type(digits: str) -> tuple[CallingCode, str | None, NumberType] | None:
    """Returns the calling code, region and type of E.164 without the plus, or None for an unknown code."""
    parts = split(digits)
    return None if parts is None else (parts[0], *parts[0].region_and_type(parts[1]))


def region_of_prefix(prefix: str) -> str | None:
    """Returns the region of E.164 numbers that start with these digits, or None for an unknown code.

    If regions share the code, returns the region of the first valid number with this prefix among some candidates, or
    else the main region.
    """
    parts = split(prefix)
    if parts is None:
        return None
    plan, start = parts
    for fill in "5012346789":
        for length in sorted(plan.lengths, reverse=True):
            region, kind = plan.region_and_type(start.ljust(length, fill))
            if kind is not NumberType.UNKNOWN:
                return region
    return plan.main_region


def main_region_of(code: str) -> str | None:
    """Returns the main region of numbers that begin with these digits, or None for an unknown calling code.

    An area code may follow the calling code 1: 1868.
    """
    parts = split(code)
    if parts is None or (parts[1] and (parts[0].code != "1" or len(parts[1]) != _AREA_CODE)):
        return None
    return parts[0].main_region


def calling_code_of(region: str) -> str | None:
    """Returns the calling code of a region, or None for an unknown region."""
    home = _home(region)
    return None if home is None else home.code


class _Home:
    """Dialling rules within a region."""

    __slots__ = ("code", "dialled_trunk", "international", "is_general", "lengths", "prefix", "trunk")

    def __init__(self, metadata: PhoneMetadata) -> None:
        general, prefix = metadata.general_desc, metadata.national_prefix_for_parsing
        assert general is not None
        self.code = str(metadata.country_code)
        self.lengths = frozenset(general.possible_length)
        self.international = re.compile(metadata.international_prefix or "(?!)").match
        self.is_general = re.compile(general.national_number_pattern or "(?!)").fullmatch
        self.prefix = re.compile(prefix or "(?!)").match
        self.dialled_trunk = metadata.national_prefix
        self.trunk = prefix if prefix and _PLAIN_TRUNK.fullmatch(prefix) else None

    def plainly(self, digits: str) -> str | None:
        """Returns E.164 without the plus in simple cases. None means that libphonenumber must decide."""
        if digits.startswith(self.code) or self.international(digits):
            return None
        match = self.prefix(digits)
        if match and match.end():
            digits = digits[match.end() :]
            if not self.trunk or len(digits) not in self.lengths or not self.is_general(digits):
                return None
        return self.code + digits


@cache
def _home(region: str) -> _Home | None:
    metadata = PhoneMetadata.metadata_for_region(region, None)
    return None if metadata is None else _Home(metadata)


def is_region(code: str) -> bool:
    """Returns whether libphonenumber supports the region: ISO 3166-1 alpha-2 in upper case, and AC, TA and XK."""
    return code in phonenumbers.SUPPORTED_REGIONS


def parse_international(digits: str) -> str | None:
    """Returns the number dialled as + and these digits as E.164 without the plus, or None.

    The result may be neither possible nor valid, but parsing it again returns it unchanged. A number with two trunk
    prefixes therefore gives None, because libphonenumber removes only one at a time.
    """
    if _is_complete(digits):
        return digits
    parsed = _parse("+" + digits, None)
    if parsed is None or _is_complete(parsed) or _parse("+" + parsed, None) == parsed:
        return parsed
    return None


def _is_complete(digits: str) -> bool:
    parts = split(digits)
    return parts is not None and 2 <= len(parts[1]) <= _LONGEST_NATIONAL and parts[0].is_plain(parts[1])


def dials_own_code(digits: str, region: str) -> bool:
    """Returns whether the digits begin with the region's calling code instead of its trunk prefix.

    Returns false if the region has no trunk prefix.
    """
    home = _home(region)
    if home is None or not home.dialled_trunk:
        return False
    return digits.startswith(home.code) and not digits.startswith(home.dialled_trunk)


def parse_national(digits: str, region: str) -> str | None:
    """Returns the number that these digits dial within the region, in the form of parse_international.

    Returns None for an unknown region, and for digits that are not a number.
    """
    home = _home(region)
    if home is None:
        return None
    number = home.plainly(digits)
    if number is None:
        number = _parse(digits, region)
    return number if number is not None and parse_international(number) == number else None


def _parse(text: str, region: str | None) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    return f"{number.country_code}{phonenumbers.national_significant_number(number)}"
