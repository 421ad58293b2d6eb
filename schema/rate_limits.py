"""Which root fields may be asked for how often: declared beside the field, in `schema.root`."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import strawberry
from graphql import OperationType

from schema.execution.rows import definition_of
from services.rate_limits import Limit

_METADATA_KEY = "rate_limit"

Limits = Mapping[tuple[OperationType, str], Limit]
"""By the type of the operation and the name of its root field."""


def at_most(calls: int, *, per: timedelta) -> dict[str, Any]:
    """The metadata of a root field that a token may ask for so often; each place in a request counts.

    `add: Payload = strawberry.mutation(…, metadata=at_most(12, per=timedelta(seconds=1)))`
    """
    return {_METADATA_KEY: (calls, per)}


def limits_of(schema: strawberry.Schema) -> Limits:
    """The root fields that are limited, and how."""
    found = {}
    for operation_type in OperationType:
        root = schema._schema.get_root_type(operation_type)
        for name, field in (root.fields if root else {}).items():
            metadata = getattr(definition_of(field), "metadata", {})
            if _METADATA_KEY in metadata:
                calls, per = metadata[_METADATA_KEY]
                found[operation_type, name] = Limit(name, calls, per)
    return found
