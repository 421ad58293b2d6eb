"""Loads campaigns by their IDs."""

from resolvers.loaders.loading import RowByKey
from resolvers.query.tables import CAMPAIGNS


class CampaignsById(RowByKey):
    table = CAMPAIGNS
