"""Loads API tokens by their IDs, including revoked ones."""

from resolvers.loaders.loading import RowByKey
from resolvers.query.tables import API_TOKENS


class ApiTokensById(RowByKey):
    table = API_TOKENS
