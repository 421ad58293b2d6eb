"""`python -m bench`: compares Muster with the floor, a hand-written server, on generated contacts.

A run takes some minutes and measures the servers alternately. All processes that it starts listen on loopback and end
with it.
"""

import os
import signal
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import product

from bench import beside, databases, measuring, profiling, report, review_data, reviewing
from bench.cases import FEW, READING, WRITING, Ask, Case, Request
from bench.data import ROOT, Facts
from bench.databases import DataSet
from bench.measuring import Disagreement, Effort
from bench.report import LATEST, PARTIAL, WORKERS, Figures
from bench.servers import FLOOR, MUSTER, ON_STARLETTE, PLAIN_SQL, STRAWBERRY, UNCOMPILED, Server, with_workers
from bench.watch import Watch
from tests.support.servers.cluster import binaries

_KINDS = {kind.name: kind for kind in (FLOOR, MUSTER, ON_STARLETTE, UNCOMPILED, STRAWBERRY, PLAIN_SQL)}
_CASES = [*READING, *WRITING, beside.NAME, reviewing.NAME]
_OF_MUSTER_ALONE = {beside.NAME, reviewing.NAME}
_DATABASES = ["postgres", "sqlite"]


def main() -> None:
    options = _options()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if options.profile and not profiling.is_there():
        sys.exit(profiling.MISSING)
    lines: list[Figures] = []
    with Watch() as watch:
        for database in options.databases:
            if database == "postgres" and binaries() is None:
                print("bench: the PostgreSQL binaries were not found; PostgreSQL is SKIPPED.", file=sys.stderr)
                continue
            if options.profile == reviewing.NAME:
                _profile_review(database, watch)
                continue
            names = options.cases or _CASES
            if options.profile or options.workers or names != [reviewing.NAME]:
                with (databases.postgres if database == "postgres" else databases.sqlite)(watch) as data_set:
                    if options.profile:
                        _profile(database, data_set, watch, options)
                    elif options.workers:
                        lines += _measure_workers(database, data_set, watch, options)
                    else:
                        lines += _measure(database, data_set, watch, options)
            if database == "postgres" and reviewing.NAME in names and not (options.profile or options.workers):
                print(f"bench: {database} {reviewing.NAME} …", flush=True)
                lines += reviewing.measure(watch)
    if lines:
        place = WORKERS if options.workers else LATEST if _is_all(lines) else PARTIAL
        report.write(lines, place)
        report.show(lines, "Muster's workers" if options.workers else "Muster against the floor")
        print(f"bench: written to {place.relative_to(ROOT)}")


def _is_all(lines: Sequence[Figures]) -> bool:
    """Returns whether the run measured every target of every case on every database."""
    everything = set(product(_DATABASES, _CASES)) - {("sqlite", reviewing.NAME)}
    return {(line.database, line.case) for line in lines} == everything and {
        line.target for line in lines if line.case not in _OF_MUSTER_ALONE
    } == set(_KINDS)


def _options() -> Namespace:
    parser = ArgumentParser(prog="python -m bench", description="Muster against a hand-written server.")
    parser.add_argument("--databases", nargs="+", choices=_DATABASES, default=_DATABASES)
    parser.add_argument(
        "--cases", nargs="+", choices=_CASES, help="the cases to run (default: all; with --workers: page and one)"
    )
    parser.add_argument(
        "--targets",
        nargs="+",
        choices=[*_KINDS],
        default=[*_KINDS],
        help="the targets to measure in addition to the floor (default: all)",
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.2, help="the length of each measurement (default: 1.2)")
    parser.add_argument("--workers", type=int, metavar="N", help="compare N worker processes with one instead")
    parser.add_argument(
        "--profile",
        choices=[name for name in _CASES if name != beside.NAME],
        metavar="CASE",
        help="profile the server during a case with py-spy instead",
    )
    return parser.parse_args()


def _cases(options: Namespace, facts: Facts, ask: Ask) -> Iterator[Case]:
    """Yields the read cases that were requested."""
    for name in options.cases or READING:
        if name in READING:
            yield READING[name](facts, ask)


def _asking(server: Server) -> Ask:
    return lambda query, variables: measuring.asked(server, Request(query, variables, "", {}))


def _only(case: Case, options: Namespace) -> Case:
    """Returns the case with its first kind and, of the others, the requested targets."""
    first, *others = case.kinds
    return case.of_kinds([first, *(kind for kind in others if kind.name in options.targets)])


def _measure(database: str, data_set: DataSet, watch: Watch, options: Namespace) -> list[Figures]:
    """Measures the requested cases. The read cases share a database; each write case has its own databases."""
    lines: list[Figures] = []
    effort = Effort(options.rounds, options.seconds)
    names: Sequence[str] = options.cases or _CASES
    if any(name in READING for name in names):
        with ExitStack() as stack:
            url = stack.enter_context(data_set.copy("read"))
            wanted = [kind for kind in _KINDS.values() if kind in FEW or kind.name in options.targets]
            servers = {kind: stack.enter_context(kind.serve(url, data_set.facts, watch)) for kind in wanted}
            for case in _cases(options, data_set.facts, _asking(servers[MUSTER])):
                print(f"bench: {database} {case.name} …", flush=True)
                lines += measuring.read(_only(case, options), database, servers, effort)
    for name in names:
        if name in WRITING:
            print(f"bench: {database} {name} …", flush=True)
            case = WRITING[name](data_set.facts, options.seconds)
            lines += measuring.write(_only(case, options), database, data_set, watch, effort)
    if beside.NAME in names:
        print(f"bench: {database} {beside.NAME} …", flush=True)
        lines += beside.measure(database, data_set, watch, effort)
    return lines


def _measure_workers(database: str, data_set: DataSet, watch: Watch, options: Namespace) -> list[Figures]:
    """Compares several workers with one process.

    N workers can only serve N times as many requests if the client and PostgreSQL have a core each.
    """
    print(f"bench: {options.workers} workers, a load generator and {database} share {os.cpu_count()} cores.")
    options.cases = options.cases or ["page", "one"]
    lines: list[Figures] = []
    kinds = [MUSTER, with_workers(options.workers)]
    with data_set.copy("read") as url, ExitStack() as stack:
        servers = {kind: stack.enter_context(kind.serve(url, data_set.facts, watch)) for kind in kinds}
        for case in _cases(options, data_set.facts, _asking(servers[MUSTER])):
            print(f"bench: {database} {case.name}, {options.workers} workers …", flush=True)
            lines += measuring.read(case.of_kinds(kinds), database, servers, Effort(options.rounds, options.seconds))
    return lines


def _profile(database: str, data_set: DataSet, watch: Watch, options: Namespace) -> None:
    with data_set.copy("profile") as url, MUSTER.serve(url, data_set.facts, watch) as muster:
        name = options.profile
        is_read = name in READING
        case = READING[name](data_set.facts, _asking(muster)) if is_read else WRITING[name](data_set.facts, 20)
        profiling.profile(case, muster, f"{name}-{database}")


def _profile_review(database: str, watch: Watch) -> None:
    """Profiles the case `review`, which has its own data set and runs on PostgreSQL only."""
    if database == "postgres":
        with review_data.reviewed(watch) as (url, facts), MUSTER.serve(url, facts, watch) as muster:
            profiling.profile(reviewing.case(), muster, f"{reviewing.NAME}-{database}")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except Disagreement as told:
        sys.exit(f"bench: {told}")
