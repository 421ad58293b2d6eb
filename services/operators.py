"""The operator (mobile network) that a number was given out to, by the longest prefix.

From libphonenumber's carrier data in English. A number that was ported keeps the operator that it was given out to.
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
    # Read off the source, since importing it costs each process 4 MiB for good, and 11 at first.
    try:
        table = PrefixTable(_rows_of_source())
    except (OSError, ValueError, SyntaxError):
        table = PrefixTable(())
    if len(table):
        return table
    # Not where it was, or not written as it was: a later release of phonenumbers.
    data = import_module("phonenumbers.carrierdata").CARRIER_DATA
    return PrefixTable((prefix, names["en"]) for prefix, names in data.items() if "en" in names)


# A line of libphonenumber's carrierdata/data*.py: ' '254702':{'en': 'Safaricom'},'
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
                    # A prefix without an English name says nothing, and hides no shorter one that does.
                    if "en" in names:
                        yield row[1], names["en"]
                elif line.startswith(" "):
                    raise ValueError("an unknown form of row")
