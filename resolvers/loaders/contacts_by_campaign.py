"""Loads a page of each campaign's contacts outside the trash, in the order of their addition."""

from dataclasses import replace

from models.db.sql import FALSE, MARK, Sql, all_of
from resolvers.decoding import as_top_level, decode_filter, decode_id
from resolvers.loaders.loading import PageByParent
from resolvers.query.default_orders import CAMPAIGN_CONTACTS_AS_ADDED
from resolvers.query.page_sql import PageSource
from resolvers.query.tables import CAMPAIGN_CONTACTS, CONTACTS
from schema.ids import IdPrefix
from services.accounts.authentication import Scope
from services.contacts.filter import ContactState, Criteria, matching, storable

_CONTACT = "contact.account_id = campaign_contact.account_id AND contact.id = campaign_contact.contact_id"


class ContactsByCampaign(PageByParent):
    def source(self) -> PageSource:
        context = self.context
        criteria = self._criteria()
        if criteria != Criteria():
            context.require(Scope.CONTACTS_READ)  # the answer tells what the contacts' fields contain
        conditions = [
            matching(criteria, default_state=ContactState.ACTIVE, settings=context.caller.settings, now=context.now),
        ]
        if (segment_id := self.argument("segment_id")) is not None:
            segment_ids = storable([segment_id])
            conditions.append(Sql(f"campaign_contact.segment_id = {MARK}", (segment_ids[0],)) if segment_ids else FALSE)
        if (assignee_id := self.argument("assignee_id")) is not None:
            with as_top_level():
                user_id = decode_id(IdPrefix.USER, assignee_id, "assigneeId")
            conditions.append(Sql(f"campaign_contact.assignee_id = {MARK}", (user_id,)))
        return PageSource(
            CAMPAIGN_CONTACTS,
            all_of(conditions),
            CAMPAIGN_CONTACTS_AS_ADDED,
            joins=((CONTACTS, _CONTACT),),
            parent="campaign_contact.campaign_id",
        )

    def _criteria(self) -> Criteria:
        external_id = self.argument("external_id")
        criteria = Criteria(
            search=self.argument("search"),
            is_opted_out=self.argument("is_opted_out"),
            external_ids=None if external_id is None else [external_id],
        )
        if (given := self.argument("filter")) is None:
            return criteria
        with as_top_level():
            return replace(criteria, and_=[decode_filter(given, "filter")])
