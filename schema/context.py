"""The context of a request: caller, clock and loaders."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import strawberry
from graphql import GraphQLError

from schema.execution import Loads, Selection
from services.accounts.authentication import Caller, Scope


class LoaderClass(Protocol):
    """Makes a loader for one level of one operation, from the selection below the field and its arguments."""

    def __call__(self, context: "Context", selection: Selection, arguments: Mapping[str, Any]) -> Loads: ...


@dataclass(slots=True)
class Context:
    """Context of one request. `now` is the only clock reading of the request.

    `base_url` is the public address of this server for links, without a slash at the end.
    """

    caller: Caller
    now: datetime
    request_id: str
    loaders: Mapping[str, LoaderClass]
    base_url: str = ""

    @property
    def account_id(self) -> UUID:
        return self.caller.account_id

    def require(self, scope: Scope) -> None:
        """Raises a top-level FORBIDDEN error if the caller lacks the scope."""
        if not self.caller.may(scope):
            raise GraphQLError(
                f"This needs the scope {scope}, which the token or its user's role does not have.",
                extensions={"code": "FORBIDDEN"},
            )

    def loader(self, name: str, selection: Selection, arguments: Mapping[str, Any]) -> Loads:
        return self.loaders[name](self, selection, arguments)


Info = strawberry.Info[Context, None]
