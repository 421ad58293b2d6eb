"""Reports the results of a run: a table on the terminal, and a file under bench/out."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.data import ROOT

OUT = ROOT / "bench" / "out"
_CAPTION = (
    "Figures are medians of the rounds. cpu ms and db cpu ms: the CPU time of the server and of PostgreSQL for each "
    "request; req core s: requests for each second of both; req gb s: requests a second for each GiB of the server. "
    "ratio: requests a second, to the case's first target in the same round (for beside: p99, to that of the same "
    "operation without the load), with its lowest and highest round; p99 ratio: the highest round's p99, to that of "
    "the first target; to starlette: requests a second, to the floor on Starlette. 16 connections; batches (bulk, "
    "addcampaign): 4 connections, 1,000 rows a request. For webhooks, a request is an event that arrives at its "
    "receiver."
)


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
        return sorted(self.latencies_ms)[len(self.latencies_ms) * 99 // 100]


@dataclass(frozen=True, slots=True)
class Figures:
    """A line of the report.

    `req_core_s` is the number of requests for each second of CPU time, PostgreSQL's included, and `req_gb_s` the
    requests a second for each GiB of the server. `ratio` is this target's requests a second divided by the floor's in
    the same round: the median, and the lowest and highest round. `p99_ratio` is the same for the 99th percentile, of
    the worst round. `to_starlette` is the ratio to the floor on Starlette, None if that was not measured.
    """

    case: str
    database: str
    target: str
    req_s: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float
    db_cpu_ms: float
    rss_mib: float
    req_core_s: float
    req_gb_s: float
    ratio: float
    lowest: float
    highest: float
    p99_ratio: float
    to_starlette: float | None = None


def figures(
    name: tuple[str, str, str], rounds: Sequence[Round], floor: Sequence[Round], on_starlette: Sequence[Round] = ()
) -> Figures:
    """Returns the medians over some rounds, with all latencies merged. `name` is case, database and target."""
    latencies = sorted(latency for one in rounds for latency in one.latencies_ms)
    ratios = _ratios(rounds, floor)
    return Figures(
        *name,
        req_s=round(median(one.req_s for one in rounds), 1),
        p50_ms=round(latencies[len(latencies) // 2], 2),
        p99_ms=round(latencies[len(latencies) * 99 // 100], 2),
        cpu_ms=round(median(one.cpu_ms for one in rounds), 3),
        db_cpu_ms=round(median(one.db_cpu_ms for one in rounds), 3),
        rss_mib=round(max(one.rss_mib for one in rounds), 1),
        req_core_s=round(median(1000 / max(one.cpu_ms + one.db_cpu_ms, 0.001) for one in rounds)),
        req_gb_s=round(median(one.req_s * 1024 / max(one.rss_mib, 1) for one in rounds)),
        ratio=round(median(ratios), 3),
        lowest=round(min(ratios), 3),
        highest=round(max(ratios), 3),
        p99_ratio=round(max(one.p99_ms / other.p99_ms for one, other in zip(rounds, floor, strict=True)), 2),
        to_starlette=round(median(_ratios(rounds, on_starlette)), 3) if on_starlette else None,
    )


def _ratios(rounds: Sequence[Round], others: Sequence[Round]) -> list[float]:
    return [one.req_s / other.req_s for one, other in zip(rounds, others, strict=True)]


def write(lines: Sequence[Any], name: str) -> Path:
    """Writes dataclass instances as JSON to a file under bench/out."""
    OUT.mkdir(parents=True, exist_ok=True)
    place = OUT / name
    place.write_text(json.dumps([asdict(line) for line in lines], indent=2) + "\n")
    return place


def show(lines: Sequence[Any], title: str) -> None:
    table = Table(title=title, caption=_CAPTION)
    for name, value in asdict(lines[0]).items():
        table.add_column(name.replace("_", " "), justify="left" if isinstance(value, str) else "right")
    for line, following in zip(lines, [*lines[1:], None], strict=True):
        cells = ["" if value is None else str(value) for value in asdict(line).values()]
        table.add_row(*cells, end_section=following is None or following.case != line.case)
    Console(width=190).print(table)
