"""The case `beside`: measures how much one account slows down while another account sends hostile load.

The figure is the ratio of the p99 under load to the p99 without load. The large account sends searches, counts, wide
pages and batches over many connections. The small account reads pages and creates contacts over a few connections. The
load ends with the measurement. If the bench is killed, the load stops automatically.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict

from bench import measuring, report, writing
from bench.cases import Case, Errand, Request, page
from bench.client import Order
from bench.data import ROOT, Facts
from bench.databases import DataSet
from bench.measuring import WARM_UP, Effort
from bench.report import Figures, Round
from bench.servers import MUSTER, Server
from bench.watch import GROUP, Watch
from tests.support.hostile_mix import operation

NAME = "beside"
_SMALL_SECRET = "muster_bench_corner_shop_0"
_CONNECTIONS = 4
_HOSTILE_CONNECTIONS = 50
_HOSTILE_OPERATIONS = 240
_HOSTILE_WARM_UP = 2.0
_REFUSAL_PAUSE = 0.05
_MOST_SECONDS = 60.0
_TIMES_LONGER = 3
"""A p99 needs more requests than a median."""
_CREATES_A_SECOND = 1500
_CREATE = """
mutation Create($input: CreateContactInput!) {
  createContact(input: $input) { contact { id phone name } errors { code message } }
}
"""


def measure(database: str, data_set: DataSet, watch: Watch, effort: Effort) -> list[Figures]:
    """Measures both operations in each round, first without the hostile load and then with it."""
    seconds = effort.seconds * _TIMES_LONGER
    rounds: dict[str, list[Round]] = {}
    with data_set.copy(NAME) as url, MUSTER.serve(url, data_set.facts, watch) as muster:
        victim = muster.with_tokens([_SMALL_SECRET])
        for number in range(effort.rounds):
            for name, errands in _asked(data_set.facts, number, seconds):
                rounds.setdefault(name, []).append(_load(victim, errands[0], seconds))
                with _hostile(muster, watch):
                    rounds.setdefault(f"{name} loaded", []).append(_load(victim, errands[1], seconds))
    return [report.beside(NAME, database, name, of, rounds[name.partition(" ")[0]]) for name, of in rounds.items()]


def _asked(
    facts: Facts, number: int, seconds: float
) -> Iterator[tuple[str, tuple[Sequence[Errand], Sequence[Errand]]]]:
    """Yields each operation's name, and its errands without and with the load. No contact is created twice."""
    pages = page(facts, lambda *_: None).first
    yield "page", (pages, pages)
    count = round(_CREATES_A_SECOND * (seconds + WARM_UP))
    first = 2 * number * count
    yield "create", (_creates(facts, first, count), _creates(facts, first + count, count))


def _creates(facts: Facts, first: int, count: int) -> list[Errand]:
    inputs = (writing.creation(facts, place)["contact"] for place in range(first, first + count))
    return [[Request(_CREATE, {"input": {"contact": {**person, "listIds": []}}}, "", {})] for person in inputs]


def _load(server: Server, errands: Sequence[Errand], seconds: float) -> Round:
    return measuring.load(Case(NAME, (MUSTER,), (), lambda _: (), _CONNECTIONS), server, errands, seconds)


@contextmanager
def _hostile(server: Server, watch: Watch) -> Iterator[None]:
    """Runs the hostile load during the block, and starts it some seconds before."""
    asked = [operation(turn) for turn in range(_HOSTILE_OPERATIONS)]
    errands = [[server.request("/graphql", {"query": query, "variables": variables})] for query, variables in asked]
    order = Order(server.port, errands, _HOSTILE_CONNECTIONS, 0, _MOST_SECONDS, _REFUSAL_PAUSE)
    client = subprocess.Popen(
        [sys.executable, "-m", "bench.client"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        process_group=0,
    )
    with watch.over(GROUP, client.pid):
        try:
            assert client.stdin is not None
            client.stdin.write(json.dumps(asdict(order)).encode())
            client.stdin.close()
            time.sleep(_HOSTILE_WARM_UP)
            if client.poll() is not None:
                raise RuntimeError("The hostile load ended immediately.")
            yield
        finally:
            client.kill()
            client.wait()
