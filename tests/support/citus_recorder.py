"""Checks each new SQL text that the program runs on PostgreSQL against the rules of `tests.support.citus_rules`."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import models
from models.db import database
from tests.support.citus_rules import findings

_ROOT = str(Path(__file__).parents[2])
_MACHINERY = ("models/db/", ".venv/")
_ALL = "across accounts"
_UNCOUNTED = "the caller does not use the row count"
EXCEPTIONS = {
    "commands/": "a command looks at all accounts",
    "models/migrations/": "a migration changes all accounts, in steps",
    "services/account_queue.py::": "the notes are on the coordinator, and they are made for all accounts",
    "services/accounts/identity_sql.py::only_account": _ALL,
    "services/accounts/token_sql.py::look_up": "the account of a secret is unknown before the look-up",
    "services/accounts/usage.py::_add": _ALL,
    "services/accounts/usage.py::purge_expired": _ALL,
    "services/audit/retention.py::purge_expired": _ALL,
    "services/batch_delete.py::": _ALL,
    "services/campaigns/audience.py::add_lists": _UNCOUNTED,
    "services/campaigns/table.py::_date_segments": _UNCOUNTED,
    "services/changes/retention.py::purge_expired": _ALL,
    "services/contacts/shared_changes.py::": "a cluster does not use these statements",
    "services/contacts/value_counts.py::_delete_unused": _ALL,
    "services/contacts/value_counts.py::_unused": _ALL,
    "services/contacts/value_counts.py::add": _UNCOUNTED,
    "services/contacts/value_counts.py::add_staged": _UNCOUNTED,
    "services/demo/account.py::": "the demo account is unknown before the look-up",
    "services/events/outbox.py::": _ALL,
    "services/history/retention.py::": _ALL,
    "services/jobs/": _ALL,
    "services/lists/named_lists.py::create_missing": _UNCOUNTED,
    "services/messages/table.py::erase": _UNCOUNTED,
    "services/purge_log.py::": _ALL,
    "services/contacts/search_index.py::": _ALL,
    "services/subscriptions/change_log.py::publish_purge": _ALL,
    "services/subscriptions/registry.py::": _ALL,
    "services/webhooks/endpoints.py::selections": _ALL,
    "services/webhooks/queue.py::": _ALL,
    "services/write_probe.py::": "the probe writes to the oldest account",
}
"""The places whose statements need not follow the rules, each with a reason. A place is the beginning of a file and a
function."""

_checked: set[str] = set()


@contextmanager
def recorded_findings() -> Iterator[list[str]]:
    """Yields a list, and adds what is wrong with the new statements that the program runs on PostgreSQL inside.

    A process checks a text only once. Statements of tests are not checked.
    """
    found: list[str] = []

    def watch(sql: str) -> None:
        if sql in _checked or not database.is_postgres() or (place := _place()) is None:
            return
        _checked.add(sql)
        rules = {f"{one.rule}: {one.table}" for one in findings(sql, _distributed())}
        if rules and not place.startswith(tuple(EXCEPTIONS)):
            found.append(f"{place} ({', '.join(sorted(rules))})\n{sql}")

    database.statement_watchers.append(watch)
    try:
        yield found
    finally:
        database.statement_watchers.remove(watch)


def _place() -> str | None:
    """Returns the file and the function that run the statement, or None if they belong to a test."""
    frame = sys._getframe(2)
    while (file := frame.f_code.co_filename.removeprefix(f"{_ROOT}/")).startswith(("/", "<", *_MACHINERY)):
        if frame.f_back is None:
            return None
        frame = frame.f_back
    return None if file.startswith(("tests/", "bench/")) else f"{file}::{frame.f_code.co_name}"


@cache
def _distributed() -> Mapping[str, str]:
    """Returns the tables of an account, each with its distribution column."""
    tables = [getattr(models, name)._meta for name in models.__all__]
    found = {table.db_table: "account_id" for table in tables if {"account", "account_id"} & table.fields_map.keys()}
    return {**found, "account": "id"}
