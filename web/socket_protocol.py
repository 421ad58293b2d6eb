"""The protocol of WebSockets, as uvicorn has it: loaded with the first of them, since many servers never see one."""

import asyncio
from typing import TYPE_CHECKING, Any

from uvicorn.config import Config
from uvicorn.server import ServerState

from services.late import Late

if TYPE_CHECKING:
    from uvicorn.protocols.websockets import websockets_sansio_impl
else:
    websockets_sansio_impl = Late("uvicorn.protocols.websockets.websockets_sansio_impl")


def protocol(config: Config, server_state: ServerState, app_state: dict[str, Any]) -> asyncio.Protocol:
    """Of a connection that is to become a WebSocket. uvicorn calls it as it would call the class."""
    return websockets_sansio_impl.WebSocketsSansIOProtocol(config, server_state, app_state)
