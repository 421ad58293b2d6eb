"""A contact during a change: the values before and after it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from services.accounts.settings import AccountSettings
from services.contacts.fields import COLUMNS, GRAPHQL_NAMES
from services.contacts.normalization import full_name, merged_variables, search_text_of
from services.contacts.protection import is_protected, owned_since
from services.phones.numbers import facts, identity

_VERSIONED = (*COLUMNS, "given_phone", "owner_id")
"""The columns whose change raises the contact's version. A change of its assignees raises it, too."""


_API_NAMES = {
    **GRAPHQL_NAMES,
    "full_name": "name",
    "status": "status",
    "invalid_reason": "invalidReason",
    "operator": "operator",
    "country": "country",
    "time_zones": "timeZones",
    "owner_id": "owner",
    "owned_at": "ownedAt",
}


@dataclass(slots=True)
class ContactDraft:
    """A contact during a change: the values before and after it."""

    id: UUID
    values: dict[str, Any]
    is_new: bool
    is_owner_active: bool = True
    is_trashed: bool = False
    before: dict[str, Any] = field(default_factory=dict)

    @property
    def is_changed(self) -> bool:
        return self.is_new or self.values != self.before

    @property
    def has_new_version(self) -> bool:
        """True if `finish` or `raise_version` gave the contact another version."""
        return self.is_new or self.values["version"] != self.before["version"]

    @property
    def is_renumbered(self) -> bool:
        return not self.is_new and self.values["phone"] != self.before["phone"]

    @property
    def gained_tags(self) -> set[str]:
        return set(self.values["tags"]) - set(self.before.get("tags", ()))

    @property
    def lost_tags(self) -> set[str]:
        return set(self.before.get("tags", ())) - set(self.values["tags"])

    @property
    def gained_labels(self) -> set[str]:
        return set(self.values["custom_variables"]) - set(self.before.get("custom_variables", ()))

    @property
    def lost_labels(self) -> set[str]:
        return set(self.before.get("custom_variables", ())) - set(self.values["custom_variables"])

    @property
    def changed_fields(self) -> list[str]:
        """The fields that have changed, by their names in the API."""
        return [name for column, name in _API_NAMES.items() if self.values.get(column) != self.before.get(column)]

    def change(self, values: Mapping[str, Any]) -> None:
        """Applies normalized values. Merges custom variables, and replaces all other values."""
        for name, value in values.items():
            if name == "custom_variables":
                self.values[name] = merged_variables(self.values.get(name, {}), value)
            else:
                self.values[name] = value

    def set_phone(self, phone: str, settings: AccountSettings) -> None:
        """Sets the number as given, and all values that are derived from it."""
        number = identity(phone)
        given_phone = None if phone == number else phone
        if self.values.get("phone") == number and self.values.get("given_phone") == given_phone:
            return
        derived = facts(phone, network_check=settings.network_check, custom_prefixes=settings.custom_prefixes)
        self.values |= {
            "phone": number,
            "given_phone": given_phone,
            "country": derived.country,
            "time_zones": list(derived.time_zones),
            "operator": derived.operator,
            "operator_country": derived.operator_country,
            "status": derived.status,
            "invalid_reason": derived.invalid_reason,
        }

    def set_owner(self, owner_id: UUID | None, now: datetime) -> None:
        self.values["owned_at"] = owned_since(
            owner_id, before=self.values.get("owner_id"), owned_at=self.values.get("owned_at"), now=now
        )
        if owner_id != self.values.get("owner_id"):
            self.is_owner_active = True
        self.values["owner_id"] = owner_id

    def is_protected(self, settings: AccountSettings, *, from_user_id: UUID | None, now: datetime) -> bool:
        return is_protected(
            owner_id=self.values["owner_id"],
            is_owner_active=self.is_owner_active,
            owned_at=self.values["owned_at"],
            hours=settings.contact_protection_hours,
            from_user_id=from_user_id,
            now=now,
        )

    def finish(self, now: datetime) -> None:
        """Updates the values that are derived from several fields, and `updated_at` if the contact changed.

        Raises the version if a client's value changed. A change of derived values alone does not raise it. It can
        result from an upgrade that derives them differently.
        """
        name = self.values["full_name"] = full_name(self.values)
        self.values["search_text"] = search_text_of(
            self.values, name, self.values["given_phone"] or self.values["phone"]
        )
        if self.is_changed:
            self.values["updated_at"] = now
        if not self.is_new and any(self.values.get(name) != self.before.get(name) for name in _VERSIONED):
            self.raise_version()

    def raise_version(self) -> None:
        """Raises the version by one, however often it is called."""
        self.values["version"] = self.before["version"] + 1
