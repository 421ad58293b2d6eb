"""Sentinel for a value that is unset, as opposed to an explicit None."""

from enum import Enum
from typing import Final


class Absent(Enum):
    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT
