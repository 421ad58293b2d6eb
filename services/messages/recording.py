"""Records reported messages in order, as if one by one, with a fixed number of statements."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from models.audit_actions import AuditAction
from models.db import database
from services.accounts.settings import AccountSettings
from services.audit import recording as audit
from services.consent import keyword_changes
from services.consent.keywords import Keyword, KeywordMessage, keyword_in, mentions_keyword
from services.contacts.saving import SaveOutcome
from services.input.field_readers import a_text
from services.input.phone_input import number
from services.messages import contact_updates as message_effects, subscriptions, table as message_table
from services.messages.contact_updates import LockedContact
from services.messages.status import MessageStatus
from services.messages.table import CONVERSATION, Direction, Latest, MessageDraft
from services.phones.numbers import identity, is_region, numbers_in
from services.phones.sender_ids import undecorated
from services.refusal import Code, Refusal, Refused
from services.webhooks import recording as webhooks
from services.webhooks.events import Event, EventType

MAX_BODY = 100_000
MAX_EXTERNAL_ID = 200
MOST_AHEAD = timedelta(days=1)
_EXTERNAL_ID = a_text(MAX_EXTERNAL_ID)
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A reported message. `refusals` are errors that were found earlier in its row.

    `given_phone` is set once the number is read (see models.Message).
    """

    phone: str
    given_phone: str | None = None
    region: str | None = None
    direction: Direction
    status: MessageStatus | None = None
    kind: str = CONVERSATION
    channel: str = "SMS"
    body: str | None = None
    external_id: str | None = None
    campaign_id: UUID | None = None
    user_id: UUID | None = None
    occurred_at: datetime | None = None
    refusals: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class _Row:
    """A validated report. `keyword` is what its text asks for.

    `stopped` contains the numbers that the row opts out even if it fails.
    """

    report: Report
    keyword: Keyword | None = None
    needs_review: bool = False
    stopped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recorded:
    """The outcome of a row. `message_id` is None if the row has no message. `refusals` say why it failed."""

    outcome: SaveOutcome
    message_id: UUID | None
    refusals: tuple[Refusal, ...] = ()


async def record(
    reports: Sequence[Report], *, settings: AccountSettings, token_id: UUID, now: datetime
) -> list[Recorded]:
    """Records messages with all their effects, and returns the outcomes in order.

    An external id is recorded once (CREATED). A later report with the same id advances the status (UPDATED) or has no
    effect (SKIPPED). It also has no effect if the number of the message was purged. A new message updates the latest
    times of its number. An inbound one also verifies the contact, and its keyword opts out or opts in. A row that fails
    has no effect, with one exception: an inbound STOP opts out every number that the row names.
    """
    return await _record([_read(report, settings) for report in reports], settings.account_id, token_id, now)


def _read(report: Report, settings: AccountSettings) -> _Row:
    """Returns the report with its number in E.164 and normalized texts, or with its errors."""
    refusals = list(report.refusals)
    phone = given = ""
    sender = undecorated(report.phone)
    try:
        given = number(sender, region=report.region, settings=settings)
        phone = identity(given)
    except Refused as refused:
        refusals += refused.refusals
    if report.direction is Direction.OUTBOUND and report.status is MessageStatus.RECEIVED:
        refusals.append(Refusal(Code.INVALID, "Only an inbound message can be RECEIVED.", ("status",)))
    body = None if report.body is None else _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", report.body)
    if body is not None and len(body) > MAX_BODY:
        refusals.append(
            Refusal(Code.TOO_LONG, f"The value has {len(body)} characters; at most {MAX_BODY} are allowed.", ("body",))
        )
    external_id = None
    try:
        external_id = _EXTERNAL_ID(report.external_id or "")
    except Refused as refused:
        refusals += [refusal.under("externalId") for refusal in refused.refusals]
    keyword, needs_review = _meaning(report, body, settings)
    stopped: tuple[str, ...] = ()
    if keyword is Keyword.STOP:
        region = report.region if report.region is not None and is_region(report.region) else settings.default_region
        stopped = (phone,) if phone else tuple(map(identity, numbers_in(sender, region=region)))
    read = replace(
        report,
        phone=phone,
        given_phone=None if given == phone else given,
        body=body,
        external_id=external_id,
        refusals=tuple(refusals),
    )
    return _Row(read, keyword, needs_review, stopped)


def _meaning(report: Report, body: str | None, settings: AccountSettings) -> tuple[Keyword | None, bool]:
    """Returns the keyword of an inbound text, and whether it needs a review: it has one among other words."""
    if body is None or report.direction is not Direction.INBOUND:
        return None, False
    keyword = keyword_in(body, settings.keywords) if report.kind == CONVERSATION else None
    return keyword, keyword is None and mentions_keyword(body, settings.keywords)


@database.transactional
async def _record(rows: Sequence[_Row], account_id: UUID, token_id: UUID, now: datetime) -> list[Recorded]:
    rows = await _with_unknown_names(account_id, rows)
    taken = [row.report for row in rows if not row.report.refusals]
    phones = {report.phone for report in taken}.union(*(row.stopped for row in rows))
    contacts = await message_effects.lock(account_id, phones)
    known = await message_table.lock(account_id, {report.external_id for report in taken if report.external_id})
    batch = _Batch(known, now)
    recorded = [batch.take(row) for row in rows]
    async with message_effects.publishing_changes(account_id, phones, now=now):
        await _write(batch, account_id, contacts, token_id, now)
    return recorded


async def _write(
    batch: "_Batch", account_id: UUID, contacts: Mapping[UUID, LockedContact], token_id: UUID, now: datetime
) -> None:
    latest = await message_table.upsert_phone_history(account_id, batch.latest())
    await message_table.insert(account_id, batch.new, now=now)
    changed = [draft for draft in batch.known.values() if draft.is_changed]
    await message_table.update(account_id, changed)
    recounted = await message_table.recompute_last_outbound(
        account_id, {draft.phone for draft in changed if draft.has_ceased_to_count}
    )
    await webhooks.record(account_id, map(_event, [*batch.new, *changed]), now=now)
    await subscriptions.publish(account_id, [*batch.new, *changed], now=now)
    for phone, outbound_at in recounted.items():
        latest[phone].outbound_at = outbound_at
    await message_effects.update_contacts(account_id, contacts, latest, verified=batch.verified(), now=now)
    await keyword_changes.record_keywords(
        account_id=account_id, messages=batch.keyword_messages, token_id=token_id, now=now
    )
    if batch.new or changed or batch.keyword_messages:
        summary = f"Recorded {len(batch.new)}, changed the status of {len(changed)}."
        audit.record(account_id, AuditAction.RECORD_MESSAGES, summary, count=len(batch.new) + len(changed), now=now)


def _event(draft: MessageDraft) -> Event:
    campaign_id = draft.others.get("campaign_id")
    return Event(type=EventType.MESSAGE_RECORDED, message_id=draft.id, phone=draft.phone, campaign_id=campaign_id)


async def _with_unknown_names(account_id: UUID, rows: Sequence[_Row]) -> list[_Row]:
    """Returns the rows, with an error for each campaign or user that does not exist."""
    reports = [row.report for row in rows]
    campaigns = await message_effects.existing_ids(
        account_id, "campaign", {report.campaign_id for report in reports if report.campaign_id}
    )
    users = await message_effects.existing_ids(
        account_id, "account_user", {report.user_id for report in reports if report.user_id}
    )
    checked = []
    for row, report in zip(rows, reports, strict=True):
        missing = []
        if report.campaign_id is not None and report.campaign_id not in campaigns:
            missing.append(Refusal(Code.NOT_FOUND, "There is no such campaign.", ("campaignId",)))
        if report.user_id is not None and report.user_id not in users:
            missing.append(Refusal(Code.NOT_FOUND, "There is no such user.", ("userId",)))
        refusals = (*report.refusals, *missing)
        checked.append(replace(row, report=replace(report, refusals=refusals)) if missing else row)
    return checked


@dataclass(slots=True)
class _Batch:
    """State of a batch: existing messages by external id, and new messages in order."""

    known: dict[str, MessageDraft]
    now: datetime
    new: list[MessageDraft] = field(default_factory=list)
    keyword_messages: list[KeywordMessage] = field(default_factory=list)
    _in_batch: dict[str, MessageDraft] = field(default_factory=dict)

    def take(self, row: _Row) -> Recorded:
        recorded = self._take(row)
        if row.keyword is not None and recorded.outcome is SaveOutcome.CREATED:
            self._add_keyword(row.keyword, row.report.phone, row.report.occurred_at or self.now)
        elif recorded.outcome is SaveOutcome.FAILED:
            for phone in row.stopped:
                self._add_keyword(Keyword.STOP, phone, min(row.report.occurred_at or self.now, self.now))
        return recorded

    def _add_keyword(self, keyword: Keyword, phone: str, at: datetime) -> None:
        self.keyword_messages.append(KeywordMessage(phone, keyword, at))

    def _take(self, row: _Row) -> Recorded:
        report = row.report
        if report.refusals:
            return Recorded(SaveOutcome.FAILED, None, report.refusals)
        if report.occurred_at is not None and report.occurred_at > self.now + MOST_AHEAD:
            message = "The time is more than a day in the future. Record messages once they are sent or received."
            return Recorded(SaveOutcome.FAILED, None, (Refusal(Code.INVALID, message, ("occurredAt",)),))
        external_id = report.external_id
        draft = None
        if external_id is not None:
            draft = self.known.get(external_id) or self._in_batch.get(external_id)
        if draft is None:
            return self._create(row)
        if not draft.phone:  # the number was purged
            return Recorded(SaveOutcome.SKIPPED, None)
        if (draft.phone, draft.direction) != (report.phone, report.direction):
            message = "The external id belongs to a message with another number or direction."
            return Recorded(SaveOutcome.FAILED, None, (Refusal(Code.INVALID, message, ("externalId",)),))
        has_moved = report.status is not None and draft.report(report.status)
        return Recorded(SaveOutcome.UPDATED if has_moved else SaveOutcome.SKIPPED, draft.id)

    def _create(self, row: _Row) -> Recorded:
        report = row.report
        usual = MessageStatus.RECEIVED if report.direction is Direction.INBOUND else MessageStatus.SENT
        draft = MessageDraft(
            id=database.uuid7(self.now),
            phone=report.phone,
            direction=report.direction,
            kind=report.kind,
            status=report.status or usual,
            occurred_at=report.occurred_at or self.now,
            others={
                "given_phone": report.given_phone,
                "campaign_id": report.campaign_id,
                "user_id": report.user_id,
                "channel": report.channel,
                "body": report.body,
                "external_id": report.external_id,
                "needs_review": row.needs_review,
            },
        )
        self.new.append(draft)
        if report.external_id is not None:
            self._in_batch[report.external_id] = draft
        return Recorded(SaveOutcome.CREATED, draft.id)

    def latest(self) -> dict[str, Latest]:
        """Returns the latest times of this batch's messages by number, of messages that count.

        Includes numbers with a message that has ceased to count.
        """
        by_phone: dict[str, Latest] = {}
        for draft in self.new:
            if draft.counts:
                by_phone.setdefault(draft.phone, Latest()).count(draft)
        for draft in self.known.values():
            if draft.has_ceased_to_count:
                by_phone.setdefault(draft.phone, Latest())
        return by_phone

    def verified(self) -> dict[str, datetime]:
        """Returns the time of the first new inbound message by number."""
        by_phone: dict[str, datetime] = {}
        for draft in self.new:
            if draft.direction is Direction.INBOUND:
                by_phone.setdefault(draft.phone, draft.occurred_at)
        return by_phone
