"""The floor as a Starlette application. It shows the cost of a framework when everything else is written by hand."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.floor import Answer, Floor


def application(floor: Floor) -> Starlette:
    """Returns an application with the same answers as the floor."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await floor.backend.open(stack)
            yield

    routes = [Route(path, _endpoint(floor, answer), methods=["POST"]) for path, answer in floor.answers.items()]
    return Starlette(routes=routes, lifespan=lifespan)


def _endpoint(floor: Floor, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        account: Any = floor.accounts.get(request.headers.get("authorization", "").encode())
        if account is None:
            return Response(b"{}", 401, media_type="application/json")
        data = await answer(account, orjson.loads(await request.body()))
        return Response(orjson.dumps({"data": data}, option=orjson.OPT_UTC_Z), media_type="application/json")

    return endpoint
