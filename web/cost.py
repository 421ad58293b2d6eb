"""The request header GraphQL-Cost: reports the price of an operation, beside its answer or instead of it."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from schema.execution import Operation
from web.refusals import refuse
from web.requests import GraphQLRequest

HEADER = "GraphQL-Cost"


class CostMode(Enum):
    """The values of the header that Hot Chocolate knows as well."""

    REPORT = "report"
    """Run the operation, and report its price."""
    VALIDATE = "validate"
    """Report the price without running the operation, also when the price is above the limit."""


def cost_mode(headers: Mapping[bytes, bytes]) -> CostMode | None:
    """Returns the mode that the header requests; None without it. Raises HttpRefusal with 400 for any other value."""
    value = headers.get(b"graphql-cost")
    if value is None:
        return None
    try:
        return CostMode(value.decode("latin-1").strip().lower())
    except ValueError:
        raise refuse(400, f"{HEADER} must be report or validate.") from None


def cost_extension(operation: Operation, request: GraphQLRequest) -> dict[str, Any]:
    """Returns the member `cost` of an answer's extensions; nothing for an operation without a price."""
    price = operation.price
    if price is None:
        return {}
    return {"cost": {"requested": price.of(request.variables or {}), "limit": price.limit}}
