"""The idle timeout of connections, on a fake clock."""

from collections.abc import Callable
from typing import Any

import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from web.http.fast_path import DirectProtocol


class Loop:
    """A fake event loop with a clock and timers."""

    def __init__(self) -> None:
        self.now = 100.0
        self._timers: list[tuple[float, Callable[[], Any], Timer]] = []

    def time(self) -> float:
        return self.now

    def call_later(self, seconds: float, callback: Callable[[], Any]) -> "Timer":
        timer = Timer()
        self._timers.append((self.now + seconds, callback, timer))
        return timer

    def pass_until(self, now: float) -> None:
        while due := [entry for entry in self._timers if entry[0] <= now and not entry[2].is_cancelled]:
            first = min(due, key=lambda entry: entry[0])
            self._timers.remove(first)
            self.now = first[0]
            first[1]()
        self.now = now

    @property
    def waiting(self) -> int:
        return sum(not timer.is_cancelled for _, _, timer in self._timers)


class Timer:
    is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True


class Transport:
    is_closed = False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def is_closing(self) -> bool:
        return self.is_closed

    def close(self) -> None:
        self.is_closed = True

    def get_write_buffer_size(self) -> int:
        return 0


@pytest.fixture
def loop() -> Loop:
    return Loop()


@pytest.fixture
def connection(loop: Loop) -> DirectProtocol:
    config = Config("server:create_app", log_config=None, interface="asgi3", timeout_keep_alive=5)
    config.loaded = True
    config.loaded_app = config.ws_protocol_class = None
    connection = DirectProtocol(config, ServerState(), {}, loop)  # type: ignore[arg-type]
    connection.connection_made(Transport())  # type: ignore[arg-type]
    connection._let_go()  # the timer for the first request
    connection._due = None
    return connection


def test_an_idle_connection_is_ended_when_its_time_is_over(loop: Loop, connection: DirectProtocol) -> None:
    connection.on_response_complete()

    loop.pass_until(104.9)
    before = connection.transport.is_closing()
    loop.pass_until(105)

    assert (before, connection.transport.is_closing(), loop.waiting) == (False, True, 0)


def test_each_answer_gives_it_its_whole_time_again_by_one_timer(loop: Loop, connection: DirectProtocol) -> None:
    for at in (100, 103, 107.5):
        loop.pass_until(at)
        connection._due = None  # as at the start of a request
        connection.on_response_complete()
        assert loop.waiting == 1

    loop.pass_until(112.4)
    before = connection.transport.is_closing()
    loop.pass_until(112.5)

    assert (before, connection.transport.is_closing()) == (False, True)


def test_while_a_request_runs_no_time_passes(loop: Loop, connection: DirectProtocol) -> None:
    connection.on_response_complete()
    connection._due = None  # as at the start of a request

    loop.pass_until(200)
    during = connection.transport.is_closing()
    connection.on_response_complete()
    loop.pass_until(204.9)
    before = connection.transport.is_closing()
    loop.pass_until(205)

    assert (during, before, connection.transport.is_closing()) == (False, False, True)


def test_a_connection_that_is_lost_leaves_no_timer(loop: Loop, connection: DirectProtocol) -> None:
    connection.on_response_complete()

    connection.connection_lost(ConnectionError())

    assert loop.waiting == 0
