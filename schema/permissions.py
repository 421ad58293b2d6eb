"""Permission classes of fields. A caller has a scope if the token has it and the user's role allows it."""

from typing import Any

import strawberry
from strawberry.permission import BasePermission

from services.accounts.authentication import Scope


class ScopePermission(BasePermission):
    """Refuses with a top-level FORBIDDEN error if the caller lacks the scope."""

    scope: Scope
    depends_on_context_only = True  # The engine checks it once for many objects.
    error_extensions = {"code": "FORBIDDEN"}

    @property
    def message(self) -> str:  # type: ignore[override]  # an attribute of the base class
        return f"This needs the scope {self.scope}, which the token or its user's role does not have."

    def has_permission(self, source: Any, info: strawberry.Info, **kwargs: Any) -> bool:
        return self.scope in info.context.caller.scopes


class ReadPermission(ScopePermission):
    """Allows a payload's object without the scope if the call created it: if `existed` of the payload is False."""

    depends_on_context_only = False
    can_allow_by_context = True  # With the scope, the engine checks it once for many objects.

    def has_permission(self, source: Any, info: strawberry.Info, **kwargs: Any) -> bool:
        return super().has_permission(source, info) or (source is not None and not source.existed)


class CanReadContacts(ScopePermission):
    scope = Scope.CONTACTS_READ


class CanWriteContacts(ScopePermission):
    scope = Scope.CONTACTS_WRITE


class CanReadCampaigns(ScopePermission):
    scope = Scope.CAMPAIGNS_READ


class CanWriteCampaigns(ScopePermission):
    scope = Scope.CAMPAIGNS_WRITE


class CanReadMessages(ScopePermission):
    scope = Scope.MESSAGES_READ


class CanWriteMessages(ScopePermission):
    scope = Scope.MESSAGES_WRITE


class IsAdmin(ScopePermission):
    scope = Scope.ADMIN


class CanReadExistingContact(ReadPermission):
    scope = Scope.CONTACTS_READ


class CanReadExistingCampaign(ReadPermission):
    scope = Scope.CAMPAIGNS_READ


class CanReadExistingMessage(ReadPermission):
    scope = Scope.MESSAGES_READ
