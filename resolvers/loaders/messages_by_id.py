"""Loads messages by their IDs, but for those whose number was purged."""

from models.db.sql import Sql
from resolvers.loaders.loading import RowByKey
from resolvers.query.tables import HAS_NUMBER, MESSAGES


class MessagesById(RowByKey):
    table = MESSAGES

    def where(self) -> Sql:
        return HAS_NUMBER
