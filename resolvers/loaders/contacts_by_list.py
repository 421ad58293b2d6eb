"""Loads a page of each list's members outside the trash."""

from resolvers.decoding import as_top_level, decode_filter
from resolvers.loaders.loading import PageByParent
from resolvers.query.default_orders import NEWEST_CONTACTS, NEWEST_MEMBERS, contact_order
from resolvers.query.page_sql import PageSource
from resolvers.query.tables import CONTACT_LIST_MEMBERS, CONTACTS
from services.contacts.filter import ContactState, matching

_MEMBER = "contact_list_member.account_id = contact.account_id AND contact_list_member.contact_id = contact.id"


class ContactsByList(PageByParent):
    def source(self) -> PageSource:
        context = self.context
        with as_top_level():
            criteria = decode_filter(self.argument("filter"), "filter")
            order = contact_order(self.argument("order_by"))
        return PageSource(
            CONTACTS,
            matching(criteria, default_state=ContactState.ACTIVE, settings=context.caller.settings, now=context.now),
            order,
            joins=((CONTACT_LIST_MEMBERS, _MEMBER),),
            parent="contact_list_member.contact_list_id",
            linked_order=NEWEST_MEMBERS if order is NEWEST_CONTACTS else None,
        )
