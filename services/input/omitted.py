"""Sentinel for a value that is unset, as opposed to an explicit None."""

from enum import Enum
from typing import Final


class Omitted(Enum):
    OMITTED = "absent"


OMITTED: Final = Omitted.OMITTED
