"""`python -m bench`: compares Muster with the floor, a hand-written server, on generated contacts.

A run takes some minutes and measures the servers alternately. All processes that it starts listen on loopback and end
with it.
"""

import signal
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from dataclasses import replace
from pathlib import Path

from bench import beside, client, delta, measuring, report, webhooks
from bench.cases import CASES
from bench.data import CONTACTS
from bench.databases import DATABASES, Copies, available
from bench.measuring import Disagreement
from bench.report import Figures
from bench.servers import MUSTER, ON_STARLETTE, STRAWBERRY, UNCOMPILED, with_workers
from bench.watch import Watch

_TARGETS = [kind.name for kind in (MUSTER, ON_STARLETTE, UNCOMPILED, STRAWBERRY)]
_SPECIAL = {each.NAME: each.measure for each in (beside, delta, webhooks)}
_CASES = [*CASES, *_SPECIAL]
_PY_SPY = Path(sys.executable).with_name("py-spy")


def main() -> None:
    options = _options()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if options.profile and not _PY_SPY.exists():
        sys.exit("bench: --profile needs py-spy, which was not found. Run `pip install py-spy`.")
    lines: list[Figures] = []
    with Watch() as watch:
        for database in available(options.databases):
            with DATABASES[database](watch, options.contacts) as copies:
                if options.profile:
                    _profile(database, copies, watch, options.profile)
                else:
                    lines += _measure(database, copies, watch, options)
    if lines:
        report.show(lines, f"Muster against the floor: {options.contacts:,} contacts")
        # latest.json has all cases, targets and databases.
        print(f"bench: written to {report.write(lines, 'partial.json' if sys.argv[1:] else 'latest.json')}")


def _options() -> Namespace:
    parser = ArgumentParser(prog="python -m bench", description="Muster against a hand-written server.")
    add = parser.add_argument
    add("--databases", nargs="+", choices=DATABASES, default=[*DATABASES])
    add(
        "--cases",
        nargs="+",
        choices=_CASES,
        help="the cases to run (default: all; with --workers: page and one)",
    )
    add("--targets", nargs="+", choices=_TARGETS, default=_TARGETS, help="measured with the floor (default: all)")
    add("--contacts", type=int, default=CONTACTS, help="contacts of the measured account (default: 1,000,000)")
    add("--rounds", type=int, default=3, help="rounds of each measurement (default: 3)")
    add("--seconds", type=float, default=1.2, help="the length of each measurement (default: 1.2)")
    add("--workers", type=int, metavar="N", help="compare N worker processes with one instead of with the floor")
    add("--profile", choices=CASES, metavar="CASE", help="profile Muster with py-spy during a case")
    return parser.parse_args()


def _measure(database: str, copies: Copies, watch: Watch, options: Namespace) -> list[Figures]:
    effort = (watch, options.rounds, options.seconds)
    lines: list[Figures] = []
    for name in options.cases or (["page", "one"] if options.workers else _CASES):
        print(f"bench: {database} {name} …", flush=True)
        if name in _SPECIAL:
            lines += _SPECIAL[name](database, copies, *effort)
            continue
        case = CASES[name](copies.facts, options.seconds)
        floor, *others = case.kinds
        kinds = [floor, *(kind for kind in others if kind.name in options.targets)]
        if options.workers:
            kinds = [MUSTER, with_workers(options.workers)]
        lines += measuring.measure(replace(case, kinds=kinds), database, copies, *effort)
    return lines


def _profile(database: str, copies: Copies, watch: Watch, name: str) -> None:
    """Writes a flame graph of CPU time to bench/out. Needs py-spy, which is not a dependency."""
    report.OUT.mkdir(exist_ok=True)
    place = report.OUT / f"{name}-{database}.svg"
    with copies.copy("profile") as url, MUSTER.serve(url, copies.facts, watch) as muster:
        case = CASES[name](copies.facts, 20)
        with client.running(measuring.order(case, muster, case.errands(0), 10)):
            options = ["--pid", str(muster.pid), "--output", str(place), "--duration", "8", "--rate", "500"]
            subprocess.run([str(_PY_SPY), "record", *options], check=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except Disagreement as told:
        sys.exit(f"bench: {told}")
