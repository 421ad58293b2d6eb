"""Verification of contacts' numbers, by a message or manually."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from models.audit_actions import AuditAction
from models.change import ChangeKind
from models.db import database
from models.db.database import Row
from models.db.sql import MARK, Sql, numbered
from services.audit import recording as audit
from services.consent import register as consent_register
from services.events import recording as events
from services.history import recording as history
from services.history.recording import Entry, FieldChange
from services.ids import IdPrefix
from services.refusal import Code, refuse
from services.subscriptions import change_log as contact_change_log
from services.webhooks import recording as webhooks
from services.webhooks.events import Event, EventType

REQUEST_EVERY = timedelta(minutes=1)


class VerificationAction(StrEnum):
    REQUEST = "REQUEST"
    CONFIRM = "CONFIRM"
    REVOKE = "REVOKE"


class VerificationOutcome(StrEnum):
    REQUESTED = "REQUESTED"
    VERIFIED = "VERIFIED"
    UNVERIFIED = "UNVERIFIED"
    ALREADY_VERIFIED = "ALREADY_VERIFIED"


@database.transactional
async def verify(
    *, account_id: UUID, where: Sql, action: VerificationAction, user_id: UUID | None, now: datetime
) -> tuple[UUID, VerificationOutcome]:
    """Applies an action to the one contact that matches the condition. Returns its id and the outcome. Idempotent.

    REQUEST records the event contact.verification_requested, at most once a minute per number; a request that is
    repeated sooner also returns REQUESTED. Raises Refused: NOT_FOUND or IN_TRASH at `contact`; for a request also
    OPTED_OUT, and WEBHOOK_NOT_CONFIGURED at `action`.
    """
    contact = await _locked(account_id, where)
    if action is VerificationAction.REQUEST:
        outcome = await _request(account_id, contact, user_id, now)
    elif action is VerificationAction.CONFIRM:
        outcome = await _confirm(account_id, contact, now)
    else:
        outcome = await _revoke(account_id, contact, now)
    return contact["id"], outcome


async def _locked(account_id: UUID, where: Sql) -> Row:
    sql = (
        "SELECT id, phone, given_phone, sender_number, verified_at, deleted_at FROM contact "
        f"WHERE contact.account_id = {MARK} AND ({where.text}){database.for_update()}"
    )
    rows = await database.fetch(numbered(sql), account_id, *where.values)
    if not rows:
        raise refuse(Code.NOT_FOUND, "There is no such contact.", "contact")
    if rows[0]["deleted_at"] is not None:
        raise refuse(Code.IN_TRASH, "The contact is in the trash; restore it first.", "contact")
    return rows[0]


async def _request(account_id: UUID, contact: Row, user_id: UUID | None, now: datetime) -> VerificationOutcome:
    asked_for = EventType.CONTACT_VERIFICATION_REQUESTED
    if not (events.receivers().has_webhook or await webhooks.has_receiver(account_id, asked_for)):
        message = (
            f"No webhook asks for {asked_for}, so no program would learn of the request. "
            "Make an endpoint by createWebhookEndpoint, or let the operator set MUSTER_WEBHOOK_URL."
        )
        raise refuse(Code.WEBHOOK_NOT_CONFIGURED, message, "action")
    phone = contact["phone"]
    if await consent_register.opted_out(account_id, [phone]):
        raise refuse(Code.OPTED_OUT, "The number has opted out and can't receive messages.", "contact")
    if contact["verified_at"] is not None:
        return VerificationOutcome.ALREADY_VERIFIED
    asked = await database.fetch(
        "INSERT INTO verification (account_id, phone, requested_at) VALUES ($1, $2, $3) "
        "ON CONFLICT (account_id, phone) DO UPDATE SET requested_at = excluded.requested_at "
        "WHERE verification.requested_at IS NULL OR verification.requested_at <= $4 RETURNING phone",
        account_id,
        phone,
        now,
        now - REQUEST_EVERY,
    )
    if await _forget_revocation(account_id, phone) or asked:
        _record(account_id, contact["id"], "Requested the verification of a contact.", now)
    if asked:
        event: dict[str, Any] = {
            "contactId": contact["id"],
            "phone": contact["given_phone"] or phone,
            "senderNumber": contact["sender_number"],
        }
        await events.record(
            account_id=account_id,
            kind=events.EventKind.VERIFICATION_REQUESTED,
            payload=event | {"userId": user_id},
            now=now,
        )
        told = Event(type=asked_for, contact_id=contact["id"])
        await webhooks.record(account_id, [told], now=now)
    return VerificationOutcome.REQUESTED


async def _confirm(account_id: UUID, contact: Row, now: datetime) -> VerificationOutcome:
    has_forgotten = await _forget_revocation(account_id, contact["phone"])
    if has_forgotten or contact["verified_at"] is None:
        _record(account_id, contact["id"], "Verified a contact.", now)
    if contact["verified_at"] is not None:
        return VerificationOutcome.ALREADY_VERIFIED
    await _set_verified(account_id, contact["id"], now, now)
    return VerificationOutcome.VERIFIED


async def _revoke(account_id: UUID, contact: Row, now: datetime) -> VerificationOutcome:
    has_revoked = await database.execute(
        "INSERT INTO verification (account_id, phone, revoked_at) VALUES ($1, $2, $3) "
        "ON CONFLICT (account_id, phone) DO UPDATE SET revoked_at = excluded.revoked_at "
        "WHERE verification.revoked_at IS NULL",
        account_id,
        contact["phone"],
        now,
    )
    if has_revoked or contact["verified_at"] is not None:
        _record(account_id, contact["id"], "Revoked the verification of a contact.", now)
    if contact["verified_at"] is not None:
        await _set_verified(account_id, contact["id"], None, now)
    return VerificationOutcome.UNVERIFIED


def _record(account_id: UUID, contact_id: UUID, summary: str, now: datetime) -> None:
    audit.record(account_id, AuditAction.VERIFY, summary, subject=(IdPrefix.CONTACT, contact_id), now=now)


async def _forget_revocation(account_id: UUID, phone: str) -> bool:
    """Deletes the revocation of a number, and returns whether there was one."""
    sql = "UPDATE verification SET revoked_at = NULL WHERE account_id = $1 AND phone = $2 AND revoked_at IS NOT NULL"
    return await database.execute(sql, account_id, phone) > 0


async def _set_verified(account_id: UUID, contact_id: UUID, verified_at: datetime | None, now: datetime) -> None:
    pending = await contact_change_log.start_recording(account_id, [contact_id], now=now)
    await database.execute(
        "UPDATE contact SET verified_at = $3, updated_at = $4 WHERE account_id = $1 AND id = $2",
        account_id,
        contact_id,
        verified_at,
        now,
    )
    database.note_changed(account_id, ChangeKind.CONTACT, [contact_id])
    states = ("false", "true") if verified_at is not None else ("true", "false")
    change = FieldChange("isVerified", *states)
    await history.record_one(account_id, contact_id, [Entry(AuditAction.VERIFY, [change])], now=now)
    fields = ("isVerified", "verifiedAt")
    await pending.publish(contact_change_log.ChangeKind.UPDATED, [contact_id], fields=fields)
