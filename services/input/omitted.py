"""Sentinel for an omitted value, as opposed to an explicit None."""

from enum import Enum
from typing import Final


class Omitted(Enum):
    OMITTED = "omitted"


OMITTED: Final = Omitted.OMITTED
