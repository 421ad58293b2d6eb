"""The ASGI application and the parts that its requests and its lifespan share."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from models.db.application import Application
from web.http import connection, fast_path
from web.http.connection import ConnectionCounts
from web.http.fast_path import DirectAnswers
from web.realtime.socket import GraphQLSocket

if TYPE_CHECKING:
    from web import tracing
    from web.metrics import page as metrics_page


class Muster(Starlette):
    """The ASGI application. Requests to the API go directly to their endpoint, without Starlette's routing."""

    graphql: ASGIApp
    direct_answers: DirectAnswers
    """The fast path for a protocol that can bypass ASGI. The server gets it in the lifespan's state."""
    addresses: ConnectionCounts
    """Counts the connections of each address. The server gets it in the lifespan's state, too."""
    sockets: GraphQLSocket
    clock: Callable[[], datetime]
    """Returns the present time; read once for each request. Tests replace it."""
    metrics: "metrics_page.Metrics | None" = None
    """The metrics, if they are on."""
    traces: "tracing.Traces | None" = None
    """The traces, if they are on."""
    application: Application | None = None
    """The state that the lifespan makes and that requests use."""

    def enter(self) -> None:
        """Makes the running task, which is a request's, use this application's state."""
        if self.application is not None:
            self.application.enter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            if "state" in scope:
                scope["state"] |= {fast_path.STATE: self.direct_answers, connection.STATE: self.addresses}
            await super().__call__(scope, receive, send)
            return
        self.enter()
        if scope["type"] == "http" and scope["path"] == fast_path.PATH:
            scope["app"] = self
            await self.graphql(scope, receive, send)
        elif scope["type"] == "websocket" and scope["path"] == "/graphql":
            await self.sockets(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)
