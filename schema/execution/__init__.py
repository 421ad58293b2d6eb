"""Runs GraphQL operations as compiled plans, breadth first: a whole level at a time. See README.md."""

from .engine import Engine
from .fields import LoadingContext, Loads, column, computed, loaded_by, relation
from .parse.operations import Operation, RootField
from .prepare import UnknownLoaderError, prepare
from .price_interface import Price, Pricing
from .request_errors import RequestError, RequestErrorKind
from .rows import is_row, read
from .run.scalar_completion import serialized_as_is
from .run.shared_rows import SharedRows
from .selection import Selection, selection
from .subscriptions import ActiveSubscription
from .values.batch_rows import BatchRow, Misfit

__all__ = [
    "ActiveSubscription",
    "BatchRow",
    "Engine",
    "LoadingContext",
    "Loads",
    "Misfit",
    "Operation",
    "Price",
    "Pricing",
    "RequestError",
    "RequestErrorKind",
    "RootField",
    "Selection",
    "SharedRows",
    "UnknownLoaderError",
    "column",
    "computed",
    "is_row",
    "loaded_by",
    "prepare",
    "read",
    "relation",
    "selection",
    "serialized_as_is",
]
