"""Creates, changes and deletes campaigns, and changes their status."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from models import Campaign, CampaignList
from models.audit_actions import AuditAction
from models.change import ChangeKind
from models.db import database
from models.db.database import Row
from services.accounts.settings import AccountSettings
from services.audit import recording as audit
from services.campaigns import audience as campaign_audience, table as campaign_table
from services.campaigns.events import publish_changes
from services.campaigns.status import UNDER_WAY, CampaignStatus, refused_move
from services.events import recording as events
from services.history import recording as history
from services.ids import IdPrefix
from services.input.field_readers import Field, a_line, a_text, read_fields
from services.input.omitted import OMITTED, Omitted
from services.input.text import fold
from services.lists import membership
from services.refusal import Code, Refusal, Refused, refuse
from services.subscriptions import change_log as contact_change_log
from services.webhooks import recording as webhooks
from services.webhooks.events import Event, EventType

MAX_NAME: Final = 200
MAX_DESCRIPTION: Final = 2_000


class Channel(StrEnum):
    SMS = "SMS"
    WHATSAPP = "WHATSAPP"
    EMAIL = "EMAIL"
    VOICE = "VOICE"


def _same(value: Any) -> Any:
    return value


_FIELDS = {
    "name": Field("name", a_line(MAX_NAME)),
    "description": Field("description", a_text(MAX_DESCRIPTION, is_multiline=True), is_nullable=True),
    "channel": Field("channel", Channel),
    "status": Field("status", CampaignStatus),
    "scheduled_at": Field("scheduledAt", _same, is_nullable=True),
}


@database.transactional
async def create(
    *,
    account_id: UUID,
    user_id: UUID | None,
    given: Mapping[str, Any],
    list_ids: Sequence[UUID],
    campaign_id: UUID | None = None,
    now: datetime,
) -> UUID:
    """Creates a campaign in DRAFT, without contacts, and returns its id.

    `given` contains name, description, channel and scheduled_at. `campaign_id` sets the id; by default a new one is
    generated. Raises Refused for invalid values, and NOT_FOUND at `listIds`.
    """
    values = read_fields(given, _FIELDS)
    await _lock_lists(account_id, list_ids)
    new_id = campaign_id or database.uuid7(now)
    await Campaign.create(
        account_id=account_id,
        id=new_id,
        status=CampaignStatus.DRAFT,
        contact_count=0,
        created_by_id=user_id,
        created_at=now,
        updated_at=now,
        name_key=fold(values["name"]),
        **values,
    )
    database.note_changed(account_id, ChangeKind.CAMPAIGN, [new_id])
    await campaign_audience.add_lists(account_id, new_id, list_ids)
    await webhooks.record(account_id, [Event(type=EventType.CAMPAIGN_CREATED, campaign_id=new_id)], now=now)
    _record(account_id, AuditAction.CREATE, "Created a campaign.", new_id, now)
    return new_id


async def _lock_lists(account_id: UUID, list_ids: Sequence[UUID]) -> None:
    """Locks the lists. Raises Refused for each list that does not exist."""
    locked = await membership.lock(account_id, list_ids)
    missing = [
        Refusal(Code.NOT_FOUND, "There is no such list.", ("listIds", str(place)))
        for place, list_id in enumerate(list_ids)
        if list_id not in locked
    ]
    if missing:
        raise Refused(*missing)


@database.transactional
async def update(
    *,
    campaign_id: UUID,
    given: Mapping[str, Any],
    list_ids: Sequence[UUID] | None | Omitted = OMITTED,
    settings: AccountSettings,
    user_id: UUID | None,
    now: datetime,
) -> UUID | None:
    """Changes the given fields of a campaign for a user. Returns the id of the job that completes the change, if any.

    A campaign that leaves DRAFT adds the members of its lists: immediately, or in a job if there are more than 10,000.
    Raises Refused: NOT_FOUND at `id`, WRONG_STATE for a transition that is not allowed and for a change of channel or
    lists outside DRAFT, NOT_FOUND at `listIds`, and errors for invalid values.
    """
    account_id = settings.account_id
    values = read_fields(given, _FIELDS)
    seen = _found(await campaign_table.read(account_id, campaign_id))
    lists = await campaign_audience.lists_of(account_id, campaign_id)
    wanted = set(lists) if isinstance(list_ids, Omitted) else set(list_ids or ())
    before = CampaignStatus(seen["status"])
    after: CampaignStatus = values.get("status", before)
    _check_moves(seen, before, after, values, is_of_other_lists=wanted != set(lists))

    audience = None
    if before is CampaignStatus.DRAFT and after is not before:
        audience = campaign_audience.Audience(
            account_id=account_id,
            campaign_id=campaign_id,
            is_by_email=values.get("channel", seen["channel"]) == Channel.EMAIL,
            protection_hours=settings.contact_protection_hours,
            user_id=user_id,
        )
    member_count = await campaign_audience.member_count(account_id, wanted) if audience else 0
    is_at_once = member_count <= campaign_audience.MOST_AT_ONCE
    taken = await campaign_audience.lock_members(audience, wanted, now=now) if audience and is_at_once else []
    if not isinstance(list_ids, Omitted):
        await _lock_lists(account_id, list_ids or ())
    # Contacts and lists precede campaigns in the lock order, so they were selected from an unlocked read of the
    # campaign. Check that this read is still current.
    locked = _found(await campaign_table.lock(account_id, campaign_id))
    if dict(locked) != dict(seen) or await campaign_audience.lists_of(account_id, campaign_id) != lists:
        raise database.Conflict("another transaction changed the campaign")

    fields = await _write(account_id, campaign_id, seen, values, lists, wanted, now)
    added = await campaign_audience.add_members(account_id, campaign_id, taken, now=now)
    if before is not after:
        await _tell_status(account_id, campaign_id, before, after, user_id, now)
    job_id = None
    if audience is not None and not is_at_once:
        job_id = await campaign_audience.enqueue_members_job(audience, row_count=member_count, now=now)
    if fields:
        summary = audit.changed(fields) + (f" Added {added} contacts." if added else "")
        _record(account_id, AuditAction.UPDATE, summary, campaign_id, now, job_id=job_id)
    return job_id


async def _tell_status(
    account_id: UUID,
    campaign_id: UUID,
    before: CampaignStatus,
    after: CampaignStatus,
    user_id: UUID | None,
    now: datetime,
) -> None:
    status = {"previousStatus": before.value, "status": after.value}
    payload = {"campaignId": campaign_id, **status, "userId": user_id, "changedAt": now}
    kind = events.EventKind.CAMPAIGN_STATUS_CHANGED
    await events.record(account_id=account_id, kind=kind, payload=payload, now=now)
    changed = EventType.CAMPAIGN_STATUS_CHANGED
    told = Event(type=changed, campaign_id=campaign_id, previous_status=before.value)
    await webhooks.record(account_id, [told], now=now)


def _found(campaign: Row | None) -> Row:
    if campaign is None:
        raise refuse(Code.NOT_FOUND, "There is no such campaign.", "id")
    return campaign


def _check_moves(
    seen: Row, before: CampaignStatus, after: CampaignStatus, values: Mapping[str, Any], *, is_of_other_lists: bool
) -> None:
    """Raises Refused with all WRONG_STATE errors."""
    refusals = [refused_move(before, after)]
    if CampaignStatus.DRAFT not in (before, after):
        if values.get("channel", seen["channel"]) != seen["channel"]:
            refusals.append(Refusal(Code.WRONG_STATE, "The channel can be changed only in DRAFT.", ("channel",)))
        if is_of_other_lists:
            refusals.append(Refusal(Code.WRONG_STATE, "The lists can be changed only in DRAFT.", ("listIds",)))
    if found := [refusal for refusal in refusals if refusal is not None]:
        raise Refused(*found)


async def _write(
    account_id: UUID,
    campaign_id: UUID,
    seen: Row,
    values: Mapping[str, Any],
    lists: Sequence[UUID],
    wanted: set[UUID],
    now: datetime,
) -> list[str]:
    """Writes the changed fields and the lists. Returns the names of the changed fields in the API."""
    changed = {name: value for name, value in values.items() if value != seen[name]}
    if gone := [list_id for list_id in lists if list_id not in wanted]:
        await CampaignList.filter(account_id=account_id, campaign_id=campaign_id, contact_list_id__in=gone).delete()
    came = sorted(wanted - set(lists))
    await campaign_audience.add_lists(account_id, campaign_id, came)
    if changed or gone or came:
        kept = {"updated_at": now, **changed}
        if "name" in changed:
            kept["name_key"] = fold(changed["name"])
        await Campaign.filter(account_id=account_id, id=campaign_id).update(**kept)
        database.note_changed(account_id, ChangeKind.CAMPAIGN, [campaign_id])
        await publish_changes(account_id, [campaign_id], now=now)
        if changed.keys() - {"status"} or gone or came:
            await webhooks.record(
                account_id, [Event(type=EventType.CAMPAIGN_UPDATED, campaign_id=campaign_id)], now=now
            )
    return [_FIELDS[name].path for name in changed] + (["listIds"] if gone or came else [])


@database.transactional
async def delete(*, account_id: UUID, campaign_id: UUID, now: datetime) -> None:
    """Deletes a campaign with its memberships and segments. Contacts and messages are kept.

    Raises Refused at `id`: NOT_FOUND, or WRONG_STATE while it is RUNNING or PAUSED.
    """
    campaign = _found(await campaign_table.lock(account_id, campaign_id))
    if CampaignStatus(campaign["status"]) in UNDER_WAY:
        message = f"A campaign that is {campaign['status']} can't be deleted; set it to COMPLETED first."
        raise refuse(Code.WRONG_STATE, message, "id")
    await contact_change_log.publish_members_removed("campaign", account_id, campaign_id, now=now)
    await history.record_deletion("campaign", account_id, campaign_id, now=now)
    await Campaign.filter(account_id=account_id, id=campaign_id).delete()
    database.note_changed(account_id, ChangeKind.CAMPAIGN, [campaign_id])
    await publish_changes(account_id, [campaign_id], now=now)
    await webhooks.record(account_id, [Event(type=EventType.CAMPAIGN_DELETED, campaign_id=campaign_id)], now=now)
    _record(account_id, AuditAction.DELETE, "Deleted a campaign.", campaign_id, now)


def _record(
    account_id: UUID, action: AuditAction, summary: str, campaign_id: UUID, now: datetime, *, job_id: UUID | None = None
) -> None:
    audit.record(account_id, action, summary, subject=(IdPrefix.CAMPAIGN, campaign_id), job_id=job_id, now=now)
