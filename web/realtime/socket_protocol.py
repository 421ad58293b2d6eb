"""uvicorn's WebSocket protocol, imported with the first WebSocket, because many servers never get one."""

import asyncio
from typing import TYPE_CHECKING, Any

from uvicorn.config import Config
from uvicorn.server import ServerState

from services.lazy_module import LazyModule

if TYPE_CHECKING:
    from web.realtime import websocket
else:
    websocket = LazyModule("web.realtime.websocket")


def protocol(config: Config, server_state: ServerState, app_state: dict[str, Any]) -> asyncio.Protocol:
    """Returns the protocol of a connection that becomes a WebSocket. uvicorn calls it instead of the class."""
    return websocket.WebSocket(config, server_state, app_state)
