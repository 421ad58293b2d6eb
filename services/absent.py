"""A value that was not given, where None is one that was."""

from enum import Enum
from typing import Final


class Absent(Enum):
    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT
