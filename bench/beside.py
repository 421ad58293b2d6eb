"""The case `beside`: measures how much one account slows down while another account sends hostile load.

The figure is the ratio of the p99 under load to the p99 without load. The large account sends searches, counts, wide
pages and batches over many connections. The small account reads pages and creates contacts over a few connections. The
load ends with the measurement. If the bench is killed, the load stops automatically.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from statistics import median

from bench import client, measuring, report, writing
from bench.cases import Case, Errand, Request, page
from bench.client import Order
from bench.data import SMALL_SECRET, Facts
from bench.databases import Copies
from bench.measuring import WARM_UP
from bench.report import Figures, Round
from bench.servers import MUSTER, Server
from bench.watch import Watch
from tests.support.hostile_mix import operation

NAME = "beside"
_CONNECTIONS = 4
_HOSTILE_CONNECTIONS = 50
_HOSTILE_WARM_UP = 2.0
_TIMES_LONGER = 3  # a p99 needs more requests than a median
_CREATES_A_SECOND = 1500
_CREATE = (
    "mutation Create($input: CreateContactInput!) "
    "{ createContact(input: $input) { contact { id phone name } errors { code message } } }"
)


def measure(database: str, copies: Copies, watch: Watch, count: int, seconds: float) -> list[Figures]:
    """Measures both operations in each round, first without the hostile load and then with it."""
    seconds *= _TIMES_LONGER
    rounds: dict[str, list[Round]] = {}
    with copies.copy(NAME) as url, MUSTER.serve(url, copies.facts, watch) as muster:
        victim = replace(muster, tokens=[SMALL_SECRET])
        for number in range(count):
            for name, quiet, loaded in _asked(copies.facts, number, seconds):
                rounds.setdefault(name, []).append(_load(victim, quiet, seconds))
                with _hostile(muster, watch):
                    rounds.setdefault(f"{name} loaded", []).append(_load(victim, loaded, seconds))
    return _lines(database, rounds)


def _lines(database: str, rounds: Mapping[str, Sequence[Round]]) -> list[Figures]:
    lines = []
    for name, of in rounds.items():
        alone = rounds[name.partition(" ")[0]]
        ratios = [round(one.p99_ms / other.p99_ms, 3) for one, other in zip(of, alone, strict=True)]
        line = report.figures((NAME, database, name), of, alone)
        lines.append(replace(line, ratio=round(median(ratios), 3), lowest=min(ratios), highest=max(ratios)))
    return lines


def _asked(facts: Facts, number: int, seconds: float) -> Iterator[tuple[str, Sequence[Errand], Sequence[Errand]]]:
    """Yields each operation's name, and its errands without and with the load. No contact is created twice."""
    pages = page(facts, seconds).first[:1]
    yield "page", pages, pages
    count = round(_CREATES_A_SECOND * (seconds + WARM_UP))
    people = [{**writing.person(place), "listIds": []} for place in range(2 * number * count, 2 * (number + 1) * count)]
    creates = [[Request(_CREATE, {"input": {"contact": person}})] for person in people]
    yield "create", creates[:count], creates[count:]


def _load(server: Server, errands: Sequence[Errand], seconds: float) -> Round:
    return measuring.load(Case(NAME, (MUSTER,), (), lambda _: (), _CONNECTIONS), server, errands, seconds)


@contextmanager
def _hostile(server: Server, watch: Watch) -> Iterator[None]:
    """Runs the hostile load during the block, and starts it some seconds before."""
    asked = [operation(turn) for turn in range(240)]
    errands = [[server.request("/graphql", {"query": query, "variables": variables})] for query, variables in asked]
    order = Order(server.port, errands, _HOSTILE_CONNECTIONS, 0, seconds=60, refusal_pause=0.05)
    with client.running(order) as process, watch.over(process.pid):
        time.sleep(_HOSTILE_WARM_UP)
        if process.poll() is not None:
            raise RuntimeError("The hostile load ended immediately.")
        yield
