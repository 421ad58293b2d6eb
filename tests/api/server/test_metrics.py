"""The metrics: who may read them, what they count, and the dashboard and alert rules that use them."""

import asyncio
import json
import os
import re
import signal
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from models.db import database
from models.db.deadline import ClientDisconnected, Deadline, DeadlineExceeded
from schema.execution import Engine, RequestError, RequestErrorKind
from schema.root import schema
from services.accounts import tokens
from services.accounts.authentication import Scope
from tests.support.api_client import DAY, HOUR, MONDAY
from tests.support.rows import add_webhook_endpoint, insert, make_job
from tests.support.servers.cluster import free_port
from tests.support.servers.running_server import RunningServer, running_server
from tests.support.servers.server_process import started
from tests.support.servers.timeouts import TIMEOUT
from web.http.errors import refuse
from web.http.graphql_errors import INTERNAL, outcome_with
from web.http.operation_log import OperationFacts, Outcome, outcome_of
from web.metrics.operations import MOST_NAMES, OperationMetrics

OPS = Path(__file__).parents[3] / "ops"
SECRET = "whsec_" + "A" * 32
TOKEN = "only-for-prometheus"
VALID = "query Names { viewer { account { name } } contacts(first: 1) { totalCount } }"
WITH_ERRORS = "query Missing { viewer { account { name } } node(id: 7) { id } }"
CHANGES = "subscription Changes { contactChanged { kind } }"
_NAME = re.compile(r"\b(?:muster|process)_[a-z_]+")


def read(text: str) -> dict[str, Metric]:
    return {metric.name: metric for metric in text_string_to_metric_families(text)}


def values(metric: Metric, *labels: str, suffix: str = "") -> dict[tuple[str, ...], float]:
    """Returns the samples by these labels."""
    samples = [each for each in metric.samples if each.name.endswith(suffix)]
    return {tuple(each.labels[name] for name in labels): each.value for each in samples}


def names_of(metrics: Iterable[Metric]) -> set[str]:
    """Returns the names that expressions can use."""
    found = set()
    for metric in metrics:
        suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}.get(metric.type, ("",))
        found |= {metric.name + suffix for suffix in suffixes}
    return found


async def scraped(served: RunningServer, authorization: str | None = f"Bearer {TOKEN}") -> httpx2.Response:
    headers = {} if authorization is None else {"Authorization": authorization}
    async with httpx2.AsyncClient() as client:
        return await client.get(f"http://127.0.0.1:{served.port}/metrics", headers=headers)


@pytest.mark.plain_postgres  # it counts the work of all accounts, and renames a table
@pytest.mark.parametrize("http", ["auto", "web.http.fast_path:DirectProtocol"])
async def test_the_metrics_count_operations_and_show_the_state_of_the_server(database_url: str, http: str) -> None:
    options = {"webhook_url": "https://192.0.2.1/hooks", "webhook_secret": SECRET}
    async with running_server(database_url, http=http, metrics="on", metrics_token=TOKEN, jobs=0, **options) as served:
        await make_job(served.api, status="QUEUED", created_at=MONDAY - HOUR)
        started = {"taken_up_at": MONDAY - HOUR, "taken_up_row_count": 1_800, "done_row_count": 9_000}
        await make_job(served.api, status="RUNNING", leased_until=MONDAY + DAY, **started)
        await make_job(served.api, status="FAILED", kind="EXPORT", finished_at=MONDAY)
        await make_job(served.api, finished_at=MONDAY - DAY)
        event = {"kind": "job.finished", "payload": {}, "occurred_at": MONDAY - HOUR, "due_at": MONDAY + DAY}
        account_id = served.api.account_id
        await insert("event", account_id=account_id, id=database.uuid7(MONDAY), attempt_count=3, **event)
        maker: dict[str, Any] = {"created_by_id": served.api.caller.user_id}
        await add_webhook_endpoint(account_id, paused_until=MONDAY + DAY, **maker)
        await add_webhook_endpoint(account_id, disabled_at=MONDAY, **maker)
        async with served.client() as client:
            for query in (VALID, VALID, WITH_ERRORS, "{ viewer { account { name } } }", "query Wrong { nothing }"):
                await client.post("/graphql", json={"query": query})
        async with served.socket() as socket, served.events(CHANGES):
            await socket.subscribe(CHANGES)
            await socket.subscribe(VALID, key="2")
            await socket.receive()
            await socket.receive()
            both = {("websocket",): 1, ("events",): 1}
            async with asyncio.timeout(TIMEOUT):
                while True:
                    response = await scraped(served)
                    metrics = read(response.text)
                    if values(metrics["muster_subscriptions"], "transport") == both:
                        break
        await database.execute("ALTER TABLE event RENAME TO gone")
        without = await scraped(served)

    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    kinds = ("operation", "type", "outcome")
    assert values(metrics["muster_operations"], *kinds) == {
        ("Names", "query", "ok"): 3,
        ("Missing", "query", "errors"): 1,
        ("(anonymous)", "query", "ok"): 1,
        ("(invalid)", "unknown", "refused"): 1,
        ("Changes", "subscription", "ok"): 2,
    }
    assert values(metrics["muster_operation_seconds"], "operation", suffix="_count")[("Names",)] == 3
    assert values(metrics["muster_operation_seconds"], "operation", suffix="_sum")[("Names",)] > 0
    assert values(metrics["muster_operation_statements"], "operation")[("Names",)] == 6
    assert values(metrics["muster_operation_cost_points"], "operation")[("Names",)] > 3
    assert values(metrics["muster_jobs"], "kind", "state") == {("IMPORT", "QUEUED"): 1, ("IMPORT", "RUNNING"): 1}
    assert values(metrics["muster_jobs_finished_last_hour"], "kind", "state") == {("EXPORT", "FAILED"): 1}
    assert values(metrics["muster_jobs_oldest_seconds"], "state")[("QUEUED",)] == 3600
    assert values(metrics["muster_job_rows_per_second"], "kind") == {("IMPORT",): 2}
    assert values(metrics["muster_outbox_events"]) == {(): 1}
    assert values(metrics["muster_outbox_oldest_seconds"]) == {(): 3600}
    assert values(metrics["muster_webhook_deliveries"]) == {(): 1}
    assert values(metrics["muster_webhook_oldest_seconds"]) == {(): 0}
    outcomes = {("delivered",): 0, ("retried",): 0, ("given_up",): 0}
    assert values(metrics["muster_webhook_attempts"], "outcome") == outcomes
    assert values(metrics["muster_sockets"], "worker") == {("1",): 1}
    assert values(metrics["muster_cache_entries"], "cache") == {("documents",): 2, ("tokens",): 1}
    assert values(metrics["muster_cache_bytes"], "cache")[("documents",)] > 1_000
    assert values(metrics["muster_connections"], "pool", "state").keys() >= {("reserved", "waiting")}
    assert values(metrics["muster_database_up"]) == {(): 1}
    assert "muster_event_loop_lag_seconds" in metrics

    used = {name for expression in expressions() for name in _NAME.findall(expression)}
    assert len(used) > 15
    assert used - names_of(metrics.values()) == {"muster_replica_used"}  # this server has no replica
    assert values(read(without.text)["muster_database_up"]) == {(): 0}
    assert read(without.text)["muster_operations"].samples


def expressions() -> list[str]:
    """Returns the expressions of the dashboard and of the alert rules."""
    dashboard = json.loads((OPS / "grafana-dashboard.json").read_text())
    rules = [rule for group in yaml.safe_load((OPS / "alerts.yml").read_text())["groups"] for rule in group["rules"]]
    assert all(rule.keys() >= {"alert", "expr", "labels", "annotations"} for rule in rules)
    return [
        *(target["expr"] for panel in dashboard["panels"] for target in panel["targets"]),
        *(rule["expr"] for rule in rules),
    ]


async def test_only_administrators_and_the_token_of_the_metrics_read_them_on_the_server_s_port(
    database_url: str,
) -> None:
    async with running_server(database_url, metrics="on", metrics_token=TOKEN) as served:
        _, reader = await tokens.create(
            account_id=served.api.account_id,
            name="reader",
            user_id=served.api.caller.user_id,
            scopes=[Scope.CONTACTS_READ],
            expires_at=None,
            now=MONDAY,
        )
        asked = (f"Bearer {served.secret}", f"Bearer {TOKEN}", f"Bearer {TOKEN}x", f"Bearer {reader}", None)
        answers = [(await scraped(served, authorization)) for authorization in asked]
        async with served.client() as client:
            posted = await client.post("/metrics")

    assert [answer.status_code for answer in answers] == [200, 200, 401, 403, 401]
    assert [answer.json()["errors"][0]["extensions"]["code"] for answer in answers[2:4]] == [
        "UNAUTHENTICATED",
        "FORBIDDEN",
    ]
    assert (posted.status_code, posted.headers["allow"]) == (405, "GET")


async def test_a_separate_port_serves_the_metrics_alone_and_without_a_token(database_url: str) -> None:
    port = free_port()
    async with running_server(database_url, metrics=str(port)) as served, httpx2.AsyncClient() as client:
        answers = [
            await client.get(f"http://127.0.0.1:{port}/metrics"),
            await client.post(f"http://127.0.0.1:{port}/graphql", json={"query": VALID}, headers=served.headers),
            await scraped(served, f"Bearer {served.secret}"),
        ]
    async with running_server(database_url, metrics=str(port), metrics_token=TOKEN), httpx2.AsyncClient() as client:
        refused = await client.get(f"http://127.0.0.1:{port}/metrics")
    async with running_server(database_url) as served:
        off = await scraped(served, f"Bearer {served.secret}")

    assert [answer.status_code for answer in answers] == [200, 404, 404]
    assert values(read(answers[0].text)["muster_database_up"]) == {(): 1}
    assert (refused.status_code, off.status_code) == (401, 404)


def test_the_first_names_have_series_and_all_others_count_together() -> None:
    engine, metrics = Engine(schema), OperationMetrics()
    documents = [f"query Name{number} {{ viewer {{ account {{ name }} }} }}" for number in range(MOST_NAMES + 50)]
    operations = [OperationFacts(engine.prepare(document), document, "it") for document in documents]
    trusted = "query Trusted { viewer { id } }"
    for facts in [*operations * 2, OperationFacts(engine.prepare(trusted), trusted, "it", is_trusted=True)]:
        metrics.note(facts, Deadline(1.0), Outcome.OK)

    [counted] = [metric for metric in metrics.collect() if metric.name == "muster_operations"]
    counts = values(counted, "operation")
    assert len(counts) == MOST_NAMES + 2
    assert (counts[("Name0",)], counts[("Trusted",)]) == (2, 1)
    assert counts[("other",)] == 100


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_one_scrape_has_all_workers_and_a_replaced_worker_keeps_its_number(
    database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    settings = {"metrics": "on", "metrics_token": TOKEN, "workers": 2}
    async with started(database_url, "-m", "muster", "serve", **settings) as (url, process):
        async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}) as client:
            before = await _starts(client, url, lambda starts: len(starts) == 2)
            os.kill(process.pid, signal.SIGHUP)
            after = await _starts(
                client, url, lambda starts: len(starts) == 2 and not set(starts.values()) & set(before.values())
            )
        files = {path.name for directory in tmp_path.glob("muster-workers-*") for path in directory.iterdir()}

    assert before.keys() == {("1",), ("2",)}
    assert after.keys() <= {("1",), ("2",), ("3",)}
    assert files <= {f"{number}.{kind}" for number in (1, 2, 3) for kind in ("lock", "socket")}
    assert list(tmp_path.glob("muster-workers-*")) == []


async def _starts(
    client: httpx2.AsyncClient, url: str, is_enough: Callable[[dict[tuple[str, ...], float]], bool]
) -> dict[tuple[str, ...], float]:
    """Returns the start times of the workers by number, once they are enough."""
    async with asyncio.timeout(TIMEOUT):
        while True:
            response = await client.get(url.replace("graphql", "metrics"), headers={"Connection": "close"})
            starts = values(read(response.text)["process_start_time_seconds"], "worker")
            if is_enough(starts):
                return starts
            await asyncio.sleep(0.1)


def test_the_outcome_tells_the_failures_of_the_server_from_those_of_the_client() -> None:
    errors = (ClientDisconnected(), RequestError(RequestErrorKind.SYNTAX, []), refuse(429, ""), DeadlineExceeded())
    codes = ("BAD_USER_INPUT", "FORBIDDEN", INTERNAL, "UNAVAILABLE")

    assert [outcome_of(error) for error in errors] == ["disconnected", "refused", "refused", "failed"]
    outcomes = [outcome_with([{"extensions": {"code": code}}]) for code in codes]
    assert outcomes == ["errors", "errors", "failed", "failed"]
