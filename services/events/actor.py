"""The user, the token and the request in whose name the running code works. Events and the audit log name them."""

from contextvars import ContextVar
from typing import NamedTuple
from uuid import UUID


class Actor(NamedTuple):
    """The user and the token of a request or a job. All are None for the server's own work and its command line.

    A request also has its id and the address of its client, if that is known.
    """

    user_id: UUID | None = None
    token_id: UUID | None = None
    request_id: str | None = None
    address: str | None = None


NOBODY = Actor()
_actor: ContextVar[Actor] = ContextVar("actor", default=NOBODY)


def set_actor(
    user_id: UUID | None, token_id: UUID | None = None, *, request_id: str | None = None, address: str | None = None
) -> None:
    """Sets the actor of the running task, and of the tasks that it creates from now on."""
    _actor.set(Actor(user_id, token_id, request_id, address))


def current() -> Actor:
    """Returns the actor of the running task."""
    return _actor.get()
