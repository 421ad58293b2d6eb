"""Limits for uploaded files, and the files that a process leaves behind if it is killed during an upload."""

import os
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.requests import uploads
from tests.support.api_client import MONDAY
from tests.support.uploads import (
    ATTACH,
    FILE,
    FILE_MAP,
    PREFLIGHT,
    RECEIVE,
    SHEET,
    code_of,
    form,
    operations,
    running_upload_server,
)


async def test_files_beyond_the_limit_are_413(db: None, spool: Path) -> None:
    async with running_upload_server(spool, max_body_bytes=1000, max_upload_bytes=100_000) as site:

        def body(size: int) -> bytes:
            return form(
                operations(ATTACH, input={"file": None, "more": [None]}),
                ("map", {"0": ["variables.input.file"], "1": ["variables.input.more.0"]}),
                ("0", b"x" * 50_000, "a.csv"),
                ("1", b"x" * size, "b.csv"),
            )

        async def streamed() -> AsyncIterator[bytes]:
            yield body(50_001)

        headers = {"Content-Type": "multipart/form-data; boundary=X", **site.headers, **PREFLIGHT}
        exactly = await site.post(body(50_000))
        beyond = await site.post(body(50_001))
        without_length = await site.client.post("/graphql", content=streamed(), headers=headers)
        far_beyond = await site.post(body(500_000))

    assert [answer.status_code for answer in (exactly, beyond, without_length, far_beyond)] == [200, 413, 413, 413]
    assert [code_of(answer) for answer in (beyond, without_length, far_beyond)] == ["FILE_TOO_LARGE"] * 3
    assert site.left() == []


@pytest.mark.parametrize("name", ["operations", "map"])
async def test_operations_and_map_are_limited_as_a_json_body_is(db: None, spool: Path, name: str) -> None:
    async with running_upload_server(spool, max_body_bytes=1000) as site:
        padded = {"operations": operations(RECEIVE.ljust(1200), file=None), "map": ("map", b" " * 1200)}
        parts = {"operations": operations(RECEIVE, file=None), "map": FILE_MAP} | {name: padded[name]}

        response = await site.post(form(parts["operations"], parts["map"], FILE))

    assert (response.status_code, code_of(response)) == (413, "BAD_USER_INPUT")


async def test_a_large_file_is_never_in_memory_as_a_whole(db: None, spool: Path) -> None:
    size, piece = 30_000_000, b"254712345678,Zuri\n" * 3000
    head = form(operations(RECEIVE, file=None), FILE_MAP, ("0", b"", "big.csv"), end=b"")[:-2]

    async def body() -> AsyncIterator[bytes]:
        yield head
        for _ in range(size // len(piece)):
            yield piece
        yield b"\r\n--X--\r\n"

    async with running_upload_server(spool, max_upload_bytes=40_000_000) as site:
        headers = {"Content-Type": "multipart/form-data; boundary=X", **site.headers, **PREFLIGHT}
        tracemalloc.start()
        try:
            response = await site.client.post("/graphql", content=body(), headers=headers)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert response.json()["data"]["receive"]["size"] == size // len(piece) * len(piece)
    assert peak < 8_000_000


def test_what_a_killed_process_left_behind_goes_after_an_hour(spool: Path) -> None:
    old, fresh, foreign = (spool / name for name in ("muster-upload-old", "muster-upload-fresh", "other"))
    for path, hours in ((old, 2), (fresh, 0.5), (foreign, 2)):
        path.write_bytes(SHEET)
        os.utime(path, (MONDAY.timestamp() - hours * 3600,) * 2)

    count = uploads.remove_abandoned(spool, now=MONDAY)

    assert count == 1
    assert sorted(spool.iterdir()) == [fresh, foreign]
