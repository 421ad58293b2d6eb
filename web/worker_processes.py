"""Worker processes and their supervisor. Workers are forks, so they share the memory of all loaded modules.

The supervisor replaces a worker that dies or is frozen. On SIGHUP it replaces all of them, one after another. On
SIGTERM and SIGINT it closes the listening socket at once, stops the workers, and ends when they have ended.
"""

import gc
import os
import select
import signal
import socket
import sys
import threading
import time
import traceback
from contextlib import suppress
from typing import NoReturn

import structlog
import uvicorn
from uvicorn.config import STARTUP_FAILURE

from web.shutdown import GracefulServer, run

log = structlog.get_logger("server")

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
_BEAT_SECONDS = 0.5
_FROZEN_SECONDS = 5.0
"""A worker that sends no byte for this time is killed and replaced."""


def serve(config: uvicorn.Config) -> int:
    """Serves with `config.workers` processes until stopped. Returns the exit status: 0 if all workers ended cleanly."""
    config.load()
    listening = config.bind_socket()
    gc.collect()
    gc.freeze()  # the garbage collector would write to the pages that the workers share
    return _Supervisor(config, listening).run()


class _Worker:
    """The supervisor's view of a worker. `connection` receives its heartbeat, and closes if the supervisor dies."""

    def __init__(self, pid: int, connection: socket.socket) -> None:
        self.pid = pid
        self.connection = connection
        self.heard_at = time.monotonic()
        self.has_started = False
        self.is_stopping = False

    def hear(self) -> None:
        if beats := self.connection.recv(1000):
            self.heard_at = time.monotonic()
            self.has_started = beats.endswith(b"1")

    def stop(self) -> None:
        self.is_stopping = True
        os.kill(self.pid, signal.SIGTERM)


class _Supervisor:
    def __init__(self, config: uvicorn.Config, listening: socket.socket) -> None:
        self._config = config
        self._listening = listening
        self._workers: list[_Worker] = []
        self._outdated: list[_Worker] = []
        """Workers that SIGHUP replaces."""
        self._is_stopping = False
        self._status = 0
        self._woken, self._waking = socket.socketpair()
        self._woken.setblocking(False)
        self._waking.setblocking(False)

    def run(self) -> int:
        """Runs until all workers have ended, and returns the exit status.

        Signals only write a byte, so they interrupt nothing here.
        """
        signal.set_wakeup_fd(self._waking.fileno())
        for number in _SIGNALS:
            signal.signal(number, lambda *_: None)
        self._start_missing()
        while self._workers:
            connections = {worker.connection: worker for worker in self._workers}
            ready, _, _ = select.select([self._woken, *connections], [], [], _BEAT_SECONDS)
            for one in ready:
                if one is self._woken:
                    self._take_signals()
                else:
                    connections[one].hear()
            self._remove_ended()
            self._kill_frozen()
            if not self._is_stopping:
                self._start_missing()
                self._replace_outdated()
        return self._status

    @property
    def _active(self) -> list[_Worker]:
        """Returns the workers that are not stopping, the newest last."""
        return [worker for worker in self._workers if not worker.is_stopping]

    def _take_signals(self) -> None:
        for number in self._woken.recv(1000):
            if number in (signal.SIGTERM, signal.SIGINT):
                self._stop()
            elif number == signal.SIGHUP:
                self._outdated = self._active

    def _stop(self) -> None:
        self._is_stopping = True
        self._listening.close()
        for worker in self._workers:
            worker.stop()

    def _start_missing(self) -> None:
        for _ in range(self._config.workers - len(self._active)):
            self._start()

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        # Signals are blocked until the worker has installed its own handlers.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        pid = os.fork()
        if pid == 0:
            for other in (ours, *(worker.connection for worker in self._workers)):
                other.close()
            _work(self._config, self._listening, theirs, before)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        theirs.close()
        self._workers.append(_Worker(pid, ours))

    def _remove_ended(self) -> None:
        for worker in tuple(self._workers):
            pid, status = os.waitpid(worker.pid, os.WNOHANG)
            if pid:
                self._workers.remove(worker)
                worker.connection.close()
                self._take_end(worker, os.waitstatus_to_exitcode(status))

    def _take_end(self, worker: _Worker, status: int) -> None:
        if worker in self._outdated:
            self._outdated.remove(worker)
        if worker.is_stopping:
            self._status = self._status or int(self._is_stopping and status != 0)
        elif status != STARTUP_FAILURE:
            log.error("a worker died and is replaced", pid=worker.pid, status=status)
        elif self._outdated:
            log.error("a new worker could not start: the old ones are kept", pid=worker.pid)
            self._outdated = []
        else:
            log.error("a worker could not start: the server stops", pid=worker.pid)
            self._status = status
            self._stop()

    def _kill_frozen(self) -> None:
        for worker in self._workers:
            if time.monotonic() - worker.heard_at > _FROZEN_SECONDS:
                os.kill(worker.pid, signal.SIGKILL)

    def _replace_outdated(self) -> None:
        """Replaces outdated workers one by one: starts a new one, and stops an old one once the new one serves.

        The next replacement begins when the old worker has ended.
        """
        if not self._outdated or len(self._active) < len(self._workers):
            return
        if len(self._active) == self._config.workers:
            self._start()
        elif self._active[-1].has_started:
            self._outdated.pop().stop()


def _work(
    config: uvicorn.Config, listening: socket.socket, supervisor: socket.socket, mask: set[signal.Signals | int]
) -> NoReturn:
    """Runs a worker, from the fork to its exit."""
    status: object = 1
    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.default_int_handler)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        server = GracefulServer(config)
        threading.Thread(target=_beat, args=(server, supervisor), daemon=True).start()
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        status = run(server, [listening])
    except KeyboardInterrupt:
        status = 0  # the worker was stopped before it served
    except SystemExit as end:
        status = end.code
    except BaseException:  # noqa: BLE001  # the worker must not continue with the supervisor's code
        traceback.print_exc()
    finally:
        with suppress(OSError, ValueError):
            sys.stderr.flush()
        os._exit(status if isinstance(status, int) else 1)


def _beat(server: GracefulServer, supervisor: socket.socket) -> None:
    """Sends whether the server has started, twice a second. Stops this worker when the supervisor has died."""
    with suppress(OSError):
        while True:
            supervisor.send(b"1" if server.started else b"0")
            time.sleep(_BEAT_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
