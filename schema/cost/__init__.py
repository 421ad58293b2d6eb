"""Prices operations before they run. docs/costs.md describes the prices for clients."""

from .operations import OperationPrice, pricing

__all__ = ["OperationPrice", "pricing"]
