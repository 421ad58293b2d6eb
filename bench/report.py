"""Reports the results of a run: a table on the terminal, and a file under bench/out."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.data import ROOT
from bench.servers import ON_STARLETTE

Line = dict[str, Any]
"""A line of the report, by column."""


@dataclass(frozen=True, slots=True)
class Round:
    """One measurement of one target.

    `cpu_ms` is the server's CPU time for each request, and `db_cpu_ms` that of PostgreSQL. On SQLite the server's
    includes the database's.
    """

    req_s: float
    latencies_ms: list[float]
    cpu_ms: float
    rss_mib: float
    db_cpu_ms: float = 0.0

    @property
    def p99_ms(self) -> float:
        return percentile(self.latencies_ms, 99)


def percentile(values: Iterable[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[len(ordered) * percent // 100]


def compared(case: str, database: str, measured: Iterable[tuple[str, Round]], *, ratio_of: str = "req_s") -> list[Line]:
    """Returns a line for each target. The target of the first round is the one that the others are compared with."""
    rounds: dict[str, list[Round]] = {}
    for target, one in measured:
        rounds.setdefault(target, []).append(one)
    first, on_starlette = next(iter(rounds.values())), rounds.get(ON_STARLETTE.name, [])
    return [
        {"case": case, "database": database, "target": target, **_figures(of, first, on_starlette, ratio_of)}
        for target, of in rounds.items()
    ]


def _figures(of: Sequence[Round], first: Sequence[Round], on_starlette: Sequence[Round], ratio_of: str) -> Line:
    """Returns the medians over some rounds, with all latencies merged."""
    latencies = [*chain.from_iterable(one.latencies_ms for one in of)]
    ratios = _ratios(of, first, ratio_of)
    return {
        "req_s": round(median(one.req_s for one in of), 1),
        "p50_ms": round(percentile(latencies, 50), 2),
        "p99_ms": round(percentile(latencies, 99), 2),
        "cpu_ms": round(median(one.cpu_ms for one in of), 3),
        "db_cpu_ms": round(median(one.db_cpu_ms for one in of), 3),
        "rss_mib": round(max(one.rss_mib for one in of), 1),
        "req_core_s": round(median(1000 / max(one.cpu_ms + one.db_cpu_ms, 0.001) for one in of)),
        "req_gb_s": round(median(one.req_s * 1024 / max(one.rss_mib, 1) for one in of)),
        "ratio": round(median(ratios), 3),
        "lowest": round(min(ratios), 3),
        "highest": round(max(ratios), 3),
        "p99_ratio": round(max(_ratios(of, first, "p99_ms")), 2),
        "to_starlette": round(median(_ratios(of, on_starlette, ratio_of)), 3) if on_starlette else None,
    }


def _ratios(of: Sequence[Round], others: Sequence[Round], what: str) -> list[float]:
    value = attrgetter(what)
    return [value(one) / value(other) for one, other in zip(of, others, strict=True)]


def write(lines: Sequence[Line], name: str) -> Path:
    place = ROOT / "bench" / "out" / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps(lines, indent=2) + "\n")
    return place


def show(lines: Sequence[Line], title: str) -> None:
    table = Table(
        title=title, caption="The figures are medians of the rounds. docs/performance.md explains the columns."
    )
    for name, value in lines[0].items():
        table.add_column(name.replace("_", " "), justify="left" if isinstance(value, str) else "right")
    for line, following in zip(lines, [*lines[1:], None], strict=True):
        cells = ["" if value is None else str(value) for value in line.values()]
        table.add_row(*cells, end_section=following is None or following["case"] != line["case"])
    Console(width=190).print(table)
