"""Loads the campaigns that contain each contact, newest first."""

from resolvers.loaders.loading import RowsByParent
from resolvers.query.default_orders import NEWEST_CAMPAIGNS
from resolvers.query.tables import CAMPAIGN_CONTACTS, CAMPAIGNS


class CampaignsByContact(RowsByParent):
    table = CAMPAIGNS
    order = NEWEST_CAMPAIGNS
    link = CAMPAIGN_CONTACTS
    child = "campaign_id"
    parent = "contact_id"
