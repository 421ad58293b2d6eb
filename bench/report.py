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
    "cpu ms: the server's CPU time for each request. ratio: requests a second, to the case's first target in the same "
    "round (for beside: p99, to that of the same operation without the load); to starlette: requests a second, to the "
    "floor on Starlette. 16 connections; batches (bulk, addcampaign): 4 connections, 1,000 rows a request. For "
    "webhooks, a request is an event that arrives at its receiver."
)


@dataclass(frozen=True, slots=True)
class Round:
    """One measurement of one target. `cpu_ms` is the server's CPU time for each request."""

    req_s: float
    latencies_ms: list[float]
    cpu_ms: float
    rss_mib: float


@dataclass(frozen=True, slots=True)
class Figures:
    """A line of the report.

    `ratio` is this target's requests a second divided by the floor's in the same round. `to_starlette` is the same
    ratio to the floor on Starlette, None if that was not measured.
    """

    case: str
    database: str
    target: str
    req_s: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float
    rss_mib: float
    ratio: float
    to_starlette: float | None = None


def figures(
    name: tuple[str, str, str], rounds: Sequence[Round], floor: Sequence[Round], on_starlette: Sequence[Round] = ()
) -> Figures:
    """Returns the medians over some rounds, with all latencies merged. `name` is case, database and target."""
    latencies = sorted(latency for one in rounds for latency in one.latencies_ms)
    return Figures(
        *name,
        req_s=round(median(one.req_s for one in rounds), 1),
        p50_ms=round(latencies[len(latencies) // 2], 2),
        p99_ms=round(latencies[len(latencies) * 99 // 100], 2),
        cpu_ms=round(median(one.cpu_ms for one in rounds), 3),
        rss_mib=round(max(one.rss_mib for one in rounds), 1),
        ratio=_ratio(rounds, floor),
        to_starlette=_ratio(rounds, on_starlette) if on_starlette else None,
    )


def _ratio(rounds: Sequence[Round], others: Sequence[Round]) -> float:
    return round(median(one.req_s / other.req_s for one, other in zip(rounds, others, strict=True)), 3)


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
    Console(width=112).print(table)
