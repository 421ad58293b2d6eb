"""The effort of fault tests: `make test` runs a short form, `make faults` the full one."""

import os
from typing import TypeVar

T = TypeVar("T")

IS_FULL = os.environ.get("MUSTER_FAULTS") == "full"


def effort(short: T, full: T) -> T:
    return full if IS_FULL else short
