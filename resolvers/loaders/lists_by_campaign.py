"""Loads the lists whose members each campaign contacts, ordered by name."""

from resolvers.loaders.loading import RowsByParent
from resolvers.query.default_orders import LISTS_BY_NAME
from resolvers.query.tables import CAMPAIGN_LISTS, CONTACT_LISTS


class ListsByCampaign(RowsByParent):
    table = CONTACT_LISTS
    order = LISTS_BY_NAME
    link = CAMPAIGN_LISTS
    child = "contact_list_id"
    parent = "campaign_id"
