"""`python -m bench`: measures Muster against the floor, in turn, on generated contacts; less than five minutes.

Everything that it starts listens on loopback and is ended with it.
"""

import json
import signal
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from typing import Any

from bench import databases, report, servers
from bench.cases import CASES, Case
from bench.client import Order
from bench.data import ROOT
from bench.report import Figures, Round
from bench.servers import Server
from tests.cluster import binaries

CONNECTIONS = 16
WARM_UP = 0.3


class Disagreement(Exception):
    """The two servers don't answer the same: there is nothing to compare."""


def main() -> None:
    options = _options()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    lines: list[Figures] = []
    for database in options.databases:
        if database == "postgres" and binaries() is None:
            print("bench: PostgreSQL's binaries were not found: it is LEFT OUT.", file=sys.stderr)
            continue
        lines += _measure_database(database, options)
    report.write(lines)
    report.show(lines)
    print(f"bench: written to {report.LATEST.relative_to(ROOT)}")


def _options() -> Namespace:
    parser = ArgumentParser(prog="python -m bench", description="Muster against a hand-written server.")
    parser.add_argument("--databases", nargs="+", choices=["postgres", "sqlite"], default=["postgres", "sqlite"])
    parser.add_argument("--cases", nargs="+", choices=list(CASES), default=list(CASES))
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=1.2, help="of each measurement")
    return parser.parse_args()


def _measure_database(database: str, options: Namespace) -> list[Figures]:
    lines: list[Figures] = []
    with ExitStack() as stack:
        url, facts = stack.enter_context(databases.postgres() if database == "postgres" else databases.sqlite())
        floor = stack.enter_context(servers.floor(url, facts))
        muster = stack.enter_context(servers.muster(url, facts))
        for name in options.cases:
            case = CASES[name](facts, lambda query, variables: _asked(muster, "/graphql", _body(query, variables)))
            _require_equal(case, floor, muster)
            print(f"bench: {database} {name} …", flush=True)
            lines += _measure(case, database, floor, muster, options)
    return lines


def _body(query: str, variables: dict[str, Any]) -> dict[str, Any]:
    return {"query": query, "variables": variables}


def _asked(server: Server, path: str, body: Any) -> Any:
    answer = server.ask(path, body)
    if answer.get("errors"):
        raise Disagreement(f"{server.target} answers {json.dumps(body)} with {json.dumps(answer)[:1000]}")
    return answer["data"]


def _require_equal(case: Case, floor: Server, muster: Server) -> None:
    """Each request is answered alike; and both have run it by then, so that neither is measured in its first run."""
    for by_hand, variables in zip(case.floor, case.muster, strict=True):
        expected = _asked(floor, f"/{case.name}", by_hand)
        answer = _asked(muster, "/graphql", _body(case.query, variables))
        if json.dumps(answer) != json.dumps(expected):
            raise Disagreement(
                f"{case.name} {variables}: the floor answers\n{json.dumps(expected)[:2000]}\nand Muster\n"
                f"{json.dumps(answer)[:2000]}"
            )


def _measure(case: Case, database: str, floor: Server, muster: Server, options: Namespace) -> list[Figures]:
    """Several rounds in each of which both are measured, now one first, now the other."""
    asked = {
        floor: [floor.request(f"/{case.name}", variables) for variables in case.floor],
        muster: [muster.request("/graphql", _body(case.query, variables)) for variables in case.muster],
    }
    rounds: dict[Server, list[Round]] = {floor: [], muster: []}
    for number in range(options.rounds):
        for server in (floor, muster) if number % 2 == 0 else (muster, floor):
            rounds[server].append(_round(server, asked[server], options.seconds))
    return [
        report.figures(case.name, database, server.target, rounds[server], rounds[floor]) for server in (floor, muster)
    ]


def _round(server: Server, requests: Sequence[str], seconds: float) -> Round:
    order = Order(server.port, list(requests), CONNECTIONS, WARM_UP, seconds)
    before = server.cpu_seconds()
    client = subprocess.run(
        [sys.executable, "-m", "bench.client"],
        cwd=ROOT,
        input=json.dumps(asdict(order)).encode(),
        stdout=subprocess.PIPE,
        timeout=seconds + 60,
        check=True,
    )
    after = server.cpu_seconds()
    seen = json.loads(client.stdout)
    spent = None if before is None or after is None else (after - before) * 1000 / seen["total"]
    latencies = seen["latencies_ms"]
    return Round(len(latencies) / seen["elapsed"], latencies, spent, server.rss_mib())


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
