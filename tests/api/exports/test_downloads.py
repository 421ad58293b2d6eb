"""A signed link downloads the file of a job: whole, in parts, and for an hour."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from models.db import database
from server import create_app
from services.accounts.authentication import Role as AccountRole
from services.jobs import files as job_files, leases_sql as leases, queue as jobs
from services.jobs.files import KEPT_FOR, PIECE_BYTES, FileRole
from services.jobs.queue import JobKind
from services.jobs.worker import Work, Worker
from settings import Settings
from tests.support.api_client import DAY, HOUR, MONDAY, Api

CONTENT = bytes(range(256)) * (2 * PIECE_BYTES // 256) + b"the end"
SIZE = len(CONTENT)


class HttpServer:
    """The downloads of a server at an instant."""

    def __init__(self, api: Api) -> None:
        self.now = MONDAY
        app = create_app(Settings(public_url="https://muster.example.com"))
        app.clock = lambda: self.now
        self.client = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=app),
            base_url="https://muster.example.com",
            headers={"Accept-Encoding": "identity"},
        )
        self.api = api

    async def link(self, now: datetime = MONDAY) -> str:
        found = await self.api.at(now).run("{ jobs { nodes { downloadUrl } } }")
        return str(found["jobs"]["nodes"][0]["downloadUrl"])

    async def get(self, link: str, **headers: str) -> httpx2.Response:
        return await self.client.get(link, headers={name.replace("_", "-"): text for name, text in headers.items()})


@pytest.fixture
async def site(api: Api, tmp_path: Path) -> AsyncIterator[HttpServer]:
    path = tmp_path / "made.csv"
    path.write_bytes(CONTENT)
    await jobs.create(account_id=api.account_id, kind=JobKind.EXPORT, task="make", input={}, now=MONDAY)

    async def make(work: Work) -> None:
        await job_files.keep_output(work, path, name='Contacts "é".csv', media_type="text/csv; charset=utf-8")

    await Worker({"make": make}, clock=lambda: MONDAY).run_all()
    site = HttpServer(api)
    async with site.client:
        yield site


async def test_a_link_gives_the_whole_file_under_its_name(site: HttpServer) -> None:
    answer = await site.get(await site.link())

    assert answer.status_code == 200
    assert answer.content == CONTENT
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-length"] == str(SIZE)
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"Contacts ___.csv\"; filename*=UTF-8''Contacts%20%22%C3%A9%22.csv"
    )


async def test_a_link_is_for_the_maker_for_managers_and_for_tokens_without_a_user(site: HttpServer) -> None:
    _, maker = await site.api.make_user("Maker")
    _, agent = await site.api.make_user("Agent")
    _, manager = await site.api.make_user("Manager", AccountRole.MANAGER)
    await database.execute("UPDATE job SET created_by_id = $1", maker.caller.user_id)

    async def is_linked(api: Api) -> bool:
        found = await api.run("{ jobs { nodes { id downloadUrl } } }")
        return found["jobs"]["nodes"][0]["downloadUrl"] is not None

    callers = (maker, agent, manager, site.api, site.api.without_user())
    assert [await is_linked(caller) for caller in callers] == [True, False, True, True, True]
    await database.execute("UPDATE job SET created_by_id = NULL")
    assert [await is_linked(caller) for caller in (maker, manager)] == [False, True]


async def test_a_whole_file_is_compressed_for_clients_that_accept_it_and_a_part_is_not(site: HttpServer) -> None:
    link = await site.link()
    plain = await site.get(link)
    packed = await site.get(link, Accept_Encoding="gzip")
    part = await site.get(link, Accept_Encoding="gzip", Range="bytes=0-9")
    resumed = await site.get(link, Accept_Encoding="gzip", Range="bytes=0-9", If_Range=packed.headers["etag"])

    assert "content-encoding" not in plain.headers
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"
    assert (packed.headers["content-encoding"], packed.content) == ("gzip", CONTENT)
    assert {"content-length", "accept-ranges"}.isdisjoint(packed.headers)
    assert packed.headers["etag"] == f"W/{plain.headers['etag']}"
    assert (part.status_code, part.content, part.headers.get("content-encoding")) == (206, CONTENT[:10], None)
    assert (resumed.status_code, resumed.content) == (200, CONTENT)


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-9", 0, 10),
        (f"bytes={PIECE_BYTES - 5}-{PIECE_BYTES + 4}", PIECE_BYTES - 5, PIECE_BYTES + 5),
        (f"bytes={SIZE - 3}-", SIZE - 3, SIZE),
        ("bytes=-7", SIZE - 7, SIZE),
        (f"bytes=-{SIZE + 10}", 0, SIZE),
        (f"bytes=10-{SIZE + 10}", 10, SIZE),
        (f"bytes={2 * PIECE_BYTES}-{2 * PIECE_BYTES}", 2 * PIECE_BYTES, 2 * PIECE_BYTES + 1),
    ],
)
async def test_a_part_is_given_exactly(site: HttpServer, asked: str, start: int, stop: int) -> None:
    answer = await site.get(await site.link(), Range=asked)

    assert answer.status_code == 206
    assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/{SIZE}"
    assert answer.content == CONTENT[start:stop]


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "bytes=5-2", "items=0-1", "bytes=-", "bytes=a-b"])
async def test_what_asks_for_no_single_part_is_answered_with_the_whole(site: HttpServer, asked: str) -> None:
    answer = await site.get(await site.link(), Range=asked)

    assert (answer.status_code, len(answer.content)) == (200, SIZE)


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", "bytes=-0"])
async def test_a_part_beyond_the_end_is_refused_with_the_size(site: HttpServer, asked: str) -> None:
    answer = await site.get(await site.link(), Range=asked)

    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{SIZE}")


async def test_a_part_of_a_file_that_is_another_by_now_is_the_whole_file(site: HttpServer) -> None:
    link = await site.link()
    tag = (await site.get(link)).headers["etag"]

    same = await site.get(link, Range="bytes=0-1", If_Range=tag)
    other = await site.get(link, Range="bytes=0-1", If_Range='"other"')

    assert (same.status_code, other.status_code) == (206, 200)


async def test_a_part_beyond_all_numbers_is_as_any_other_that_is_not_there(site: HttpServer) -> None:
    link, beyond = await site.link(), "9" * 5_000

    nowhere = await site.get(link, Range=f"bytes={beyond}-")
    up_to_the_end = await site.get(link, Range=f"bytes=-{beyond}")

    assert (nowhere.status_code, up_to_the_end.status_code, len(up_to_the_end.content)) == (200, 200, SIZE)


async def test_a_link_works_for_an_hour_and_a_new_one_is_there_for_the_asking(site: HttpServer) -> None:
    link = await site.link()

    site.now = MONDAY + HOUR - timedelta(seconds=1)
    in_time = await site.get(link)
    site.now = MONDAY + HOUR
    late = await site.get(link)
    again = await site.get(await site.link(MONDAY + HOUR))

    assert [answer.status_code for answer in (in_time, late, again)] == [200, 403, 200]
    message = "The link is wrong, or older than an hour. Query the job for a new one."
    assert late.json() == {"errors": [{"message": message, "extensions": {"code": "FORBIDDEN"}}]}
    assert late.headers["content-type"] == "application/json; charset=utf-8"


async def test_a_link_that_was_changed_is_refused(site: HttpServer, stranger: Api) -> None:
    link = await site.link()
    theirs = (await stranger.run("{ viewer { account { id } } }"))["viewer"]["account"]["id"]
    ours = (await site.api.run("{ viewer { account { id } } }"))["viewer"]["account"]["id"]
    head, _, expires = link.partition("expires=")

    longer = await site.get(f"{head}expires={int(expires.partition('&')[0]) + 60}&{expires.partition('&')[2]}")
    elsewhere = await site.get(link.replace(ours, theirs))
    unsigned = await site.get(link.partition("&signature")[0])
    wordy = await site.get(f"{head}expires=soon&signature=é")
    garbage = await site.get("/exports/job_1?account=acc_1")

    refused = (longer, elsewhere, unsigned, wordy, garbage)
    assert [one.status_code for one in refused] == [403, 404, 403, 403, 404]
    assert all(one.json()["errors"][0]["extensions"]["code"] for one in refused)


async def test_asking_for_the_head_alone_gives_no_content(site: HttpServer) -> None:
    answer = await site.client.head(await site.link())

    assert (answer.status_code, answer.headers["content-length"], answer.content) == (200, str(SIZE), b"")


async def test_a_file_is_kept_for_a_week_and_so_is_an_upload_that_no_job_came_of_for_a_day(
    site: HttpServer, tmp_path: Path
) -> None:
    orphan = database.uuid7(MONDAY)
    with (tmp_path / "made.csv").open("rb") as file:
        await job_files.keep(account_id=site.api.account_id, job_id=orphan, role=FileRole.INPUT, file=file)

    async def kept_at(now: datetime) -> tuple[str | None, int]:
        await job_files.remove_expired(now=now)
        pieces = await database.fetch("SELECT 1 FROM job_file WHERE account_id = $1", site.api.account_id)
        found = await site.api.run("{ jobs { nodes { downloadUrl } } }")
        return found["jobs"]["nodes"][0]["downloadUrl"] and "a link", len(pieces)

    assert await kept_at(MONDAY + HOUR) == ("a link", 6)
    assert await kept_at(MONDAY + DAY + HOUR) == ("a link", 3)
    assert await kept_at(MONDAY + KEPT_FOR) == (None, 0)


async def test_what_a_job_has_made_outlives_what_it_was_made_of(site: HttpServer, tmp_path: Path) -> None:
    link = await site.link()
    [job] = await database.fetch("SELECT id FROM job WHERE account_id = $1", site.api.account_id)
    with (tmp_path / "made.csv").open("rb") as file:
        await job_files.keep(account_id=site.api.account_id, job_id=job["id"], role=FileRole.INPUT, file=file)

    await job_files.remove_expired(now=MONDAY + DAY + HOUR)

    left = await database.fetch("SELECT DISTINCT role FROM job_file WHERE account_id = $1", site.api.account_id)
    assert [row["role"] for row in left] == ["OUTPUT"]
    assert (await site.get(link)).content == CONTENT


async def test_a_worker_that_has_lost_its_job_does_not_touch_the_file_of_the_one_that_has_it(
    api: Api, tmp_path: Path
) -> None:
    """The first worker may have been frozen just before it rewrote the file."""
    job_id = await jobs.create(account_id=api.account_id, kind=JobKind.EXPORT, task="export", input={}, now=MONDAY)
    lost, has_it = await leases.claim(now=MONDAY), await leases.claim(now=MONDAY + HOUR)
    assert lost is not None
    assert has_it is not None

    async def keep(row: Any, content: bytes) -> None:
        path = tmp_path / "made.csv"
        path.write_bytes(content)
        await job_files.keep_output(Work(row, lambda: MONDAY), path, name="made.csv", media_type="text/csv")

    await keep(has_it, b"whole")
    with pytest.raises(leases.LeaseLost):
        await keep(lost, b"late")

    pieces = job_files.read(account_id=api.account_id, job_id=job_id, role=FileRole.OUTPUT)
    assert [piece async for piece in pieces] == [b"whole"]
