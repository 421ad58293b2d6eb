"""Measures a case: sends the same requests to each server in turn, in several rounds."""

import json
import re
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import chain
from typing import Any

from bench import client, report
from bench.cases import Case, Errand, Request
from bench.client import Order
from bench.databases import Copies, run
from bench.report import Figures, Round
from bench.servers import ON_STARLETTE, Server
from bench.watch import Watch

WARM_UP = 0.3
_GENERATED = re.compile(r'("id"): "(?:cnt|cct)_[0-9a-z]{26}"|("createdAt"): "[-\dT:.]+Z"')
_NEWEST = "SELECT id FROM contact ORDER BY id DESC LIMIT 1"
# Contacts that the case wrote, with their lists; and counts. Ids and instants differ between servers.
_WRITTEN = (
    "SELECT c.phone, first_name, last_name, full_name, email, company_name, notes, tags, custom_variables, status, "
    "invalid_reason, operator, operator_country, country, time_zones, owner_id, last_inbound_at, last_outbound_at, "
    "search_text, deleted_at, c.updated_at >= c.created_at, m.contact_list_id, m.created_at = c.created_at "
    "FROM contact c LEFT JOIN contact_list_member m ON m.account_id = c.account_id AND m.contact_id = c.id "
    "WHERE c.id > '{newest}' ORDER BY c.phone",
    "SELECT id, contact_count FROM contact_list ORDER BY id",
    "SELECT account_id, name, contact_count FROM tag ORDER BY account_id, name",
)


class Disagreement(Exception):
    """The servers' results differ, so a comparison would be meaningless."""


def measure(case: Case, database: str, copies: Copies, watch: Watch, rounds: int, seconds: float) -> list[Figures]:
    """Measures a case. Compares its other servers with the first. If it writes, each server has its own database."""
    count = len(case.kinds) if case.writes else 1
    with ExitStack() as stack:
        databases = [stack.enter_context(copies.copy(f"{case.name} {place}")) for place in range(count)]
        urls = databases * (len(case.kinds) // count)
        newest = run(urls[0], _NEWEST)[0][0]
        kinds = zip(case.kinds, urls, strict=True)
        servers = [stack.enter_context(kind.serve(url, copies.facts, watch)) for kind, url in kinds]
        _require_equal(case, servers)
        lines = _measure(case, database, servers, rounds, seconds)
        if case.writes:
            _require_same_rows(case, urls, newest, rounds)
    return lines


def _require_equal(case: Case, servers: Sequence[Server]) -> None:
    """Checks that all servers return the same answer to each request.

    This also runs each request once on each server, so that the measurement contains no first run.
    """
    for request in chain(*case.first):
        expected, *answers = (_shown(case, asked(server, request)) for server in servers)
        for server, answer in zip(servers[1:], answers, strict=True):
            if answer != expected:
                told = (
                    f"{servers[0].kind.name} returned\n{expected[:2000]}\n{server.kind.name} returned\n{answer[:2000]}"
                )
                raise Disagreement(f"{case.name} {request.variables}: {told}")


def asked(server: Server, request: Request) -> Any:
    """Returns the data of a server's answer."""
    path, body = _put(server, request)
    answer = server.ask(path, body, request.token)
    if answer.get("errors"):
        raise Disagreement(f"{server.kind.name} returned errors for {str(body)[:1000]}: {str(answer)[:1000]}")
    return answer["data"]


def _put(server: Server, request: Request) -> tuple[str, Any]:
    if server.kind.path:
        return server.kind.path, {"query": request.query, "variables": request.variables}
    return request.path, request.variables


def _shown(case: Case, answer: Any) -> str:
    """Returns an answer without the ids and instants that each server generates when it writes."""
    text = json.dumps(answer)
    return _GENERATED.sub(r"\1\2: null", text) if case.writes else text


def _measure(case: Case, database: str, servers: Sequence[Server], count: int, seconds: float) -> list[Figures]:
    """Runs several rounds, each with all servers. The order of the servers alternates between rounds."""
    rounds: dict[Server, list[Round]] = {server: [] for server in servers}
    for number in range(count):
        errands = case.errands(number)
        for server in servers if number % 2 == 0 else reversed(servers):
            rounds[server].append(load(case, server, errands, seconds))
    floor = rounds[servers[0]]
    framework = next((rounds[server] for server in servers if server.kind is ON_STARLETTE), [])
    return [
        report.figures((case.name, database, server.kind.name), of, floor, framework) for server, of in rounds.items()
    ]


def order(case: Case, server: Server, errands: Sequence[Errand], seconds: float) -> Order:
    requests = [[server.request(*_put(server, request), request.token) for request in errand] for errand in errands]
    return Order(server.port, requests, case.connections, WARM_UP, None if case.writes else seconds)


def load(case: Case, server: Server, errands: Sequence[Errand], seconds: float) -> Round:
    """Runs one measurement in a separate client process."""
    asked_for = order(case, server, errands, seconds)
    before, database_before = server.cpu_seconds(), server.database_cpu_seconds()
    with client.running(asked_for, subprocess.PIPE) as process:
        assert process.stdout is not None
        said = process.stdout.read()
        if process.wait():
            raise RuntimeError(f"the client failed during {case.name} on {server.kind.name}")
    seen = json.loads(said)
    cpu_ms = (server.cpu_seconds() - before) * 1000 / seen["total"]
    db_cpu_ms = (server.database_cpu_seconds() - database_before) * 1000 / seen["total"]
    return Round(len(seen["latencies_ms"]) / seen["elapsed"], seen["latencies_ms"], cpu_ms, server.rss_mib(), db_cpu_ms)


def _require_same_rows(case: Case, urls: Sequence[str], newest: str, rounds: int) -> None:
    """Checks that all servers wrote the same rows, and the expected number of contacts."""
    expected, *others = ([run(url, sql.format(newest=newest)) for sql in _WRITTEN] for url in urls)
    wanted = case.contacts * (len(case.first) + sum(len(case.errands(number)) for number in range(rounds)))
    if len(expected[0]) != wanted:
        raise Disagreement(f"{case.name}: {len(expected[0])} contacts were written; {wanted} were expected")
    for kind, found in zip(case.kinds[1:], others, strict=True):
        if found != expected:
            raise Disagreement(f"{case.name}: {case.kinds[0].name} and {kind.name} wrote different rows")
