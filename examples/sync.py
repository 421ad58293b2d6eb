#!/usr/bin/env python3
"""Keeps an SQLite file in step with the contacts, lists, opt-outs and users of an account.

    MUSTER_TOKEN=muster_… python examples/sync.py contacts.db --every 10

The first run loads everything, and later runs load only changes. The program can be killed at any time: each page and
its cursor are one transaction of the file, so the next run continues where this one ended. The token needs the scope
CONTACTS_READ. docs/sync.md explains the method.
"""

import argparse
import json
import os
import sqlite3
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))  # lets it run as a file, too

from examples.load_contacts import Failed, Muster

Object = dict[str, Any]

EXPIRED = 410
TABLES = """
CREATE TABLE IF NOT EXISTS object (id TEXT PRIMARY KEY, kind TEXT NOT NULL, data TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS progress (name TEXT PRIMARY KEY, value TEXT);
"""
FIELDS = {
    "CONTACT": "id phone name email tags isOptedOut deletedAt lists { id }",
    "CONTACT_LIST": "id name contactCount",
    "OPT_OUT": "id phone isOptedOut changedAt",
    "USER": "id name email role isActive",
}
TYPES = {"CONTACT": "Contact", "CONTACT_LIST": "ContactList", "OPT_OUT": "OptOut", "USER": "User"}
PAGE = "nodes {{ {fields} }} pageInfo {{ endCursor hasNextPage }}"
LOADS = {
    "USER": "users(first: 100, after: $after)",
    "CONTACT_LIST": "contactLists(first: 100, after: $after)",
    "CONTACT": "contacts(first: 100, after: $after, filter: {state: ANY})",
    "OPT_OUT": "optOuts(first: 100, after: $after)",
}
"""The connection of each kind. All contacts are loaded, also those in the trash."""


def _aliased(kind: str) -> str:
    """Returns the fields of a kind. Fields that several types have get aliases, because their types may differ."""
    return FIELDS[kind].replace("name", f"{kind}_name: name", 1).replace("email", f"{kind}_email: email", 1)


CHANGES = (
    f"query ($after: String!) {{ changes(after: $after, first: 1000, kinds: [{', '.join(FIELDS)}]) {{ "
    "nodes { kind id object { "
    + " ".join(f"... on {TYPES[kind]} {{ {_aliased(kind)} }}" for kind in FIELDS)
    + " } } pageInfo { endCursor hasNextPage } } }"
)


class Copy:
    """The copy in an SQLite file."""

    def __init__(self, path: Path) -> None:
        self._file = sqlite3.connect(path)
        self._file.executescript(TABLES)

    def step(self, muster: Muster) -> bool:
        """Loads one page. Returns whether there are more. Raises Failed."""
        cursor = self._get("cursor")
        if cursor is None:
            self._begin(muster.run("{ syncCursor }", {})["syncCursor"])
            return True
        waiting = [kind for kind in LOADS if self._get(kind) != "loaded"]
        if waiting:
            self._load(muster, waiting[0])
            return True
        try:
            page = muster.run(CHANGES, {"after": cursor})["changes"]
        except Failed as error:
            if error.status != EXPIRED:
                raise
            self._clear()
            return True
        with self._file:
            for change in page["nodes"]:
                self._apply(change)
            self._set("cursor", page["pageInfo"]["endCursor"])
        return bool(page["pageInfo"]["hasNextPage"])

    def objects(self) -> dict[str, Object]:
        """Returns all objects by id."""
        return {id: json.loads(data) for id, data in self._file.execute("SELECT id, data FROM object")}

    def count(self) -> int:
        return int(self._file.execute("SELECT count(*) FROM object").fetchone()[0])

    def _get(self, name: str) -> str | None:
        row = self._file.execute("SELECT value FROM progress WHERE name = ?", (name,)).fetchone()
        return None if row is None else row[0]

    def _set(self, name: str, value: str) -> None:
        self._file.execute("REPLACE INTO progress VALUES (?, ?)", (name, value))

    def _begin(self, cursor: str) -> None:
        with self._file:
            self._set("cursor", cursor)

    def _clear(self) -> None:
        with self._file:
            self._file.execute("DELETE FROM object")
            self._file.execute("DELETE FROM progress")

    def _load(self, muster: Muster, kind: str) -> None:
        query = f"query ($after: String) {{ page: {LOADS[kind]} {{ {PAGE.format(fields=FIELDS[kind])} }} }}"
        page = muster.run(query, {"after": self._get(f"{kind} after")})["page"]
        with self._file:
            for each in page["nodes"]:
                self._save(kind, each)
            if page["pageInfo"]["hasNextPage"]:
                self._set(f"{kind} after", page["pageInfo"]["endCursor"])
            else:
                self._set(kind, "loaded")

    def _apply(self, change: Object) -> None:
        kind, id = change["kind"], change["id"]
        if change["object"] is not None:
            self._save(kind, {name.removeprefix(f"{kind}_"): value for name, value in change["object"].items()})
            return
        self._file.execute("DELETE FROM object WHERE id = ?", (id,))
        if kind == "CONTACT_LIST":  # the server sends no change for its members
            members = "SELECT data FROM object WHERE kind = 'CONTACT' AND data LIKE ?"
            for (data,) in self._file.execute(members, (f"%{id}%",)).fetchall():
                contact = json.loads(data)
                self._save("CONTACT", contact | {"lists": [each for each in contact["lists"] if each["id"] != id]})

    def _save(self, kind: str, each: Object) -> None:
        self._file.execute("REPLACE INTO object VALUES (?, ?, ?)", (each["id"], kind, json.dumps(each)))


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0, or 1 if the server refuses or can't be reached."""
    parser = argparse.ArgumentParser(description="Keep an SQLite file in step with an account.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--url", default="http://127.0.0.1:8000/graphql", help="default: %(default)s")
    parser.add_argument("--token", default=os.environ.get("MUSTER_TOKEN"), help="default: $MUSTER_TOKEN")
    parser.add_argument("--every", type=float, metavar="SECONDS", help="poll until interrupted; default: run once")
    given = parser.parse_args(arguments)
    if not given.token:
        parser.error("the token is missing: use --token, or set MUSTER_TOKEN in the environment")
    copy, muster = Copy(given.file), Muster(given.url, given.token)
    while True:
        try:
            while copy.step(muster):
                pass
        except Failed as error:
            print(error, file=sys.stderr)
            return 1
        print(f"{copy.count()} objects")
        if given.every is None:
            return 0
        time.sleep(given.every)


if __name__ == "__main__":
    sys.exit(main())
