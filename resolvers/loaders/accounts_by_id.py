"""The caller's account by its id; any other is not there."""

from resolvers.loaders.loading import RowByKey
from resolvers.tables import ACCOUNTS


class AccountsById(RowByKey):
    table = ACCOUNTS
