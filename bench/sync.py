"""`python -m bench.sync`: measures examples/sync.py, the client that keeps a copy of an account in an SQLite file.

It measures a first load, a delta after it, and a delta of 100 changed contacts beside a page of 100 contacts. The page
selects the same fields. A load of a million contacts takes minutes.

The case `delta` of `python -m bench` compares the same two under load, with the fields of the case `page`. The changed
contacts are spread over the account.
"""

import tempfile
import time
from argparse import ArgumentParser
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from bench import data, measuring, report
from bench.cases import CONNECTIONS, FIELDS_OF_PAGE
from bench.databases import DATABASES, Copies, available
from bench.report import Line, Round
from bench.servers import MUSTER, Failed, Request, Server
from examples.load_contacts import Muster
from examples.sync import FIELDS, Copy

NAME = "delta"
_SIZE = 100
_CHANGES = """
query Changes($after: String!) {
  changes(after: $after, first: 100, kinds: [CONTACT]) {
    nodes { kind id isDeleted object { ... on Contact { FIELDS } } } pageInfo { endCursor }
  }
}
"""
_PAGE = "query Page { contacts(first: 100) { nodes { FIELDS } pageInfo { endCursor } } }"
_WRITE = """
mutation ($id: ID!, $name: String!) { updateContact(input: {contact: {id: $id}, name: $name}) { errors { message } } }
"""


def measure(copies: Copies, count: int, seconds: float) -> list[Line]:
    """Measures both pages in each round, first that of contacts."""
    with copies.copy(NAME) as url, MUSTER.serve(url, copies) as muster:
        rounds = _rounds(muster, copies.facts.contact_ids[:_SIZE], FIELDS_OF_PAGE, count, seconds, CONNECTIONS)
        return report.compared(NAME, copies.database, rounds)


def _rounds(
    server: Server, ids: Sequence[str], fields: str, count: int, seconds: float, connections: int
) -> Iterator[tuple[str, Round]]:
    page = Request(_PAGE.replace("FIELDS", fields))
    after = server.ask(Request("{ syncCursor }"))["syncCursor"]
    changes = Request(_CHANGES.replace("FIELDS", fields), {"after": after})
    _change(server, ids, "Changed")
    found = server.ask(changes)["changes"]["nodes"]
    if {node["object"]["id"] for node in found} != set(ids):
        raise Failed(f"{NAME}: the page of changes has {len(found)} objects instead of the {len(ids)} changed ones")
    for _ in range(count):
        yield "page", measuring.load(server, [[page]], seconds, connections)
        yield "changes", measuring.load(server, [[changes]], seconds, connections)


def main() -> None:
    parser = ArgumentParser(prog="python -m bench.sync", description="Muster's changes and the example client.")
    parser.add_argument("--databases", nargs="+", choices=DATABASES, default=[*DATABASES])
    parser.add_argument("--contacts", type=int, default=data.CONTACTS, help="contacts of the account")
    parser.add_argument("--rounds", type=int, default=10, help="rounds of deltas and pages (default: 10)")
    options = parser.parse_args()
    for name in available(options.databases):
        with (
            DATABASES[name](options.contacts) as copies,
            copies.copy("sync") as url,
            MUSTER.serve(url, copies) as server,
        ):
            print(f"{name}, {options.contacts:,} contacts", flush=True)
            ids = copies.facts.contact_ids[:_SIZE]
            _load(server, ids)
            taken: defaultdict[str, list[float]] = defaultdict(list)
            # One request after another.
            for target, one in _rounds(server, ids, FIELDS["CONTACT"], options.rounds, 0.2, connections=1):
                taken[target] += one.latencies_ms
            for target, times in taken.items():
                print(f"  {target} of {len(ids)}: median {median(times):.1f} ms, least {min(times):.1f} ms", flush=True)


def _load(server: Server, ids: Sequence[str]) -> None:
    muster = Muster(f"http://127.0.0.1:{server.port}/graphql", server.tokens[0])
    with tempfile.TemporaryDirectory() as directory:
        copy = Copy(Path(directory) / "copy.db")

        def synchronize() -> float:
            """Returns the seconds."""
            started = time.perf_counter()
            while copy.step(muster):
                pass
            return time.perf_counter() - started

        seconds = synchronize()
        print(f"  first load: {copy.count():,} objects in {seconds:.1f} s", flush=True)
        _change(server, ids, "Loaded")
        print(f"  delta of {len(ids)} contacts into the file: {synchronize() * 1000:.0f} ms", flush=True)


def _change(server: Server, ids: Sequence[str], name: str) -> None:
    """Changes each contact in its own transaction."""
    for place, id in enumerate(ids):
        request = Request(_WRITE, {"id": id, "name": name}, token=place % len(server.tokens))
        if errors := server.ask(request)["updateContact"]["errors"]:
            raise Failed(str(errors))


if __name__ == "__main__":
    main()
