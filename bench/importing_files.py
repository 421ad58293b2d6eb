"""Writes files of generated people for `bench.files`, identical in every run."""

from pathlib import Path
from random import Random

from bench.data import SEED
from bench.names import COMPANIES, MAIL_HOSTS, REGIONS, TAGS


def write_file(path: Path, *, first: int, count: int, known: int) -> None:
    """Writes 78 new rows of every hundred, 5 with an unknown network, 12 known, 3 repeated and 2 unreadable.

    `known` is the number of rows that were imported before, counted from row 0. If it is 0, all rows are new.
    """
    random = Random(SEED + first)
    with path.open("w", encoding="utf-8") as file:
        file.write("first_name,last_name,phone,email,tags,notes,company_name\n")
        for row in range(first, first + count):
            kind = row % 100
            number = _number(row)
            if known and kind >= 98:
                number = f"n/a {row}"
            elif known and kind >= 95:
                number = _number(row - 50)
            elif known and kind >= 83:
                number = _number(random.randrange(known))
            elif known and kind >= 78:
                number = f"+25499{row:07}"
            region = REGIONS[row % len(REGIONS)]
            given, family = random.choice(region.first_names), random.choice(region.last_names)
            email = f"user{row}@{random.choice(MAIL_HOSTS)}"
            notes = "Met at the fair; prefers a call in the evening." if row % 10 == 0 else ""
            tags = ";".join(random.sample(TAGS, row % 3))
            file.write(f"{given},{family},{number},{email},{tags},{notes},{COMPANIES[row % len(COMPANIES)]}\n")


def _number(row: int) -> str:
    """Returns one of four million mobile numbers, in a form in which people write them."""
    block, rest = divmod(row, 1_000_000)
    rest = rest * 7919 % 1_000_000
    if row % 3 == 0:
        return f"07{10 + block}{rest:06}"
    return f"+2547{10 + block} {rest // 1000:03} {rest % 1000:03}" if row % 3 == 1 else f"+2547{10 + block}{rest:06}"
