"""What a worker can do: each kind of work by the name that its jobs have."""

from collections.abc import Mapping

from services.job_worker import Task

TASKS: Mapping[str, Task] = {}
