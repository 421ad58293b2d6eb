"""The user, the token, the request and the job in whose name the running code works.

Events, the audit log and the history name them.
"""

from contextvars import ContextVar
from typing import NamedTuple
from uuid import UUID


class Actor(NamedTuple):
    """The user and the token of a request, or the user and the id of a job.

    All are None for the server's own work and its command line. A request also has its id and the address of its
    client, if the server knows it.
    """

    user_id: UUID | None = None
    token_id: UUID | None = None
    request_id: str | None = None
    address: str | None = None
    job_id: UUID | None = None


NOBODY = Actor()
_actor: ContextVar[Actor] = ContextVar("actor", default=NOBODY)


def set_actor(
    user_id: UUID | None,
    token_id: UUID | None = None,
    *,
    request_id: str | None = None,
    address: str | None = None,
    job_id: UUID | None = None,
) -> None:
    """Sets the actor of the running task, and of the tasks that it creates from now on."""
    _actor.set(Actor(user_id, token_id, request_id, address, job_id))


def current() -> Actor:
    """Returns the actor of the running task."""
    return _actor.get()
