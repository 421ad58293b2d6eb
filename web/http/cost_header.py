"""The request header GraphQL-Cost: reports the price of an operation, with or without running it."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from schema.execution import Operation
from web.http.errors import refuse
from web.http.requests import GraphQLRequest

HEADER = "GraphQL-Cost"


class CostMode(Enum):
    """The values of the header. Hot Chocolate supports the same values."""

    REPORT = "report"
    """Runs the operation, and reports its price."""
    VALIDATE = "validate"
    """Reports the price without running the operation, even if the price is above the limit."""


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
    """Returns the member `cost` of a response's extensions; an empty dict if the operation has no price."""
    price = operation.price
    if price is None:
        return {}
    return {"cost": {"requested": price.of(request.variables or {}), "limit": price.limit}}
