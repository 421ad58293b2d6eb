"""The operator (mobile network) that a number was given out to, by the longest prefix.

From libphonenumber's carrier data in English. A number that was ported keeps the operator that it was given out to.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Final, NamedTuple

from services.numbering_plan import NumberType, region_of_prefix, split
from services.prefixes import PrefixTable

CustomPrefixes = Mapping[str, tuple[str, str | None]]
"""An account's own prefixes, digits of E.164 without the plus, each with an operator's name and its country."""

NO_CUSTOM_PREFIXES: Final[CustomPrefixes] = {}

_LONGEST_NUMBER: Final = 15
_WITH_A_NETWORK: Final = frozenset({NumberType.MOBILE, NumberType.FIXED_LINE_OR_MOBILE, NumberType.PAGER})


class Operator(NamedTuple):
    name: str
    country: str | None


@dataclass(frozen=True, slots=True)
class OperatorPrefix:
    """Numbers, in E.164 without the plus, that start with `prefix` belong to `operator`."""

    prefix: str
    operator: Operator


def operator_of(e164: str, custom_prefixes: CustomPrefixes = NO_CUSTOM_PREFIXES) -> Operator | None:
    """The operator of a number in E.164; None for a number of no known network, such as a landline.

    The longest prefix wins, and the account's own one over a built-in one of the same length.
    """
    digits = e164.removeprefix("+")
    parts = split(digits)
    country, kind = parts[0].place(parts[1]) if parts else (None, NumberType.UNKNOWN)
    return operator_of_placed(digits, country, kind, custom_prefixes)


def operator_of_placed(
    digits: str, country: str | None, kind: NumberType, custom_prefixes: CustomPrefixes
) -> Operator | None:
    """`operator_of` for digits whose region and type are known already."""
    found = _built_in().find(digits) if kind in _WITH_A_NETWORK else None
    if custom_prefixes:
        for end in range(min(len(digits), _LONGEST_NUMBER), found[0] - 1 if found else 0, -1):
            custom = custom_prefixes.get(digits[:end])
            if custom is not None:
                return Operator(*custom)
    return Operator(found[1], country) if found else None


def built_in_prefixes() -> Iterator[OperatorPrefix]:
    """All 29,000 built-in rows, by prefix."""
    for prefix, name in _built_in():
        yield OperatorPrefix(prefix, Operator(name, region_of_prefix(prefix)))


@cache
def _built_in() -> PrefixTable[str]:
    # Imported on first use: the data takes 9 MiB, and a server that only reads does not need it.
    data = import_module("phonenumbers.carrierdata").CARRIER_DATA
    return PrefixTable((prefix, names["en"]) for prefix, names in data.items() if "en" in names)
