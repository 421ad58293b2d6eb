"""Loads a page of each contact's memberships in campaigns, in the order of their addition."""

from models.db.sql import TRUE
from resolvers.loaders.loading import PageByParent
from resolvers.query.default_orders import CAMPAIGN_CONTACTS_AS_ADDED
from resolvers.query.page_sql import PageSource
from resolvers.query.tables import CAMPAIGN_CONTACTS


class CampaignContactsByContact(PageByParent):
    def source(self) -> PageSource:
        return PageSource(
            CAMPAIGN_CONTACTS,
            TRUE,
            CAMPAIGN_CONTACTS_AS_ADDED,
            parent="campaign_contact.contact_id",
        )
