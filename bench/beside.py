"""The case `beside`: measures how much one account slows down while another account sends hostile load.

The figure is the ratio of the p99 under load to the p99 without load. The large account sends searches, counts, wide
pages and batches over many connections. The small account reads pages and creates contacts over a few connections. The
load ends with the measurement. If the bench is killed, the load stops automatically.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from bench import client, measuring, report, writing
from bench.cases import Errand, cases
from bench.client import Order
from bench.data import SMALL_SECRETS
from bench.databases import Copies
from bench.report import Line, Round
from bench.servers import MUSTER, Failed, Request, Server
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


def measure(copies: Copies, count: int, seconds: float) -> list[Line]:
    """Measures both operations, in each round first without the hostile load and then with it."""
    seconds *= _TIMES_LONGER
    pages = cases(copies.facts, seconds)["page"].first[:1]
    creates = round(_CREATES_A_SECOND * (seconds + client.WARM_UP))

    def creations(turn: int) -> Sequence[Errand]:
        """Returns the errands of a turn. No contact is created twice."""
        people = (writing.person(place) for place in range(turn * creates, (turn + 1) * creates))
        return [[Request(_CREATE, {"input": {"contact": {**person, "listIds": []}}})] for person in people]

    with copies.copy(NAME) as url, MUSTER.serve(url, copies) as muster:

        def rounds(name: str, errands: Callable[[int], Sequence[Errand]]) -> Iterator[tuple[str, Round]]:
            victim = replace(muster, tokens=SMALL_SECRETS)
            for number in range(count):
                yield name, measuring.load(victim, errands(2 * number), seconds, _CONNECTIONS)
                with _hostile(muster):
                    yield f"{name} loaded", measuring.load(victim, errands(2 * number + 1), seconds, _CONNECTIONS)

        operations = rounds("page", lambda _: pages), rounds("create", creations)
        return [line for each in operations for line in report.compared(NAME, copies.database, each, ratio_of="p99_ms")]


@contextmanager
def _hostile(server: Server) -> Iterator[None]:
    """Runs the hostile load during the block, and starts it some seconds before."""
    errands = [[server.text(Request(*operation(turn)))] for turn in range(240)]
    order = Order(server.port, errands, _HOSTILE_CONNECTIONS, seconds=60, refusal_pause=0.05)
    with client.running(order) as seen:
        time.sleep(_HOSTILE_WARM_UP)
        if seen.ready():
            raise Failed(f"The hostile load ended immediately: {seen.get()}")
        yield
