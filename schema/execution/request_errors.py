"""The errors of requests that are not executed."""

from collections.abc import Sequence
from enum import Enum

from graphql import GraphQLError


class RequestErrorKind(Enum):
    """The reason why a request is refused before any of its fields is resolved."""

    SYNTAX = "syntax"
    VALIDATION = "validation"
    OPERATION = "operation"  # not found, or several operations and no name
    NOT_ALLOWED = "not allowed"  # for example a mutation over GET
    SUBSCRIPTION = "a subscription, where there is one answer"
    VARIABLES = "variables"
    COST = "its price is above the limit"


class RequestError(Exception):
    """A request can't be executed. The errors of an executed request are part of its result instead."""

    def __init__(self, refusal: RequestErrorKind, errors: Sequence[GraphQLError]) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.refusal = refusal
        self.errors = list(errors)
