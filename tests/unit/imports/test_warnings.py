"""Warnings of an import are counted by code, column and value, and limited in number."""

import pickle

import orjson

from services.imports.warnings import MAX_ENTRIES, JobWarning, WarningCode, Warnings

UNKNOWN = WarningCode.CONSENT_VALUE_UNKNOWN


def test_rows_are_counted_in_one_entry_with_the_first_line() -> None:
    warnings, later = Warnings(), Warnings()
    warnings.add(UNKNOWN, "First.", column="SMS", line=9, value="maybe")
    later.add(UNKNOWN, "Second.", column="SMS", line=4, value="maybe", count=2)
    later.add(UNKNOWN, "Third.", column="SMS", line=5, value="v" * 300)
    later.add(WarningCode.COLUMN_LEFT_OUT, "Last.", column="a\0\ud800")
    warnings.merge(later)

    assert list(warnings) == [
        JobWarning(WarningCode.COLUMN_LEFT_OUT, "Last.", "a?"),
        JobWarning(UNKNOWN, "First.", "SMS", 4, "maybe", 3),
        JobWarning(UNKNOWN, "Third.", "SMS", 5, "v" * 250 + "…"),
    ]
    assert Warnings.from_json(orjson.loads(orjson.dumps(warnings.to_json()))) == warnings
    assert pickle.loads(pickle.dumps(warnings)) == warnings


def test_values_and_columns_beyond_the_limit_are_counted_together() -> None:
    warnings = Warnings()
    for place in range(1_000):
        for value in ("a", "b"):
            warnings.add(UNKNOWN, "No.", column=f"c{place}", line=2, value=value)
            warnings.add(WarningCode.COLUMN_GUESSED, "No.", column=f"c{place}", value=value)

    entries = list(warnings)
    assert len(entries) <= MAX_ENTRIES
    assert sum(each.count for each in entries) == 4_000
    assert {each.value for each in entries} == {"a", "b", None}
    assert sum(each.column is None for each in entries) == 2
