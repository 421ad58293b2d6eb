"""Measures a case: sends the same requests to each server in turn, in several rounds."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import Any

from bench import comparison, report
from bench.cases import Case, Errand, Request
from bench.client import Order
from bench.data import ROOT
from bench.databases import DataSet
from bench.report import Figures, Round
from bench.servers import ON_STARLETTE, Kind, Server
from bench.watch import Watch

WARM_UP = 0.3
_IN_ALL_ROUNDS = 3
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z")
_NEW_ID = re.compile(r"(cnt|cct)_[0-9a-z]{26}")


class Disagreement(Exception):
    """The servers' results differ, so a comparison would be meaningless."""


@dataclass(frozen=True, slots=True)
class Effort:
    """`seconds` is the length of a round. The first three kinds run all rounds, the others at most two."""

    rounds: int
    seconds: float

    def rounds_of(self, place: int) -> int:
        return self.rounds if place < _IN_ALL_ROUNDS else min(2, self.rounds)


def read(case: Case, database: str, servers: Mapping[Kind, Server], effort: Effort) -> list[Figures]:
    """Measures a case that only reads, on one shared database. The other servers are compared with the first kind."""
    measured = [servers[kind] for kind in case.kinds]
    _require_equal(case, measured)
    return _measure(case, database, measured, effort)


def write(case: Case, database: str, data_set: DataSet, watch: Watch, effort: Effort) -> list[Figures]:
    """Measures a case that writes, with one database per server."""
    with ExitStack() as stack:
        urls = [stack.enter_context(data_set.copy(f"{case.name} by {kind.name}")) for kind in case.kinds]
        newest = comparison.newest_id(urls[0])
        measured = [
            stack.enter_context(kind.serve(url, data_set.facts, watch))
            for kind, url in zip(case.kinds, urls, strict=True)
        ]
        _require_equal(case, measured)
        lines = _measure(case, database, measured, effort)
        _require_same_rows(case, urls, newest, effort)
    return lines


def _require_equal(case: Case, servers: Sequence[Server]) -> None:
    """Checks that all servers return the same answer to each request.

    This also runs each request once on each server, so that the measurement contains no first run.
    """
    for errand in case.first:
        for request in errand:
            expected, *answers = (json.dumps(_shown(case, asked(server, request))) for server in servers)
            for server, answer in zip(servers[1:], answers, strict=True):
                if answer != expected:
                    raise Disagreement(
                        f"{case.name} {request.variables}: {servers[0].kind.name} returned\n{expected[:2000]}\n"
                        f"but {server.kind.name} returned\n{answer[:2000]}"
                    )


def asked(server: Server, request: Request) -> Any:
    """Returns the data of a server's answer."""
    path, body = _put(server, request)
    answer = server.ask(path, body, request.token)
    if answer.get("errors"):
        raise Disagreement(
            f"{server.kind.name} returned errors for {json.dumps(body)[:1000]}: {json.dumps(answer)[:1000]}"
        )
    return answer["data"]


def _put(server: Server, request: Request) -> tuple[str, Any]:
    if server.kind.path:
        return server.kind.path, {"query": request.query, "variables": request.variables}
    return request.path, request.by_hand


def _shown(case: Case, value: Any, name: str = "") -> Any:
    """Returns an answer without the ids and instants that each server generates when it writes."""
    if not case.writes:
        return value
    if isinstance(value, dict):
        return {name: _shown(case, member, name) for name, member in value.items()}
    if isinstance(value, list):
        return [_shown(case, member) for member in value]
    if name == "id" and _NEW_ID.fullmatch(str(value)):
        return "an id"
    if name == "createdAt" and _INSTANT.fullmatch(str(value)):
        return "an instant"
    return value


def _measure(case: Case, database: str, servers: Sequence[Server], effort: Effort) -> list[Figures]:
    """Runs several rounds, each with all servers. The order of the servers alternates between rounds."""
    rounds: dict[Server, list[Round]] = {server: [] for server in servers}
    for number in range(effort.rounds):
        errands = case.errands(number)
        takes_part = [server for place, server in enumerate(servers) if number < effort.rounds_of(place)]
        for server in takes_part if number % 2 == 0 else reversed(takes_part):
            rounds[server].append(load(case, server, errands, effort.seconds))
    floor = rounds[servers[0]]
    framework = next((rounds[server] for server in servers if server.kind is ON_STARLETTE), None)
    return [
        report.figures(case.name, database, server.kind.name, rounds[server], floor, framework) for server in servers
    ]


def order(case: Case, server: Server, errands: Sequence[Errand], seconds: float) -> Order:
    requests = [[server.request(*_put(server, request), request.token) for request in errand] for errand in errands]
    return Order(server.port, requests, case.connections, WARM_UP, None if case.writes else seconds)


def load(case: Case, server: Server, errands: Sequence[Errand], seconds: float) -> Round:
    """Runs one measurement in a separate client process."""
    text = json.dumps(asdict(order(case, server, errands, seconds))).encode()
    before = server.cpu_seconds()
    client = subprocess.run(
        [sys.executable, "-m", "bench.client"],
        cwd=ROOT,
        input=text,
        stdout=subprocess.PIPE,
        timeout=seconds + 180,
        check=True,
    )
    after = server.cpu_seconds()
    seen = json.loads(client.stdout)
    spent = None if before is None or after is None else (after - before) * 1000 / seen["total"]
    latencies = seen["latencies_ms"]
    return Round(len(latencies) / seen["elapsed"], latencies, spent, server.rss_mib())


def _require_same_rows(case: Case, urls: Sequence[str], newest: str, effort: Effort) -> None:
    """Checks that all servers that ran every round wrote the same rows, and the expected number of contacts."""
    complete = [url for place, url in enumerate(urls) if effort.rounds_of(place) == effort.rounds]
    expected, *others = (comparison.written(url, newest) for url in complete)
    errands = len(case.first) + sum(len(case.errands(number)) for number in range(effort.rounds))
    contacts = errands * case.contacts
    if expected["contacts"].total() != contacts:
        raise Disagreement(
            f"{case.name}: {expected['contacts'].total()} contacts were written; {contacts} were expected"
        )
    for place, other in enumerate(others, 1):
        if told := comparison.difference(expected, other):
            raise Disagreement(f"{case.name}: {case.kinds[0].name} and {case.kinds[place].name} wrote different {told}")
