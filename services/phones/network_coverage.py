"""The countries whose numbers networkCheck COVERED checks: Africa, and others with complete operator data.

Run `python -m services.phones.network_coverage` after an update of phonenumbers, and replace _OTHERS with its output.
"""

import itertools
import math
import random
import re
from collections.abc import Iterator
from typing import Final

import phonenumbers
from phonenumbers import PhoneMetadata

from services.phones.numbering_plan import MOBILE_TYPES, split
from services.phones.operators import operator_of

_AFRICA: Final = """
    DZ AO BJ BW BF BI CM CV CF TD KM CG CD CI DJ EG GQ ER SZ ET GA GM GH GN GW KE LS LR LY MG MW ML MR MU MA MZ NA NE
    NG RW ST SN SC SL SO ZA SS SD TZ TG TN UG ZM ZW
"""
AFRICA: Final = frozenset(_AFRICA.split())
"""The 54 countries of Africa. They are covered even if their operator data is incomplete."""

_OTHERS: Final = """
    AC AD AE AL AM AS AZ BA BB BH BM BQ BS BT BY CK CU CW FJ FK FM FO GI GL HN HR IL IO IR IS JO KI KP KW KZ LC LI
    LK MC ME MH MK MM MN MO MT MV NC NF NP NR NU PA PF PG PK PS PY RE SB SI SM SR SY TK TL TT TV UY UZ VU WF YE
    YT
"""
OTHERS: Final = frozenset(_OTHERS.split())
"""Others in which at least 99 of 100 random valid mobile numbers have an operator, computed by `well_known`."""

COMPUTED_WITH: Final = "9.0.43"
"""The release of phonenumbers from which OTHERS was computed."""

COVERED: Final = AFRICA | OTHERS

_SAMPLE: Final = 1000
_MISSING: Final = 0.01
_TOKEN: Final = re.compile(r"\\d|\(\?:|\[[0-9-]+\]|[0-9|)?]|\{[0-9]+(?:,[0-9]+)?\}")


def well_known() -> frozenset[str]:
    """Returns the covered regions outside AFRICA. Deterministic for a release of phonenumbers."""
    return frozenset(region for region in phonenumbers.SUPPORTED_REGIONS - AFRICA if is_well_known(region))


def is_well_known(region: str) -> bool:
    """Returns whether at least 99 % of 1,000 random mobile numbers of the region have an operator."""
    drawn = missing = 0
    for number in random_mobile_numbers(region, _SAMPLE, random.Random(f"coverage of {region}")):
        drawn += 1
        missing += operator_of(number) is None
        if missing > _SAMPLE * _MISSING:
            return False
    return missing <= drawn * _MISSING and drawn > 0


def random_mobile_numbers(region: str, count: int, chance: random.Random) -> Iterator[str]:
    """Yields up to `count` valid E.164 numbers of the region that can be mobile, drawn evenly from its ranges."""
    metadata = PhoneMetadata.metadata_for_region(region, None)
    mobile = metadata.mobile if metadata else None
    if metadata is None or mobile is None or not mobile.national_number_pattern:
        return
    shapes = _shapes(mobile.national_number_pattern)
    weights = list(itertools.accumulate(math.prod(map(len, shape)) for shape in shapes))
    found = 0
    for _ in range(count * 50):
        if found == count:
            return
        shape = chance.choices(shapes, cum_weights=weights)[0]
        digits = f"{metadata.country_code}{''.join(map(chance.choice, shape))}"
        parts = split(digits)
        if parts is None or len(parts[1]) not in mobile.possible_length:
            continue
        place, kind = parts[0].region_and_type(parts[1])
        if place == region and kind in MOBILE_TYPES:
            found += 1
            yield f"+{digits}"


def _shapes(pattern: str) -> list[tuple[str, ...]]:
    """Returns the pattern's alternatives, each as a tuple of the allowed digits at each position.

    Supports the syntax of the metadata: digits, \\d, classes, groups, alternatives and counts. Raises ValueError for
    anything else.
    """
    tokens = _TOKEN.findall(pattern)
    if "".join(tokens) != pattern:
        raise ValueError(f"unknown syntax in {pattern!r}")
    shapes = _alternatives(tokens)
    if tokens:
        raise ValueError(f"an unopened group in {pattern!r}")
    return shapes


def _alternatives(tokens: list[str]) -> list[tuple[str, ...]]:
    """Returns the alternatives up to the end of the group, and consumes its tokens."""
    done: list[tuple[str, ...]] = []
    so_far: list[tuple[str, ...]] = [()]
    while tokens:
        token = tokens.pop(0)
        if token == ")":
            break
        if token == "|":
            done += so_far
            so_far = [()]
            continue
        item = _alternatives(tokens) if token == "(?:" else [(_digits(token),)]
        counts = tokens.pop(0) if tokens and tokens[0][0] in "{?" else "{1}"
        least, _, most = ("0,1" if counts == "?" else counts[1:-1]).partition(",")
        repeated: list[tuple[str, ...]] = []
        for count in range(int(least), int(most or least) + 1):
            repeated += [sum(parts, ()) for parts in itertools.product(item, repeat=count)]
        so_far = [shape + more for shape in so_far for more in repeated]
    return done + so_far


def _digits(token: str) -> str:
    if token == r"\d":
        return "0123456789"
    return "".join(digit for digit in "0123456789" if re.fullmatch(token, digit))


if __name__ == "__main__":
    print(" ".join(sorted(well_known())))
