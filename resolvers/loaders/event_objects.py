"""Loads objects of webhook events by their keys: tokens, jobs, messages and entries of the opt-out register."""

from models.db.sql import Sql
from resolvers.loaders.loading import RowByKey
from resolvers.query.tables import API_TOKENS, HAS_NUMBER, JOBS, MESSAGES, OPT_OUTS


class ApiTokensById(RowByKey):
    """Loads API tokens, including revoked ones."""

    table = API_TOKENS


class JobsById(RowByKey):
    table = JOBS


class MessagesById(RowByKey):
    """Loads messages, but for those whose number was purged."""

    table = MESSAGES

    def where(self) -> Sql:
        return HAS_NUMBER


class OptOutsByPhone(RowByKey):
    table = OPT_OUTS
    key = "phone"
    kind = "text"
