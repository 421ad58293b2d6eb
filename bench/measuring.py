"""Measures a case: sends the same requests to each server in turn, in several rounds."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from itertools import chain
from typing import Any

from bench import client, report
from bench.cases import CONNECTIONS, Case, Errand
from bench.client import Order, Seen
from bench.databases import Copies, run
from bench.report import Line, Round
from bench.servers import Failed, Server
from models.change import ChangeKind

_GENERATED = re.compile(r'("id"): "(?:cnt|cct)_[0-9a-z]{26}"|("createdAt"): "[-\dT:.]+Z"')
_NEWEST = "SELECT id FROM contact ORDER BY id DESC LIMIT 1"
# Contacts that the case wrote, with their lists; and counts, also of the rows in the logs. Ids and instants differ
# between servers. A statement that several requests share notes a change of their list once.
_WRITTEN = (
    "SELECT c.phone, first_name, last_name, full_name, email, company_name, notes, tags, custom_variables, status, "
    "invalid_reason, operator, operator_country, country, time_zones, owner_id, last_inbound_at, last_outbound_at, "
    "search_text, deleted_at, c.updated_at >= c.created_at, m.contact_list_id, m.created_at = c.created_at "
    "FROM contact c LEFT JOIN contact_list_member m ON m.account_id = c.account_id AND m.contact_id = c.id "
    "WHERE c.id > '{newest}' ORDER BY c.phone",
    "SELECT id, contact_count FROM contact_list ORDER BY id",
    "SELECT account_id, name, contact_count FROM tag ORDER BY account_id, name",
    "SELECT count(*) FROM change WHERE kind = {contact}",
    "SELECT action, count(*) FROM audit_event GROUP BY action ORDER BY action",
    "SELECT action, count(*) FROM contact_history GROUP BY action ORDER BY action",
)


def measure(case: Case, copies: Copies, rounds: int, seconds: float) -> list[Line]:
    """Measures a case. Compares its other servers with the first. If it writes, each server has its own database."""
    count = len(case.kinds) if case.writes else 1
    with ExitStack() as stack:
        databases = [stack.enter_context(copies.copy(f"{case.name} {place}")) for place in range(count)]
        urls = databases * (len(case.kinds) // count)
        newest = run(urls[0], _NEWEST)[0][0]
        kinds = zip(case.kinds, urls, strict=True)
        servers = [stack.enter_context(kind.serve(url, copies)) for kind, url in kinds]
        _require_equal(case, servers)
        lines = report.compared(case.name, copies.database, _rounds(case, servers, rounds, seconds))
        if case.writes:
            _require_same_rows(case, urls, newest, rounds)
    return lines


def _require_equal(case: Case, servers: Sequence[Server]) -> None:
    """Checks that all servers return the same answer to each request.

    This also runs each request once on each server, so that the measurement contains no first run.
    """
    first, *others = servers
    for request in chain(*case.first):
        expected = _shown(case, first.ask(request))
        for server in others:
            if (answer := _shown(case, server.ask(request))) != expected:
                told = f"{first.kind.name} returned\n{expected[:2000]}\n{server.kind.name} returned\n{answer[:2000]}"
                raise Failed(f"{case.name} {request.variables}: {told}")


def _shown(case: Case, answer: Any) -> str:
    """Returns an answer without the ids and instants that each server generates when it writes."""
    text = json.dumps(answer)
    return _GENERATED.sub(r"\1\2: null", text) if case.writes else text


def _rounds(case: Case, servers: Sequence[Server], count: int, seconds: float) -> Iterator[tuple[str, Round]]:
    """Runs several rounds, each with all servers. The order of the servers alternates between rounds."""
    for number in range(count):
        errands = case.errands(number)
        for server in servers if number % 2 == 0 else reversed(servers):
            yield server.kind.name, load(server, errands, None if case.writes else seconds, case.connections)


def load(server: Server, errands: Sequence[Errand], seconds: float | None, connections: int = CONNECTIONS) -> Round:
    """Runs one measurement in a separate client process. Without `seconds`, each errand runs once."""
    texts = [[server.text(request) for request in errand] for errand in errands]
    return measured(server, partial(client.run, Order(server.port, texts, connections, seconds)))


def measured(server: Server, work: Callable[[], Seen]) -> Round:
    """Runs the work, and adds the CPU time and the memory of the server to what it returns."""
    before = server.cpu_seconds()
    seen = work()
    spent = zip(before, server.cpu_seconds(), strict=True)
    cpu_ms, db_cpu_ms = ((end - start) * 1000 / seen.total for start, end in spent)
    return Round(len(seen.latencies_ms) / seen.elapsed, seen.latencies_ms, cpu_ms, server.rss_mib(), db_cpu_ms)


def _require_same_rows(case: Case, urls: Sequence[str], newest: str, rounds: int) -> None:
    """Checks that all servers wrote the same rows, and the expected number of contacts."""
    expected, *others = (
        [run(url, sql.format(newest=newest, contact=int(ChangeKind.CONTACT))) for sql in _WRITTEN] for url in urls
    )
    wanted = case.contacts * (len(case.first) + sum(len(case.errands(number)) for number in range(rounds)))
    if len(expected[0]) != wanted:
        raise Failed(f"{case.name}: {len(expected[0])} contacts were written; {wanted} were expected")
    for kind, found in zip(case.kinds[1:], others, strict=True):
        if found != expected:
            raise Failed(f"{case.name}: {case.kinds[0].name} and {kind.name} wrote different rows")
