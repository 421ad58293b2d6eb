"""`python -m bench.sync`: measures examples/sync.py, the client that keeps a copy of an account in an SQLite file.

It measures a first load, a delta after it, and a delta of 100 changed contacts beside a page of 100 contacts. The page
selects the same fields. A load of a million contacts takes minutes, so `--no-load` leaves it out.
"""

import statistics
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID

from bench import data
from bench.databases import DATABASES, available
from bench.servers import MUSTER, Server
from bench.watch import Watch
from examples.load_contacts import Muster
from examples.sync import FIELDS, Copy
from schema.ids import IdPrefix, encode

_CHANGED = 100
_CONTACT = FIELDS["CONTACT"]
_PAGE = f"""
query ($after: String) {{
  contacts(first: 100, after: $after) {{ nodes {{ {_CONTACT} }} pageInfo {{ endCursor hasNextPage }} }}
}}
"""
_DELTA = f"""
query ($after: String!) {{
  changes(after: $after, first: 100, kinds: [CONTACT]) {{
    nodes {{ kind id object {{ ... on Contact {{ {_CONTACT} }} }} }} pageInfo {{ endCursor hasNextPage }}
  }}
}}
"""
_WRITE = """
mutation ($id: ID!, $name: String!) { updateContact(input: {contact: {id: $id}, name: $name}) { errors { message } } }
"""


def main() -> None:
    parser = ArgumentParser(prog="python -m bench.sync", description="Muster's changes and the example client.")
    parser.add_argument("--databases", nargs="+", choices=DATABASES, default=[*DATABASES])
    parser.add_argument("--contacts", type=int, default=data.CONTACTS, help="contacts of the account")
    parser.add_argument("--rounds", type=int, default=30, help="deltas and pages (default: 30)")
    parser.add_argument("--no-load", action="store_true", help="measure only the deltas of 100 contacts")
    options = parser.parse_args()
    with Watch() as watch:
        for name in available(options.databases):
            with (
                DATABASES[name](watch, options.contacts) as copies,
                copies.copy("sync") as url,
                MUSTER.serve(url, copies.facts, watch) as server,
            ):
                print(f"{name}, {options.contacts:,} contacts", flush=True)
                ids = [encode(IdPrefix.CONTACT, UUID(id)) for id in copies.facts.contact_ids[:_CHANGED]]
                if not options.no_load:
                    _load(server, ids)
                _compare(server, ids, options.rounds)


def _client(server: Server, token: int = 0) -> Muster:
    return Muster(f"http://127.0.0.1:{server.port}/graphql", server.tokens[token])


def _load(server: Server, ids: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        copy, muster = Copy(Path(directory) / "copy.db"), _client(server)

        def synchronize() -> None:
            while copy.step(muster):
                pass

        seconds = _seconds(synchronize)
        print(f"  first load: {copy.count():,} objects in {seconds:.1f} s", flush=True)
        _change(server, ids, "Loaded")
        print(f"  delta of {len(ids)} contacts into the file: {_seconds(synchronize) * 1000:.0f} ms", flush=True)


def _compare(server: Server, ids: Sequence[str], rounds: int) -> None:
    muster = _client(server)
    after: dict[str, str | None] = {"changes": muster.run("{ syncCursor }", {})["syncCursor"], "contacts": None}
    taken: dict[str, list[float]] = {field: [] for field in after}
    for number in range(rounds):
        _change(server, ids, f"Round {number}")
        for field, query in (("changes", _DELTA), ("contacts", _PAGE)):
            started = time.perf_counter()
            page = muster.run(query, {"after": after[field]})[field]
            taken[field].append((time.perf_counter() - started) * 1000)
            after[field] = page["pageInfo"]["endCursor"]
            if len(page["nodes"]) != len(ids):
                raise RuntimeError(f"{len(page['nodes'])} nodes of {field} instead of {len(ids)}")
    for field, times in taken.items():
        half, least = statistics.median(times), min(times)
        print(f"  {len(ids)} of {field}: median {half:.1f} ms, least {least:.1f} ms, {rounds} rounds", flush=True)


def _change(server: Server, ids: Sequence[str], name: str) -> None:
    """Changes each contact in its own transaction."""
    for place, id in enumerate(ids):
        payload = _client(server, place % len(server.tokens)).run(_WRITE, {"id": id, "name": name})
        if payload["updateContact"]["errors"]:
            raise RuntimeError(str(payload))


def _seconds(call: Callable[[], None]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
