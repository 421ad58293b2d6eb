"""`python -m bench`: compares Muster with the floor, a hand-written server, on generated contacts.

A run takes some minutes and measures the servers alternately. All processes that it starts listen on loopback and end
with it.
"""

import signal
import sys
from argparse import ArgumentParser, Namespace
from dataclasses import replace

from bench import beside, measuring, report, sync, webhooks
from bench.cases import NAMES, cases
from bench.data import CONTACTS
from bench.databases import DATABASES, Copies, available
from bench.report import Line
from bench.servers import MUSTER, ON_STARLETTE, STRAWBERRY, UNCOMPILED, with_workers

_TARGETS = [kind.name for kind in (MUSTER, ON_STARLETTE, UNCOMPILED, STRAWBERRY)]
_SPECIAL = {beside.NAME: beside.measure, sync.NAME: sync.measure, webhooks.NAME: webhooks.measure}
_CASES = [*NAMES, *_SPECIAL]


def main() -> None:
    parser = ArgumentParser(prog="python -m bench", description="Muster against a hand-written server.")
    add = parser.add_argument
    add("--databases", nargs="+", choices=DATABASES, default=[*DATABASES])
    add("--cases", nargs="+", choices=_CASES, help="default: all; with --workers: page and one")
    add("--targets", nargs="+", choices=_TARGETS, default=_TARGETS, help="measured with the floor (default: all)")
    add("--contacts", type=int, default=CONTACTS, help="contacts of the measured account (default: 1,000,000)")
    add("--rounds", type=int, default=3, help="rounds of each measurement (default: 3)")
    add("--seconds", type=float, default=1.2, help="the length of each measurement (default: 1.2)")
    add("--workers", type=int, metavar="N", help="compare N worker processes with one instead of with the floor")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    lines: list[Line] = []
    for database in available(options.databases):
        with DATABASES[database](options.contacts) as copies:
            for name in options.cases or (["page", "one"] if options.workers else _CASES):
                print(f"bench: {database} {name} …", flush=True)
                lines += _measure(name, copies, options)
    if lines:
        report.show(lines, f"Muster against the floor: {options.contacts:,} contacts")
        # latest.json has all cases, targets and databases.
        print(f"bench: written to {report.write(lines, 'partial.json' if sys.argv[1:] else 'latest.json')}")


def _measure(name: str, copies: Copies, options: Namespace) -> list[Line]:
    if name in _SPECIAL:
        return _SPECIAL[name](copies, options.rounds, options.seconds)
    case = cases(copies.facts, options.seconds)[name]
    floor, *others = case.kinds
    kinds = [floor, *(kind for kind in others if kind.name in options.targets)]
    if options.workers:
        kinds = [MUSTER, with_workers(options.workers)]
    return measuring.measure(replace(case, kinds=kinds), copies, options.rounds, options.seconds)


if __name__ == "__main__":
    main()
