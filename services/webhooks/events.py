"""The events that webhook endpoints can ask for."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.events import actor


class EventType(StrEnum):
    CONTACT_CREATED = "CONTACT_CREATED"
    CONTACT_UPDATED = "CONTACT_UPDATED"
    CONTACT_TRASHED = "CONTACT_TRASHED"
    CONTACT_RESTORED = "CONTACT_RESTORED"
    CONTACT_PURGED = "CONTACT_PURGED"
    CONTACT_OPTED_OUT = "CONTACT_OPTED_OUT"
    CONTACT_OPTED_IN = "CONTACT_OPTED_IN"
    CONTACT_VERIFICATION_REQUESTED = "CONTACT_VERIFICATION_REQUESTED"
    CONTACTS_CHANGED_IN_BULK = "CONTACTS_CHANGED_IN_BULK"
    LIST_CREATED = "LIST_CREATED"
    LIST_UPDATED = "LIST_UPDATED"
    LIST_DELETED = "LIST_DELETED"
    CAMPAIGN_CREATED = "CAMPAIGN_CREATED"
    CAMPAIGN_UPDATED = "CAMPAIGN_UPDATED"
    CAMPAIGN_DELETED = "CAMPAIGN_DELETED"
    CAMPAIGN_STATUS_CHANGED = "CAMPAIGN_STATUS_CHANGED"
    CAMPAIGN_CONTACTS_CHANGED = "CAMPAIGN_CONTACTS_CHANGED"
    MESSAGE_RECORDED = "MESSAGE_RECORDED"
    JOB_FINISHED = "JOB_FINISHED"
    WEBHOOK_ENDPOINT_DISABLED = "WEBHOOK_ENDPOINT_DISABLED"
    WEBHOOK_TEST = "WEBHOOK_TEST"


def wire_name(type_: str) -> str:
    """Returns the name in payloads: in lower case, with the first underscore as a full stop, as `contact.opted_out`."""
    return type_.lower().replace("_", ".", 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event, with the ids of its objects. `phone` is the number of a change of consent or of a message.

    `count` is the number of contacts that a change of several affects. The running task has the user and the token.
    """

    type: EventType
    contact_id: UUID | None = None
    phone: str | None = None
    contact_list_id: UUID | None = None
    campaign_id: UUID | None = None
    message_id: UUID | None = None
    job_id: UUID | None = None
    previous_status: str | None = None
    changed_fields: Collection[str] = ()
    count: int | None = None

    def subject(self) -> dict[str, Any]:
        """Returns what a delivery stores besides the contact and the number, as JSON values."""
        by, found = actor.current(), dict[str, Any]()
        ids = (
            ("contactListId", self.contact_list_id),
            ("campaignId", self.campaign_id),
            ("messageId", self.message_id),
            ("jobId", self.job_id),
            ("userId", by.user_id),
            ("tokenId", by.token_id),
        )
        for name, id in ids:
            if id is not None:
                found[name] = str(id)
        if self.previous_status is not None:
            found["previousStatus"] = self.previous_status
        if self.changed_fields:
            found["changedFields"] = sorted(self.changed_fields)
        if self.count is not None:
            found["count"] = self.count
        return found


def id_in(subject: dict[str, Any], name: str) -> UUID | None:
    """Returns an id in a stored subject by its key, such as contactListId; None if it has none."""
    text = subject.get(name)
    return None if text is None else UUID(text)
