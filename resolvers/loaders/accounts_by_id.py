"""Loads the caller's account by its ID. Other accounts are not found."""

from resolvers.loaders.loading import RowByKey
from resolvers.query.tables import ACCOUNTS


class AccountsById(RowByKey):
    table = ACCOUNTS
