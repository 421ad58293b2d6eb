"""The caller's account by its id; any other is not there."""

from models.sql import MARK, Sql
from resolvers.loaders.loading import RowByKey
from resolvers.tables import ACCOUNTS


class AccountsById(RowByKey):
    table = ACCOUNTS

    def where(self) -> Sql:
        return Sql(f"account.id = {MARK}", (self.context.account_id,))
