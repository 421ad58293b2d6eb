"""Why a request was not executed at all."""

from collections.abc import Sequence
from enum import Enum

from graphql import GraphQLError


class Refusal(Enum):
    """What is wrong with a request that was refused before any of its fields was resolved."""

    SYNTAX = "syntax"
    VALIDATION = "validation"
    OPERATION = "operation"  # not found, or more than one and no name
    NOT_ALLOWED = "not allowed"  # a mutation over GET, say
    SUBSCRIPTION = "a subscription, where there is one answer"
    VARIABLES = "variables"
    COST = "its price is above the limit"


class RequestError(Exception):
    """A request that can't be executed. Where it can, errors are part of its result instead."""

    def __init__(self, refusal: Refusal, errors: Sequence[GraphQLError]) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.refusal = refusal
        self.errors = list(errors)
