"""Runs GraphQL operations as compiled plans, breadth first: a whole level at a time. See README.md."""

from .engine import Engine
from .fields import LoadingContext, Loads, column, computed, loaded_by, relation
from .parse.operations import Operation, RootField
from .prepare import UnknownLoaderError, prepare
from .pricing import Price, Pricing
from .requests import Refusal, RequestError
from .rows import is_row, read
from .run.scalar_completion import passes
from .run.shared_rows import Shared
from .selection import Selection, selection
from .subscriptions import Subscription
from .values.batch_rows import BatchRow, Misfit

__all__ = [
    "BatchRow",
    "Engine",
    "LoadingContext",
    "Loads",
    "Misfit",
    "Operation",
    "Price",
    "Pricing",
    "Refusal",
    "RequestError",
    "RootField",
    "Selection",
    "Shared",
    "Subscription",
    "UnknownLoaderError",
    "column",
    "computed",
    "is_row",
    "loaded_by",
    "passes",
    "prepare",
    "read",
    "relation",
    "selection",
]
