"""The interface for prices of operations. A price is computed before its operation runs. The schema defines prices."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias

from graphql import FragmentDefinitionNode, OperationDefinitionNode


class Price(Protocol):
    """The price of one operation. It may depend on the variables, which are passed uncoerced."""

    @property
    def limit(self) -> int:
        """The highest price that `check` accepts."""

    def of(self, variables: Mapping[str, Any]) -> int:
        """Returns the price with these variables."""

    def check(self, variables: Mapping[str, Any]) -> int:
        """Returns the price with these variables. Raises RequestError if it is above the limit."""


Pricing: TypeAlias = Callable[[OperationDefinitionNode, Mapping[str, FragmentDefinitionNode]], Price]
"""Returns the price of an operation in a valid document. The second argument is the document's fragments by name."""
