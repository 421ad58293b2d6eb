"""Campaigns by their ids."""

from resolvers.loaders.loading import RowByKey
from resolvers.tables import CAMPAIGNS


class CampaignsById(RowByKey):
    table = CAMPAIGNS
