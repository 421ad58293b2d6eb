"""Checks the address to listen on, so that the server can name the setting to change."""

import errno
import socket
from contextlib import suppress

_PROBLEMS = {
    errno.EADDRINUSE: "another process uses port {port} of {host} (address already in use): set MUSTER_PORT to another",
    errno.EACCES: "this user may not listen on port {port}: set MUSTER_PORT to a port from 1024",
    errno.EADDRNOTAVAIL: "{host} is not an address of this machine: change MUSTER_HOST",
}


def problem(host: str, port: int) -> str | None:
    """Returns in one line why the server can't listen on the address; None if it can."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror:
        return f"the host {host} is unknown: change MUSTER_HOST"
    for family, kind, protocol, _, address in found:
        with suppress(OSError), socket.socket(family, kind, protocol) as probe:  # IPv6 may be unavailable
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(address)
            except OSError as error:
                if error.errno in _PROBLEMS:
                    return _PROBLEMS[error.errno].format(host=host, port=port)
    return None
