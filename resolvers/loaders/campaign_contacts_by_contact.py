"""Loads a page of each contact's memberships in campaigns, in the order of their addition."""

from models.sql import TRUE
from resolvers.loaders.loading import PageByParent
from resolvers.orders import CAMPAIGN_CONTACTS_AS_ADDED
from resolvers.page_statements import Source
from resolvers.tables import CAMPAIGN_CONTACTS


class CampaignContactsByContact(PageByParent):
    def source(self) -> Source:
        return Source(
            CAMPAIGN_CONTACTS,
            TRUE,
            CAMPAIGN_CONTACTS_AS_ADDED,
            parent="campaign_contact.contact_id",
        )
