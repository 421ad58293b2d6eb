"""A page of each contact's places in campaigns, as they were added."""

from resolvers.loaders.loading import PageByParent
from resolvers.orders import CAMPAIGN_CONTACTS_AS_ADDED
from resolvers.page_statements import Source
from resolvers.reading import of_account
from resolvers.tables import CAMPAIGN_CONTACTS


class CampaignContactsByContact(PageByParent):
    def source(self) -> Source:
        return Source(
            CAMPAIGN_CONTACTS,
            of_account(CAMPAIGN_CONTACTS, self.context.account_id),
            CAMPAIGN_CONTACTS_AS_ADDED,
            parent="campaign_contact.contact_id",
        )
