"""Prices operations before they run. docs/costs.md describes the prices for clients."""

from .operation_price import OperationPrice, pricing

__all__ = ["OperationPrice", "pricing"]
