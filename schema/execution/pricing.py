"""The price of an operation, known before the operation runs. A schema brings its own prices."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias

from graphql import FragmentDefinitionNode, OperationDefinitionNode


class Price(Protocol):
    """The price of one operation. It may depend on the variables, which are given as the client sent them."""

    @property
    def limit(self) -> int:
        """The highest price that `check` accepts."""

    def of(self, variables: Mapping[str, Any]) -> int:
        """The price with these variables."""

    def check(self, variables: Mapping[str, Any]) -> int:
        """The price with these variables. Raises RequestError if it is above the limit."""


Pricing: TypeAlias = Callable[[OperationDefinitionNode, Mapping[str, FragmentDefinitionNode]], Price]
"""Makes the price of an operation of a valid document, given the document's fragments by name."""
