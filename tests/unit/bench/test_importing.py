"""The generated file for the import benchmark."""

from collections import Counter
from pathlib import Path

from bench.writing import write_file
from services.imports.cells import CellError
from services.imports.columns import assign, known_fields
from services.imports.decoding import DETECT, to_utf8
from services.imports.record_splitting import BlockNotes, read_block, scan
from services.imports.row_parsing import Parser, Rules
from services.phones.numbers import NetworkCheck, PhonePolicy, facts


def numbers(path: Path) -> list[str | None]:
    """Returns the number of each row; None for an unreadable one."""
    records = scan(
        to_utf8(path, path.with_suffix(".text"), DETECT), DETECT, block_rows=5_000, known_fields=known_fields
    )
    parser = Parser(assign(records, []), Rules("KE", PhonePolicy.POSSIBLE))
    rows = [
        parser.parse(line, cells)
        for block in records.blocks
        for line, cells, _ in read_block(records, block, BlockNotes())
    ]
    return [None if isinstance(row, CellError) else row.phone for row in rows]


def test_its_rows_are_new_known_repeated_without_a_network_and_unreadable(tmp_path: Path) -> None:
    known = [f"+2547122{number:05}" for number in range(100)]
    write_file(tmp_path / "people.csv", 2_000, known)

    kinds: Counter[str] = Counter()
    seen: set[str | None] = set()
    for phone in numbers(tmp_path / "people.csv"):
        if phone is None:
            kinds["unreadable"] += 1
        elif phone in known:
            kinds["known"] += 1
        elif phone in seen:
            kinds["repeated"] += 1
        elif facts(phone, network_check=NetworkCheck.COVERED).status == "INVALID":
            kinds["without a network"] += 1
        else:
            kinds["new"] += 1
        seen.add(phone)
    assert kinds == {"new": 1_560, "known": 240, "repeated": 60, "without a network": 100, "unreadable": 40}
