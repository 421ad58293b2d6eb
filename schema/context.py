"""What every resolver is given: who asks, what time it is, and the loaders."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import strawberry
from graphql import GraphQLError

from schema.execution import Loads, Selection
from services.authentication import Caller, Scope


class LoaderClass(Protocol):
    """A loader is made for one level of one operation, with what is asked below it and its field's arguments."""

    def __call__(self, context: "Context", selection: Selection, arguments: Mapping[str, Any]) -> Loads: ...


@dataclass(slots=True)
class Context:
    """Made for each request. `now` is the one clock reading that serves it.

    `base_url` is how this server is reached, without a slash at its end, for the links that it gives.
    """

    caller: Caller
    now: datetime
    request_id: str
    loaders: Mapping[str, LoaderClass]
    base_url: str = ""

    @property
    def account_id(self) -> UUID:
        return self.caller.account_id

    def require(self, scope: Scope | None) -> None:
        """Raises a top-level FORBIDDEN where the caller has not the scope."""
        if scope is not None and not self.caller.may(scope):
            raise GraphQLError(
                f"This needs the scope {scope}, which the token or its user's role does not have.",
                extensions={"code": "FORBIDDEN"},
            )

    def loader(self, name: str, selection: Selection, arguments: Mapping[str, Any]) -> Loads:
        return self.loaders[name](self, selection, arguments)


Info = strawberry.Info[Context, None]
