"""The benchmark measures what it claims, and always cleans up."""

import asyncio
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bench import client, data, files, webhooks, writing
from bench.client import Order
from bench.data import NETWORK_CHECK, POLICY, REGION, ROOT, DataSet, fill_sqlite
from bench.report import Round, compared
from models import Contact
from services.demo.people import COUNTRIES
from services.phones.numbers import facts, read
from tests.support.servers.processes import is_running


def test_contacts_are_newest_first_by_id_as_by_date() -> None:
    pieces = [piece for piece in DataSet(600).pieces() if piece.table == "contact"]

    account, made, id_ = (pieces[0].columns.index(name) for name in ("account_id", "created_at", "id"))
    contacts = [row for piece in pieces for row in piece.rows]
    rows = sorted(contacts, key=lambda row: (row[account], row[id_]))
    assert len(rows) == 612
    assert rows == sorted(contacts, key=lambda row: (row[account], row[made]))


def test_what_is_known_of_the_contacts_does_not_depend_on_how_many_are_made_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = []
    for size in (10_000, 7):
        monkeypatch.setattr(data, "_PIECE", size)
        data_set = DataSet(600)
        rows: dict[str, list[tuple[Any, ...]]] = {}
        for piece in data_set.pieces():
            rows.setdefault(piece.table, []).extend(piece.rows)
        made.append((rows, data_set.facts()))

    assert made[0] == made[1]
    (rows, known) = made[0]
    columns = next(piece.columns for piece in DataSet(600).pieces() if piece.table == "contact")
    contacts = [dict(zip(columns, row, strict=True)) for row in rows["contact"]]
    live = [row for row in contacts if str(row["account_id"]) == known.account_id and row["deleted_at"] is None]
    newer = [row for row in live if str(row["id"]) > known.middle_id]
    assert set(known.phones) == {row["phone"] for row in live}
    assert len(live) // 2 - 1 <= len(newer) <= len(live) // 2


def test_sqlite_is_measured_without_statistics_that_the_product_does_not_collect(tmp_path: Path) -> None:
    fill_sqlite(tmp_path / "muster.db", DataSet(600))

    with closing(sqlite3.connect(tmp_path / "muster.db")) as connection:
        found = connection.execute("SELECT name FROM sqlite_master WHERE name LIKE 'sqlite_stat%'").fetchall()
    assert found == []


def test_numbers_that_are_written_are_new_and_each_is_written_once() -> None:
    phones = [read(writing.person(place)["phone"], region=REGION, policy=POLICY) for place in range(5_000)]

    taken = tuple(prefix for country in COUNTRIES.values() for prefix in country.prefixes)
    assert len(set(phones)) == 5_000
    assert all(isinstance(phone, str) and not phone[1:].startswith(taken) for phone in phones)
    assert {facts(str(phone), network_check=NETWORK_CHECK).country for phone in phones} == {"KE", "NG", "ZA", "GH"}


def test_a_batch_for_a_campaign_has_known_and_new_numbers_in_turn() -> None:
    data_set = DataSet(600)
    assert list(data_set.pieces())
    facts_of_large = data_set.facts()

    batches = [writing.campaign_batch(facts_of_large, place)["contacts"] for place in range(3)]

    phones = [read(row["contact"], region=REGION, policy=POLICY) for rows in batches for row in rows]
    assert [len(rows) for rows in batches] == [writing.BATCH] * 3
    assert set(phones[::2]) <= set(facts_of_large.phones)
    assert len(set(phones[1::2]) - set(facts_of_large.phones)) == 3 * writing.NEW_OF_BATCH


def test_the_key_of_the_data_depends_only_on_what_generates_it() -> None:
    found = [file.relative_to(ROOT) for pattern in data._MADE_OF for file in ROOT.glob(pattern)]

    assert all(any(ROOT.glob(pattern)) for pattern in data._MADE_OF)
    assert [file for file in found if file.parts[0] == "bench"] == [Path("bench/data.py")]


async def test_a_connection_asks_an_errand_in_its_order_and_each_errand_once() -> None:
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            asked.append(line.strip())
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    errands = [[b"create %d\n" % place, b"update %d\n" % place] for place in range(5)]

    seen = await client.load(Order(server.sockets[0].getsockname()[1], errands, 2, seconds=None))

    server.close()
    assert seen.total == len(seen.latencies_ms) == 10
    assert Counter(asked) == Counter(request.strip() for errand in errands for request in errand)
    assert all(asked.index(b"create %d" % place) < asked.index(b"update %d" % place) for place in range(5))


async def test_a_load_that_may_be_refused_goes_on_after_a_pause() -> None:
    statuses = iter([200, 429, 503, 200])

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readline():
            writer.write(b"HTTP/1.1 %d Said\r\nContent-Length: 2\r\n\r\n{}" % next(statuses))
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    errands = [[b"ask\n"]] * 4

    seen = await client.load(Order(port, errands, 1, seconds=None, refusal_pause=0.01))
    statuses = iter([429])
    with pytest.raises(RuntimeError, match="429"):
        await client.load(Order(port, errands, 1, seconds=None))

    server.close()
    assert seen.total == 4


def test_the_receiver_of_events_counts_whole_requests_on_all_connections() -> None:
    head, body = b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n", b"event"

    with webhooks.receiving() as (port, arrived):
        for pieces in ([head, body, head + body], [head + body]):
            with socket.create_connection(("127.0.0.1", port)) as connection:
                for piece in pieces:
                    connection.sendall(piece)
                    if piece.endswith(body):
                        assert connection.recv(100) == b"HTTP/1.1 204 No Content\r\n\r\n"
        webhooks.wait(arrived, 3)

    assert len(arrived) == 3
    assert arrived == sorted(arrived)


def test_the_import_that_the_bench_compares_with_writes_columns_of_contacts() -> None:
    assert set(files.WRITTEN) <= set(Contact._meta.fields_db_projection.values())


def test_beside_a_load_the_ratio_is_of_the_99th_percentiles() -> None:
    alone, loaded = Round(100, [1.0, 2.0], 1.0, 10), Round(50, [3.0, 5.0], 1.0, 10)

    lines = compared("beside", "sqlite", [("page", alone), ("page loaded", loaded)], ratio_of="p99_ms")

    assert [(line["target"], line["p99_ms"], line["ratio"]) for line in lines] == [
        ("page", 2.0, 1.0),
        ("page loaded", 5.0, 2.5),
    ]


def test_the_ratio_is_of_requests_in_the_same_round() -> None:
    floor = [Round(100, [1.0], 1.0, 10), Round(50, [2.0], 1.0, 10)]
    muster = [Round(80, [1.0], 1.0, 10), Round(40, [3.0], 1.0, 12)]
    measured = [("floor", floor[0]), ("muster", muster[0]), ("muster", muster[1]), ("floor", floor[1])]

    _, line = compared("page", "sqlite", measured)

    assert (line["ratio"], line["req_s"], line["p99_ms"], line["rss_mib"]) == (0.8, 60, 3.0, 12)
    assert (line["lowest"], line["highest"], line["p99_ratio"]) == (0.8, 0.8, 1.5)


def test_work_is_counted_for_each_second_of_a_core_and_each_gibibyte() -> None:
    rounds = [Round(512, [1.0], 0.75, 64, 0.25), Round(1024, [1.0], 0.25, 128, 0.25)]

    [line] = compared("page", "postgres", [("muster", one) for one in rounds])

    assert (line["req_core_s"], line["req_gb_s"], line["db_cpu_ms"]) == (1500, 8192, 0.25)


_STARTS_A_SLEEPER = """
import time
from bench.processes import running
with running(["sleep", "60"]) as sleeper:
    print(sleeper.pid, flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks at /proc")
def test_what_a_killed_bench_had_started_ends() -> None:
    bench = subprocess.Popen([sys.executable, "-c", _STARTS_A_SLEEPER], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert bench.stdout is not None
    sleeper = int(bench.stdout.readline())

    os.kill(bench.pid, signal.SIGKILL)
    bench.wait()

    until = time.monotonic() + 60
    while is_running(sleeper) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_running(sleeper)
