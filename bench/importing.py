"""Imports a file of contacts into a server."""

import json
from pathlib import Path

import httpx2

from bench.file_server import Figures, measured
from bench.watch import Watch

_IMPORT = """
mutation ($file: Upload!) {
  importContacts(input: {file: $file, waitSeconds: 0}) { job { id } errors { message } }
}
"""


async def by_muster(
    kind: str, rows: int, file: Path, *, url: str, secret: str, watch: Watch, target: str = "import: muster"
) -> Figures:
    async def start(client: httpx2.AsyncClient) -> str:
        with file.open("rb") as opened:
            answer = await client.post(
                "/graphql",
                data={
                    "operations": json.dumps({"query": _IMPORT, "variables": {"file": None}}),
                    "map": '{"0": ["variables.file"]}',
                },
                files={"0": ("people.csv", opened, "text/csv")},
            )
        return str(answer.json()["data"]["importContacts"]["job"]["id"])

    figures, _ = await measured(kind, target, rows, url=url, secret=secret, watch=watch, start=start)
    return figures
