"""Creates, changes and deletes the webhook endpoints of an account."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from models import Account, ApiToken, WebhookEndpoint
from models.audit_actions import AuditAction
from models.db import database
from services import account_queue
from services.account_queue import Queue
from services.audit import recording as audit
from services.ids import IdPrefix
from services.input.field_readers import Field, a_text, read_fields
from services.refusal import Code, refuse
from services.webhooks import disabling, queue, writers
from services.webhooks.disabling import DisabledReason
from services.webhooks.events import EventType
from services.webhooks.secrets import new_secret, secret_text
from services.webhooks.urls import webhook_url

MAX_ENDPOINTS: Final = 20
MAX_DESCRIPTION: Final = 200
MAX_SELECTION: Final = 20_000
MAX_FORMER_SECRET_HOURS: Final = 168


@dataclass(frozen=True, slots=True)
class Owner:
    """The caller that makes or takes over an endpoint. A caller by JWT has no stored token."""

    user_id: UUID | None
    token_id: UUID


def _event_types(types: Collection[EventType]) -> list[str]:
    if not types:
        raise refuse(Code.REQUIRED, "An endpoint asks for at least one type of event.")
    return sorted({type_.value for type_ in types})


def _selection(text: str) -> str:
    if len(text) > MAX_SELECTION:
        raise refuse(Code.TOO_LONG, f"The selection has {len(text)} characters; at most {MAX_SELECTION} are allowed.")
    return text


_FIELDS = {
    "url": Field("url", webhook_url),
    "description": Field("description", a_text(MAX_DESCRIPTION), is_nullable=True),
    "event_types": Field("eventTypes", _event_types),
    "selection": Field("selection", _selection, is_nullable=True),
    "is_ordered": Field("isOrdered", bool),
}
_UNLEASED: Final = {"lease_id": None, "leased_until": None}
"""Ends the lease of the process that sends with the former values."""
_OF_RIGHTS = ("url", "selection")
"""Who changes one of these gets data with the rights of the endpoint's token, so the endpoint becomes the caller's."""


async def create(*, account_id: UUID, given: Mapping[str, Any], owner: Owner, now: datetime) -> tuple[UUID, str]:
    """Creates an endpoint, and returns its id and its secret.

    The endpoint gets every event that commits after the answer. `given` has url, description, event_types, selection
    (a valid one) and is_ordered. Raises Refused: REQUIRED, TOO_LONG, INVALID; TOO_MANY if the account has 20 endpoints.
    """
    values, endpoint_id, secret = read_fields(given, _FIELDS), database.uuid7(now), new_secret()
    async with database.transaction():
        await Account.select_for_update(no_key=True).get(id=account_id)  # serializes the counts
        if await WebhookEndpoint.filter(account_id=account_id).count() >= MAX_ENDPOINTS:
            raise refuse(Code.TOO_MANY, f"The account has {MAX_ENDPOINTS} endpoints. Delete one first.")
        await WebhookEndpoint.create(
            account_id=account_id,
            id=endpoint_id,
            token_id=await _stored_token(account_id, owner),
            created_by_id=owner.user_id,
            secret=secret,
            failure_count=0,
            created_at=now,
            updated_at=now,
            **values,
        )
        record(account_id, endpoint_id, "Created a webhook endpoint.", now=now)
        database.wait_after_commit(writers.wait_for_running)
    return endpoint_id, secret_text(secret)


async def _stored_token(account_id: UUID, owner: Owner) -> UUID | None:
    """Returns the token of a caller; None for a caller by JWT."""
    is_stored = await ApiToken.filter(account_id=account_id, id=owner.token_id).exists()
    return owner.token_id if is_stored else None


@database.transactional
async def update(
    *,
    account_id: UUID,
    endpoint_id: UUID,
    changes: Mapping[str, Any],
    is_active: bool | None,
    owner: Owner,
    now: datetime,
) -> None:
    """Changes an endpoint. `changes` has the fields of `create` that change; None clears a field.

    With `is_active` True, or a change of the URL or the selection, the endpoint becomes the caller's: later payloads
    are read with the caller's rights. Raises Refused: NOT_FOUND at `id`, and the errors of `create`.
    """
    values = read_fields(changes, _FIELDS)
    endpoint = await _locked(account_id, endpoint_id, "id")
    if is_active or any(name in values and values[name] != getattr(endpoint, name) for name in _OF_RIGHTS):
        values["token_id"] = await _stored_token(account_id, owner)
        if values["token_id"] is None:
            values["created_by_id"] = owner.user_id
    if is_active and endpoint.disabled_at is not None:
        values |= {"disabled_at": None, "disabled_reason": None}
    if is_active or "url" in values:
        values |= {"failing_since": None, "failure_count": 0, "paused_until": None}
    await WebhookEndpoint.filter(account_id=account_id, id=endpoint_id).update(**values, **_UNLEASED, updated_at=now)
    if is_active is False:
        await disabling.disable(account_id, [endpoint_id], DisabledReason.BY_USER, now=now)
    fields = [_FIELDS[name].path for name in changes] + (["isActive"] if is_active is not None else [])
    record(account_id, endpoint_id, audit.changed(fields), now=now)
    await account_queue.add(Queue.DELIVERIES, account_id)  # its pause can be over
    database.wait_after_commit(writers.wait_for_running)


async def _locked(account_id: UUID, endpoint_id: UUID, path: str) -> WebhookEndpoint:
    endpoint = await WebhookEndpoint.select_for_update(no_key=True).get_or_none(account_id=account_id, id=endpoint_id)
    if endpoint is None:
        raise refuse(Code.NOT_FOUND, "There is no such webhook endpoint.", path)
    return endpoint


@database.transactional
async def delete(*, account_id: UUID, endpoint_id: UUID, now: datetime) -> None:
    """Deletes an endpoint with its deliveries. Raises Refused: NOT_FOUND at `id`."""
    if not await WebhookEndpoint.filter(account_id=account_id, id=endpoint_id).delete():
        raise refuse(Code.NOT_FOUND, "There is no such webhook endpoint.", "id")
    await queue.delete_of_endpoint(account_id, endpoint_id)
    record(account_id, endpoint_id, "Deleted a webhook endpoint.", now=now)


@database.transactional
async def rotate_secret(*, account_id: UUID, endpoint_id: UUID, former_hours: int, now: datetime) -> str:
    """Makes a new secret and returns it. The former one also signs for some hours; an older one ends at once.

    Raises Refused: NOT_FOUND at `id`, INVALID at `formerSecretHours`.
    """
    if not 0 <= former_hours <= MAX_FORMER_SECRET_HOURS:
        message = f"This must be 0 to {MAX_FORMER_SECRET_HOURS}, not {former_hours}."
        raise refuse(Code.INVALID, message, "formerSecretHours")
    endpoint, secret = await _locked(account_id, endpoint_id, "id"), new_secret()
    await WebhookEndpoint.filter(account_id=account_id, id=endpoint_id).update(
        secret=secret,
        former_secret=endpoint.secret if former_hours else None,
        former_secret_expires_at=now + timedelta(hours=former_hours) if former_hours else None,
        updated_at=now,
        **_UNLEASED,
    )
    record(account_id, endpoint_id, "Made a new secret of a webhook endpoint.", now=now)
    return secret_text(secret)


def record(account_id: UUID, endpoint_id: UUID, summary: str, *, count: int = 1, now: datetime) -> None:
    """Records a change of an endpoint or its deliveries in the audit log."""
    subject = (IdPrefix.WEBHOOK_ENDPOINT, endpoint_id)
    audit.record(account_id, AuditAction.CHANGE_WEBHOOK, summary, subject=subject, count=count, now=now)


async def require_active(account_id: UUID, endpoint_id: UUID, path: str) -> None:
    """Locks an active endpoint. Raises Refused at `path`: NOT_FOUND, or WRONG_STATE if it is switched off."""
    endpoint = await _locked(account_id, endpoint_id, path)
    if endpoint.disabled_at is not None:
        raise refuse(Code.WRONG_STATE, "The endpoint is switched off. Set isActive to true first.", path)


async def selections() -> list[tuple[UUID, UUID, str]]:
    """Returns account, id and selection of each active endpoint with a selection, of all accounts."""
    active = WebhookEndpoint.filter(disabled_at=None, selection__isnull=False)
    return [
        (account_id, id, text) for account_id, id, text in await active.values_list("account_id", "id", "selection")
    ]
