"""The private parts of uvicorn that this code relies on.

The modules are connection.py, client_addresses.py and fast_path.py in web/http, socket_protocol.py and websocket.py in
web/realtime, web/metrics/page.py, web/shutdown.py and web/worker_processes.py.

uvicorn may change them in any minor version, so pyproject.toml pins one. If a test here fails after an update, compare
those modules with uvicorn's new code before you change the test.
"""

import inspect
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from uvicorn.config import STARTUP_FAILURE, Config
from uvicorn.middleware.proxy_headers import _TrustedHosts
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import Server, ServerState

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        # web/http/connection.py and web/http/fast_path.py override these or call them.
        (HttpToolsProtocol.__init__, "self config server_state app_state _loop"),
        (HttpToolsProtocol.connection_made, "self transport"),
        (HttpToolsProtocol.data_received, "self data"),
        (HttpToolsProtocol.eof_received, "self"),
        (HttpToolsProtocol.pause_writing, "self"),
        (HttpToolsProtocol.resume_writing, "self"),
        (HttpToolsProtocol._should_upgrade, "self"),
        (HttpToolsProtocol.handle_websocket_upgrade, "self"),
        (HttpToolsProtocol.connection_lost, "self exc"),
        (HttpToolsProtocol.on_message_begin, "self"),
        (HttpToolsProtocol.on_url, "self url"),
        (HttpToolsProtocol.on_header, "self name value"),
        (HttpToolsProtocol.on_headers_complete, "self"),
        (HttpToolsProtocol.on_body, "self body"),
        (HttpToolsProtocol.on_message_complete, "self"),
        (HttpToolsProtocol.on_response_complete, "self"),
        (HttpToolsProtocol._start_asgi_task, "self cycle app"),
        (RequestResponseCycle.run_asgi, "self app"),
        (FlowControl.drain, "self"),
        (FlowControl.pause_reading, "self"),
        (FlowControl.resume_reading, "self"),
        # web/http/client_addresses.py
        (_TrustedHosts.__init__, "self trusted_hosts"),
        (_TrustedHosts.__contains__, "self host"),
        (_TrustedHosts.get_trusted_client_address, "self x_forwarded_for"),
        # web/shutdown.py
        (Server._wait_tasks_to_complete, "self"),
        (Server.run, "self sockets"),
        # web/worker_processes.py
        (Config.load, "self"),
        (Config.bind_socket, "self"),
        # web/metrics/page.py
        (HttpToolsProtocol.shutdown, "self"),
        # web/realtime/socket_protocol.py and web/realtime/websocket.py
        (WebSocketsSansIOProtocol.__init__, "self config server_state app_state _loop"),
        (WebSocketsSansIOProtocol.connection_made, "self transport"),
        (WebSocketsSansIOProtocol.connection_lost, "self exc"),
        (WebSocketsSansIOProtocol.pause_writing, "self"),
        (WebSocketsSansIOProtocol.resume_writing, "self"),
    ],
    ids=lambda value: getattr(value, "__qualname__", ""),
)
def test_uvicorn_has_the_methods_that_muster_overrides_or_calls(method: Callable[..., Any], parameters: str) -> None:
    assert [*inspect.signature(method).parameters] == parameters.split()


def test_uvicorns_protocol_has_the_attributes_that_direct_answers_use() -> None:
    config = Config("server:create_app", log_config=None, interface="asgi3")
    config.loaded = True
    config.loaded_app = config.ws_protocol_class = None
    protocol = HttpToolsProtocol(config, ServerState(), {}, _loop=object())  # type: ignore[arg-type]

    protocol.on_message_begin()

    assert {
        *("root_path", "limit_concurrency", "parser", "url", "headers", "expect_100_continue", "cycle", "pipeline"),
        *("flow", "transport", "scheme", "client", "logger", "server_state", "timeout_keep_alive_task", "app"),
        *("loop", "scope", "ws_protocol_class"),
    } <= vars(protocol).keys()
    assert {"default_headers", "total_requests", "tasks"} <= vars(protocol.server_state).keys()
    assert STATUS_LINE[200] == b"HTTP/1.1 200 OK\r\n"


def test_uvicorn_sets_the_attributes_of_a_cycle_that_direct_answers_have_too() -> None:
    source = inspect.getsource(RequestResponseCycle.__init__)

    assert {
        *("disconnected", "keep_alive", "message_event", "response_complete"),
        *("response_started", "chunked_encoding", "scope"),  # of uvicorn's cycles only
    } <= {*re.findall(r"self\.(\w+)", source)}


def test_uvicorns_server_says_whether_it_has_started() -> None:
    server = Server(Config("server:create_app", log_config=None, workers=2))

    assert (server.started, server.config.workers, STARTUP_FAILURE) == (False, 2, 3)


def test_uvicorn_is_pinned_to_the_minor_version_that_is_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    major, minor = map(int, uvicorn.__version__.split(".", 2)[:2])

    assert f"uvicorn[standard]>={major}.{minor},<{major}.{minor + 1}" in project["dependencies"]
