"""Rate limits of root fields. `schema.root.mutation` declares each limit beside the field."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import strawberry
from graphql import OperationType

from schema.execution.rows import definition_of
from services.requests.rate_limits import Limit

_METADATA_KEY = "rate_limit"

Limits = Mapping[tuple[OperationType, str], Limit]
"""Maps the type of the operation and the name of the root field to the limit."""


def at_most(calls: int, *, per: timedelta) -> dict[str, Any]:
    """Returns the metadata that limits a root field to `calls` per token; each occurrence in a request counts.

    `add: Payload = strawberry.mutation(…, metadata=at_most(12, per=timedelta(seconds=1)))`
    """
    return {_METADATA_KEY: (calls, per)}


def limits_of(schema: strawberry.Schema) -> Limits:
    """Returns the root fields with a limit."""
    limits = {}
    for operation_type in OperationType:
        root = schema._schema.get_root_type(operation_type)
        for name, field in (root.fields if root else {}).items():
            metadata = getattr(definition_of(field), "metadata", {})
            if _METADATA_KEY in metadata:
                calls, per = metadata[_METADATA_KEY]
                limits[operation_type, name] = Limit(name, calls, per)
    return limits
