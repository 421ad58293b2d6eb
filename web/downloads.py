"""`GET /exports/<job>`: sends a job's file, or a range of it, to clients with the signed link."""

import re
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from schema.ids import IdPrefix, InvalidId, decode_as
from services.jobs import files as job_files
from services.jobs.files import FileRole
from services.lazy_module import LazyModule
from web.http import responses

if TYPE_CHECKING:
    from services.imports import rejected_rows
else:
    rejected_rows = LazyModule("services.imports.rejected_rows")

_RANGE = re.compile(
    r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII
)  # no file has longer numbers, and Python may refuse to parse them


_EXPIRED = "The link is wrong, or older than an hour. Query the job for a new one."


class _Part(NamedTuple):
    start: int
    stop: int


async def download(request: Request) -> Response:
    """Answers the request. Links expire by `app.clock`."""
    try:
        job_id = decode_as(IdPrefix.JOB, request.path_params["job"])
        account_id = decode_as(IdPrefix.ACCOUNT, request.query_params.get("account", ""))
    except InvalidId:
        return _refused(404, "The file does not exist.")
    output = await job_files.output(account_id=account_id, job_id=job_id)
    if output is None:
        return _refused(404, "The file does not exist, or has been deleted.")
    now: datetime = request.app.clock()
    expires, signature = request.query_params.get("expires", ""), request.query_params.get("signature", "")
    if not job_files.is_signed(signature, output.key, job_id, expires, now=now):
        return _refused(403, _EXPIRED, code="FORBIDDEN")
    if output.size is None:
        await rejected_rows.make(account_id=account_id, job_id=job_id)
        output = await job_files.output(account_id=account_id, job_id=job_id)
        if output is None or output.size is None:
            return _refused(404, "The file does not exist, or has been deleted.")
    size = output.size
    tag = f'"{output.key[:16]}"'
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-store",
        "Content-Disposition": _disposition(output.name),
        "ETag": tag,
    }
    part: _Part | None = _Part(0, size)
    status = 200
    if request.headers.get("if-range", tag) == tag and (wanted := _wanted(request.headers.get("range"), size)):
        part, status = wanted
        if part is None:
            message = f"The range is not in the file of {size} bytes."
            return _refused(416, message, headers={"Content-Range": f"bytes */{size}"})
        headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    assert part is not None
    headers["Content-Length"] = str(part.stop - part.start)
    if request.method == "HEAD":
        return Response(status_code=status, media_type=output.media_type, headers=headers)

    async def content() -> AsyncIterator[bytes]:
        async for piece in job_files.read(
            account_id=account_id, job_id=job_id, role=FileRole.OUTPUT, start=part.start, stop=part.stop
        ):
            yield piece

    return StreamingResponse(content(), status_code=status, media_type=output.media_type, headers=headers)


def _wanted(header: str | None, size: int) -> tuple[_Part | None, int] | None:
    """Returns the part that a Range header requests, and the status; the part is None if it is outside the file.

    Returns None if there is no range, more than one, or one in an unknown form. The answer is then the whole file (RFC
    9110, section 14.2).
    """
    asked = _RANGE.fullmatch((header or "").replace(" ", ""))
    if asked is None or not (asked[1] or asked[2]):
        return None
    if not asked[1]:
        start, stop = max(size - int(asked[2]), 0), size
    else:
        start = int(asked[1])
        stop = min(int(asked[2]) + 1, size) if asked[2] else size
        if asked[2] and int(asked[2]) < start:
            return None
    return (_Part(start, stop), 206) if start < stop else (None, 416)


def _disposition(name: str) -> str:
    """Returns a Content-Disposition (RFC 6266) with the name, and with its ASCII form for old clients."""
    plain = re.sub(r'[^ -~]|["\\%]', "_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _refused(
    status: int, message: str, *, code: str = "BAD_USER_INPUT", headers: Mapping[str, str] | None = None
) -> Response:
    content = {"errors": [{"message": message, "extensions": {"code": code}}]}
    reply = responses.in_json(status, content, headers=headers)
    return Response(reply.body, reply.status, dict(Headers(raw=reply.headers)))
