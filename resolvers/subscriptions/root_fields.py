"""Subscriptions: changes of contacts, campaigns and jobs, and recorded messages."""

from collections.abc import AsyncGenerator
from typing import Annotated, Any, cast

import strawberry
from strawberry import UNSET

from models.db.sql import TRUE
from resolvers.decoding import as_top_level, bad_input, decode_filter, decode_id, or_none
from resolvers.query.row_queries import by_key, of_id, one_of, row
from resolvers.query.tables import CAMPAIGNS, HAS_NUMBER, JOBS, MESSAGES
from schema.context import Info
from schema.descriptions import JOB_ID
from schema.execution import selection
from schema.ids import IdPrefix
from schema.inputs.contact_filter import ContactFilter
from schema.scalars import PhoneNumber
from schema.types.campaign import Campaign
from schema.types.contact_change import ContactChange
from schema.types.job import Job, JobKind
from schema.types.message import Message, MessageDirection
from services.contacts import filter as contact_filter
from services.jobs import progress as job_watch
from services.messages import subscriptions as message_subscriptions
from services.messages.table import Direction
from services.subscriptions import live
from services.subscriptions.feed import feed
from services.subscriptions.registry import Topic
from services.subscriptions.streams import IdStream

Filter = Annotated[
    ContactFilter | None,
    strawberry.argument(
        description=(
            "Sends only changes of contacts that match or matched this filter, and BULK; changes of all contacts if "
            "unset."
        )
    ),
]
JobId = Annotated[strawberry.ID, strawberry.argument(description=JOB_ID)]
CampaignId = Annotated[strawberry.ID, strawberry.argument(description="ID of the campaign; starts with cmp_.")]
Kinds = Annotated[
    list[JobKind] | None, strawberry.argument(description="Sends only jobs of these kinds; all kinds if unset.")
]
OneWay = Annotated[
    MessageDirection | None,
    strawberry.argument(description="Sends only messages of this direction; both directions if unset."),
]
Phone = Annotated[
    PhoneNumber | None,
    strawberry.argument(
        description="Sends only messages with this number, in any written form; none if the text is no phone number."
    ),
]
OfCampaign = Annotated[
    strawberry.ID | None, strawberry.argument(description="Sends only messages of this campaign; all if unset.")
]

_NO_NUMBER = "none"


async def job_progress(info: Info, id: JobId) -> AsyncGenerator[Job, None]:
    with as_top_level():
        job_id = decode_id(IdPrefix.JOB, id, "id")
    account_id = info.context.account_id
    where = of_id(JOBS, account_id, job_id)
    columns = tuple(dict.fromkeys((*selection(info).columns, "status", "done_row_count")))

    async def read() -> Any:
        return await row(JOBS, columns, where)

    if await read() is None:
        raise bad_input("There is no such job.")
    return cast(AsyncGenerator[Job, None], job_watch.watch(account_id=account_id, job_id=job_id, read=read))


async def contact_changed(info: Info, filter: Filter = UNSET) -> AsyncGenerator[ContactChange, None]:
    context = info.context
    with as_top_level():
        criteria = decode_filter(or_none(filter), "filter")
        listening = await feed().listen_to_contacts(criteria, settings=context.caller.settings, now=context.now)
    return cast(AsyncGenerator[ContactChange, None], listening)


async def campaign_changed(info: Info, id: CampaignId) -> AsyncGenerator[Campaign, None]:
    with as_top_level():
        campaign_id = decode_id(IdPrefix.CAMPAIGN, id, "id")
    account_id = info.context.account_id
    where = of_id(CAMPAIGNS, account_id, campaign_id)
    columns = tuple(dict.fromkeys((*selection(info).columns, "status", "contact_count", "updated_at")))

    async def read() -> Any:
        return await row(CAMPAIGNS, columns, where)

    if await read() is None:
        raise bad_input("There is no such campaign.")
    listening = await feed().listen(Topic.CAMPAIGN, account_id, key=str(campaign_id), now=info.context.now)
    return cast(AsyncGenerator[Campaign, None], _Events(listening, live.present_and_changed(listening, read)))


async def jobs_changed(info: Info, kinds: Kinds = UNSET) -> AsyncGenerator[Job, None]:
    wanted, account_id = or_none(kinds), info.context.account_id
    where = TRUE if wanted is None else one_of(JOBS, "kind", [one.value for one in wanted])
    columns = selection(info).columns
    listening = await feed().listen(Topic.JOB, account_id, key="", now=info.context.now)
    states = live.changed(listening, lambda ids: by_key(JOBS, columns, account_id, keys=ids, where=where))
    return cast(AsyncGenerator[Job, None], _Events(listening, states))


async def message_recorded(
    info: Info, direction: OneWay = UNSET, phone: Phone = UNSET, campaign_id: OfCampaign = UNSET
) -> AsyncGenerator[Message, None]:
    account_id, columns = info.context.account_id, selection(info).columns
    way = None if or_none(direction) is None else Direction(cast(MessageDirection, direction).name)
    number = campaign = None
    if or_none(phone) is not None:
        [number] = contact_filter.parsed_phones([str(phone)], info.context.caller.settings) or [_NO_NUMBER]
    if or_none(campaign_id) is not None:
        with as_top_level():
            campaign = decode_id(IdPrefix.CAMPAIGN, cast(str, campaign_id), "campaignId")
    key = message_subscriptions.key_of(way, number, campaign)
    listening = await feed().listen(Topic.MESSAGE, account_id, key=key, is_each=True, now=info.context.now)
    states = live.changed(listening, lambda ids: by_key(MESSAGES, columns, account_id, keys=ids, where=HAS_NUMBER))
    return cast(AsyncGenerator[Message, None], _Events(listening, states))


class _Events:
    """The states that follow from a stream. Ends the stream also if no state was read. A Refused becomes top-level."""

    def __init__(self, listening: IdStream, states: AsyncGenerator[Any, None]) -> None:
        self._listening = listening
        self._states = states

    def __aiter__(self) -> "_Events":
        return self

    async def __anext__(self) -> Any:
        with as_top_level():
            return await anext(self._states)

    async def aclose(self) -> None:
        try:
            await self._states.aclose()
        finally:
            await self._listening.aclose()
