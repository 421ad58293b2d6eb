"""Reports the results of a run: a table on the terminal, and bench/out/latest.json."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from bench.data import LARGE, ROOT
from bench.writing import BATCH

LATEST = ROOT / "bench" / "out" / "latest.json"
PARTIAL = LATEST.with_name("partial.json")
"""For runs that skipped a case, target or database."""
WORKERS = LATEST.with_name("workers.json")
_BATCHES = ("bulk", "addcampaign")


@dataclass(frozen=True, slots=True)
class Round:
    """One measurement of one target. `cpu_ms` is the server's CPU time for each request."""

    req_s: float
    latencies_ms: list[float]
    cpu_ms: float | None
    rss_mib: float | None


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
    cpu_ms: float | None
    rss_mib: float | None
    ratio: float
    to_starlette: float | None = None


def figures(
    case: str,
    database: str,
    target: str,
    rounds: Sequence[Round],
    floor: Sequence[Round],
    framework: Sequence[Round] | None = None,
) -> Figures:
    """Returns the medians over some rounds, with all latencies merged. The floor may have run more rounds."""
    latencies = sorted(latency for one in rounds for latency in one.latencies_ms)
    cpu = [one.cpu_ms for one in rounds if one.cpu_ms is not None]
    rss = [one.rss_mib for one in rounds if one.rss_mib is not None]
    return Figures(
        case=case,
        database=database,
        target=target,
        req_s=round(median(one.req_s for one in rounds), 1),
        p50_ms=_percentile(latencies, 50),
        p99_ms=_percentile(latencies, 99),
        cpu_ms=round(median(cpu), 3) if cpu else None,
        rss_mib=round(max(rss), 1) if rss else None,
        ratio=_ratio(rounds, floor),
        to_starlette=None if framework is None else _ratio(rounds, framework),
    )


def beside(case: str, database: str, target: str, rounds: Sequence[Round], alone: Sequence[Round]) -> Figures:
    """Returns a line whose ratio is its p99 divided by the p99 without the load."""
    line, other = (figures(case, database, target, of, of) for of in (rounds, alone))
    return replace(line, ratio=round(line.p99_ms / other.p99_ms, 3) if other.p99_ms else 0.0)


def _ratio(rounds: Sequence[Round], others: Sequence[Round]) -> float:
    return round(median(one.req_s / other.req_s for one, other in zip(rounds, others, strict=False)), 3)


def _percentile(ordered: Sequence[float], percent: int) -> float:
    return round(ordered[min(len(ordered) - 1, len(ordered) * percent // 100)], 2) if ordered else 0.0


def write(lines: Sequence[Figures], place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps([asdict(line) for line in lines], indent=2) + "\n")


def show(lines: Sequence[Figures], title: str) -> None:
    table = Table(
        title=(
            f"{title}: {LARGE:,} contacts, 16 connections (batches: 4, of {BATCH:,} rows each; review: 1, of 10,000 "
            "rows, on 1,000,000 contacts)"
        ),
        caption=(
            "CPU ms: the server's CPU time for each request. ratio: requests a second, to the case's first target (for "
            "beside: p99, to that of the same operation without the load); "
            "to Starlette: requests a second, to the floor on Starlette."
        ),
    )
    for name in ("database", "case", "target"):
        table.add_column(name)
    for name in ("req/s", "rows/s", "p50 ms", "p99 ms", "CPU ms", "MiB", "ratio", "to Starlette"):
        table.add_column(name, justify="right")
    for line, following in zip(lines, [*lines[1:], None], strict=True):
        table.add_row(
            line.database,
            line.case,
            line.target,
            f"{line.req_s:,.0f}" if line.req_s >= 100 else f"{line.req_s:.1f}",
            f"{line.req_s * BATCH:,.0f}" if line.case in _BATCHES else "",
            f"{line.p50_ms:.2f}",
            f"{line.p99_ms:.2f}",
            "" if line.cpu_ms is None else f"{line.cpu_ms:.2f}",
            "" if line.rss_mib is None else f"{line.rss_mib:.0f}",
            f"{line.ratio:.2f}",
            "" if line.to_starlette is None else f"{line.to_starlette:.2f}",
            end_section=following is None or following.case != line.case,
        )
    Console(width=112).print(table)
