"""Looks up the operator (mobile network) to which a number was assigned, by the longest prefix.

The source is libphonenumber's carrier data in English. A ported number keeps the operator of its original assignment.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Final, NamedTuple

import phonenumbers

from services.numbering_plan import NumberType, region_of_prefix, split
from services.prefixes import PrefixTable

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
    country, kind = parts[0].place(parts[1]) if parts else (None, NumberType.UNKNOWN)
    return operator_of_placed(digits, country, kind, custom_prefixes)


def operator_of_placed(
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
    # Parses the source files, because importing the module costs each process 4 MiB permanently, and 11 MiB at first.
    try:
        table = PrefixTable(_rows_of_source())
    except (OSError, ValueError, SyntaxError):
        table = PrefixTable(())
    if len(table):
        return table
    # A later release of phonenumbers moved or changed the source.
    data = import_module("phonenumbers.carrierdata").CARRIER_DATA
    return PrefixTable((prefix, names["en"]) for prefix, names in data.items() if "en" in names)


# Example of a line in libphonenumber's carrierdata/data*.py: ' '254702':{'en': 'Safaricom'},'
_PLAIN_ROW: Final = re.compile(r" '(\d+)':\{(?:[^{]*, )?'en': '([^'\\]*)'[,}]")
_ANY_ROW: Final = re.compile(r" '(\d+)':(\{.*\}),?")
_WRAPPED_TEXT: Final = re.compile(r"\bu\(('[^']*'|\"[^\"]*\")\)")


def _rows_of_source() -> Iterator[tuple[str, str]]:
    package = Path(phonenumbers.__file__).parent / "carrierdata"
    for source in sorted(package.glob("data*.py")):
        with source.open(encoding="utf-8") as lines:
            for line in lines:
                if row := _PLAIN_ROW.match(line):
                    yield row[1], row[2]
                elif row := _ANY_ROW.match(line):
                    names = ast.literal_eval(_WRAPPED_TEXT.sub(r"\1", row[2]))
                    # A prefix without an English name is ignored, so that it does not hide a shorter prefix that has
                    # one.
                    if "en" in names:
                        yield row[1], names["en"]
                elif line.startswith(" "):
                    raise ValueError("an unknown form of row")
