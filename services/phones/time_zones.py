"""Possible time zones of a number, from libphonenumber's data."""

from functools import cache
from importlib import import_module

from services.phones.numbering_plan import CallingCode, NumberType
from services.phones.prefix_table import PrefixTable


def time_zones_in_region(digits: str, plan: CallingCode, kind: NumberType) -> tuple[str, ...]:
    """Returns IANA names, sorted as in libphonenumber. Empty for an invalid number or unknown time zones."""
    if kind is NumberType.UNKNOWN:
        return ()
    if not plan.is_geographic(kind):
        return _of_calling_code(plan.code)
    found = _table().find(digits)
    return found[1] if found else ()


@cache
def _of_calling_code(code: str) -> tuple[str, ...]:
    found = _table().find(code)
    return found[1] if found else ()


@cache
def _table() -> PrefixTable[tuple[str, ...]]:
    # Imported lazily: processes that only read stored facts do not need it.
    library = import_module("phonenumbers.timezone")
    return PrefixTable(
        (prefix, tuple(zone for zone in zones if zone != library.UNKNOWN_TIMEZONE))
        for prefix, zones in library.TIMEZONE_DATA.items()
    )
