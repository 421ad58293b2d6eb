"""How long fault tests run: a short form in `make test`, the full one in `make faults`."""

import os
from typing import TypeVar

T = TypeVar("T")

IS_FULL = os.environ.get("MUSTER_FAULTS") == "full"


def effort(short: T, full: T) -> T:
    return full if IS_FULL else short
