"""Looks up the operator (mobile network) to which a number was assigned, by the longest prefix.

The source is libphonenumber's carrier data in English. A ported number keeps the operator of its original assignment.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Final, NamedTuple

from services.phones.numbering_plan import NumberType, region_of_prefix, split
from services.phones.prefix_table import PrefixTable

CustomPrefixes = Mapping[str, tuple[str, str | None]]
"""Custom prefixes of an account: digits of E.164 without the plus, mapped to the operator's name and country."""

NO_CUSTOM_PREFIXES: Final[CustomPrefixes] = {}

_LONGEST_NUMBER: Final = 15
_WITH_A_NETWORK: Final = frozenset({NumberType.MOBILE, NumberType.FIXED_LINE_OR_MOBILE, NumberType.PAGER})


class Operator(NamedTuple):
    name: str
    country: str | None


@dataclass(frozen=True, slots=True)
class OperatorPrefix:
    """Maps numbers that start with `prefix`, in E.164 without the plus, to `operator`."""

    prefix: str
    operator: Operator


def operator_of(e164: str, custom_prefixes: CustomPrefixes = NO_CUSTOM_PREFIXES) -> Operator | None:
    """Returns the operator of an E.164 number, or None if its network is unknown, such as for a landline.

    The longest prefix wins. A custom prefix wins over a built-in one of the same length.
    """
    digits = e164.removeprefix("+")
    parts = split(digits)
    country, kind = parts[0].region_and_type(parts[1]) if parts else (None, NumberType.UNKNOWN)
    return operator_in_region(digits, country, kind, custom_prefixes)


def operator_in_region(
    digits: str, country: str | None, kind: NumberType, custom_prefixes: CustomPrefixes
) -> Operator | None:
    """Returns the same as `operator_of`, for digits with a known region and type."""
    found = _built_in().find(digits) if kind in _WITH_A_NETWORK else None
    if custom_prefixes:
        for end in range(min(len(digits), _LONGEST_NUMBER), found[0] - 1 if found else 0, -1):
            custom = custom_prefixes.get(digits[:end])
            if custom is not None:
                return Operator(*custom)
    return Operator(found[1], country) if found else None


def built_in_prefixes() -> Iterator[OperatorPrefix]:
    """Yields all 29,000 built-in prefixes, sorted."""
    for prefix, name in _built_in():
        yield OperatorPrefix(prefix, Operator(name, region_of_prefix(prefix)))


@cache
def _built_in() -> PrefixTable[str]:
    # Imported on first use: the data takes 9 MiB, and a server that only reads does not need it.
    data = import_module("phonenumbers.carrierdata").CARRIER_DATA
    return PrefixTable((prefix, names["en"]) for prefix, names in data.items() if "en" in names)
